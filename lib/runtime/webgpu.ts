import { spawnSync } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import * as tf from 'googlenet/tfjs-node';
import { webgpuBackendInUse, type WebgpuBackend } from './internals';

/** A GPU as WebGPU sees it. */
export interface Adapter {
  name: string;
  /** Whether it computes on the CPU, as SwiftShader and Mesa's llvmpipe do. */
  software: boolean;
}

/** The name under which TensorFlow.js knows its WebGPU backend. */
const WEBGPU = 'webgpu';

/** Dawn's instance goes with `gpu`: let go of, it would be freed under the device that still asks it. */
let used: { adapter: Adapter; gpu: GPU } | undefined;

/** The adapter that operations run on; undefined while they run on another device. */
export function webgpuAdapter(): Adapter | undefined {
  return tf.getBackend() === WEBGPU ? used?.adapter : undefined;
}

/** Marks the probe's answer: beside it a driver, or what the user preloads, may print what it likes. */
const ANSWER = 'webgpu adapter: ';

/** Asks Dawn, in a process of its own, what WebGPU calls this machine's best adapter. */
const PROBE = `
import(process.argv[1]).then(async ({ create }) => {
  const adapter = await create([]).requestAdapter({ powerPreference: 'high-performance' });
  if (!adapter) return;
  await adapter.requestDevice();
  const { vendor, architecture, device, description, isFallbackAdapter } = adapter.info;
  const info = { vendor, architecture, device, description, isFallbackAdapter };
  console.log('\\n${ANSWER}' + JSON.stringify(info));
});
`;

/**
 * The adapter that WebGPU would use, or undefined where none gives a device. It is looked for in another
 * process: a broken graphics driver ends that one, and its messages stay there.
 */
export function findAdapter(): Adapter | undefined {
  const dawn = pathToFileURL(require.resolve('webgpu')).href;
  const { status, stdout } = spawnSync(process.execPath, ['-e', PROBE, dawn], {
    encoding: 'utf8',
    timeout: 20_000,
  });
  const answer = stdout.split('\n').find((line) => line.startsWith(ANSWER));
  if (status !== 0 || answer === undefined) return undefined;
  return describeAdapter(JSON.parse(answer.slice(ANSWER.length)) as GPUAdapterInfo);
}

/**
 * Makes WebGPU the backend of TensorFlow.js; hardware or software, whichever Dawn offers first.
 *
 * @returns false where WebGPU finds no adapter; the backend is then the one it was
 */
export async function useWebgpu(): Promise<boolean> {
  if (used) return tf.setBackend(WEBGPU);
  const { create, globals } = await import('webgpu');
  const gpu = create([]);
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (!adapter) return false;
  const device = await adapter.requestDevice({ requiredLimits: largestLimits(adapter.limits) });
  // TensorFlow.js does not look at the errors of the GPU, and would go on with wrong numbers.
  device.addEventListener('uncapturederror', ({ error }) => {
    throw new Error(`WebGPU: ${error.message}`);
  });

  const { WebGPUBackend } = await import('@tensorflow/tfjs-backend-webgpu');
  Object.assign(globalThis, globals);
  const backend = withNavigatorGpu(gpu, () => new WebGPUBackend(device, adapter.info));
  tf.registerBackend(WEBGPU, () => backend);
  used = { adapter: describeAdapter(adapter.info), gpu };
  return tf.setBackend(WEBGPU);
}

/** The GPU's memory, or the size that it allows a buffer, does not hold what was asked for. */
export class GpuMemoryError extends Error {
  override readonly name = 'GpuMemoryError';
}

/** How Dawn says that a buffer is larger than the GPU allows. */
const TOO_LARGE = /max buffer size limit|maximum (?:storage )?buffer binding size/;

/**
 * Runs `work` and asks WebGPU whether it could do all of it; on another device only runs it.
 *
 * @throws GpuMemoryError if memory did not suffice; what `work` made is then worth nothing
 * @throws Error with what WebGPU says, if it refused an operation for another reason
 */
export async function checkedByWebgpu<T>(work: () => Promise<T>): Promise<T> {
  if (!webgpuAdapter()) return work();
  const { device } = webgpuBackendInUse();
  device.pushErrorScope('validation');
  device.pushErrorScope('out-of-memory');
  let result: T;
  let errors: (GPUError | null)[];
  try {
    result = await work();
    submit(webgpuBackendInUse());
  } finally {
    // The last pushed is the first popped. What memory lacks is found before what comes of it.
    errors = [await device.popErrorScope(), await device.popErrorScope()];
  }
  const [memory, validation] = errors;
  const error = memory ?? validation;
  if (!error) return result;
  forgetFreeBuffers();
  if (memory || TOO_LARGE.test(error.message)) throw new GpuMemoryError(error.message);
  throw new Error(`WebGPU: ${error.message}`);
}

/** Hands the GPU what has been asked for so far, also where that is nothing. */
function submit(backend: WebgpuBackend): void {
  backend.ensureCommandEncoderReady();
  backend.endComputePassEncoder();
  backend.submitQueue();
}

/** Those that could not be made are among them, and would be used again for what has their size. */
function forgetFreeBuffers(): void {
  for (const buffers of webgpuBackendInUse().bufferManager.freeBuffers.values()) {
    for (const buffer of buffers.splice(0)) buffer.destroy();
  }
}

/** What the backend's kernels are written for: the most that the adapter has of each. */
function largestLimits(limits: GPUSupportedLimits): Record<string, number> {
  const {
    maxBufferSize,
    maxComputeInvocationsPerWorkgroup,
    maxComputeWorkgroupsPerDimension,
    maxComputeWorkgroupSizeX,
    maxComputeWorkgroupStorageSize,
    maxStorageBufferBindingSize,
  } = limits;
  return {
    maxBufferSize,
    maxComputeInvocationsPerWorkgroup,
    maxComputeWorkgroupsPerDimension,
    maxComputeWorkgroupSizeX,
    maxComputeWorkgroupStorageSize,
    maxStorageBufferBindingSize,
  };
}

/**
 * Runs `make` while there is a browser's `navigator.gpu`, which the backend's constructor wants.
 * For no longer: other packages take a process with a `navigator` for a browser.
 */
function withNavigatorGpu<Made>(gpu: GPU, make: () => Made): Made {
  const before = Object.getOwnPropertyDescriptor(globalThis, 'navigator');
  Object.defineProperty(globalThis, 'navigator', { value: { gpu }, configurable: true });
  try {
    return make();
  } finally {
    if (before) Object.defineProperty(globalThis, 'navigator', before);
    else Reflect.deleteProperty(globalThis, 'navigator');
  }
}

type AdapterInfo = Pick<
  GPUAdapterInfo,
  'vendor' | 'architecture' | 'device' | 'description' | 'isFallbackAdapter'
>;

/** Software renderers by their names; WebGPU's own mark for them is missing from some versions. */
const SOFTWARE = /swiftshader|llvmpipe|lavapipe|basic render/i;

function describeAdapter(info: AdapterInfo): Adapter {
  const { vendor, architecture, device, description, isFallbackAdapter } = info;
  const name = device || [vendor, architecture].filter(Boolean).join(' ') || 'a GPU without a name';
  return {
    name: description ? `${name} (${description})` : name,
    software:
      isFallbackAdapter || SOFTWARE.test([vendor, architecture, device, description].join(' ')),
  };
}
