/**
 * Answers one request of the benchmark for ONNX Runtime's package for Node, as measure.ts does for
 * this library; its only work is inference, and the request's data the network's file.
 */
import { createRequire } from 'node:module';
import { measureCalls, peakMemoryMiB } from './calls';
import { ONNX_RUNTIME } from './onnxRuntime';
import type { Answer, Request } from './protocol';

/** What is used of the package, whose own types are not installed with this library. */
interface OnnxRuntime {
  InferenceSession: { create(file: string): Promise<Session> };
  Tensor: new (type: 'float32', data: Float32Array, dims: readonly number[]) => unknown;
  env: { versions: { node?: string } };
}
interface Session {
  run(inputs: Record<'images', unknown>): Promise<Record<'logits', { data: Float32Array }>>;
}

async function main(): Promise<void> {
  const request = JSON.parse(process.argv[2] ?? '') as Request;
  const { batch, data: file } = request;
  const { InferenceSession, Tensor, env } = createRequire(ONNX_RUNTIME)(
    'onnxruntime-node',
  ) as OnnxRuntime;
  const shape = [batch, 3, 224, 224];
  const pixels = Float32Array.from({ length: batch * 3 * 224 * 224 }, () => Math.random());
  const images = new Tensor('float32', pixels, shape);
  let session: Session | undefined;
  const measured = await measureCalls(async () => {
    session ??= await InferenceSession.create(file);
    const { logits } = await session.run({ images });
    if (!logits.data.every(Number.isFinite)) throw new Error('the logits are no numbers');
  }, request);
  const answer: Answer = {
    ...measured,
    peakMemoryMiB: peakMemoryMiB(),
    device: 'CPU',
    versions: { 'ONNX Runtime': env.versions.node ?? '', 'Node.js': process.versions.node },
  };
  console.log(JSON.stringify(answer));
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
