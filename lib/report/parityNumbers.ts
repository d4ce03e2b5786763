/**
 * Computes what a device's parity is judged by, and writes it to the file named by the only
 * argument, as safetensors: logits, every gradient, and the losses of five Adam steps, op by op and as
 * a graph.
 */
import { compile, type Execution } from '../graph';
import { adam, crossEntropyLoss, GoogLeNet, writeSafetensors, type SafetensorsTensor } from '../nn';
import { manualSeed, randn } from '../random';
import { tf } from '../runtime';
import { LECTURE_CONSTANTS, trainableVariables, trainStep } from '../training';

const BATCH = 16;
const STEPS = 5;

/** Keeps the numbers of a tensor: of its kind, and which of them. */
type Keep = (kind: string, tensor: tf.Tensor, index?: number) => Promise<void>;

async function main(file: string): Promise<void> {
  const tensors = new Map<string, SafetensorsTensor>();
  for (const [execution, name] of [
    ['eager', 'op by op'],
    ['graph', 'graph'],
  ] as const) {
    await compute(execution, async (kind, tensor, index = 0) => {
      const { shape } = tensor;
      tensors.set(`${kind}, ${name} ${index}`, { shape, data: await tensor.data() });
    });
  }
  await writeSafetensors(file, { tensors });
}

async function compute(execution: Execution, keep: Keep): Promise<void> {
  manualSeed(LECTURE_CONSTANTS.seed);
  const { model } = new GoogLeNet(3, 'cifar10');
  const images = randn([BATCH, 32, 32, 3]);
  const labels = tf.range(0, BATCH, 1, 'int32').mod<tf.Tensor1D>(tf.scalar(10, 'int32'));
  const logits = () => model.apply(images, { training: true }) as tf.Tensor2D;
  const variables = trainableVariables(model);
  const optimizer = adam(1e-3);

  const forward = compile(logits, { execution });
  const gradients = compile(
    () => {
      const { grads } = tf.variableGrads(() => crossEntropyLoss(logits(), labels), variables);
      return variables.map(({ name }) => grads[name] as tf.Tensor);
    },
    { execution },
  );
  const train = compile(() => trainStep(model, optimizer, images, labels).loss, { execution });

  await keep('forward', await forward());
  for (const [index, gradient] of (await gradients()).entries()) {
    await keep('gradient', gradient, index);
  }
  for (let step = 0; step < STEPS; step++) await keep('Adam step', await train(), step);
}

main(process.argv[2] ?? '').catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
