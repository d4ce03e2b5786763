import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { writeCluster } from './cluster';

// Field numbers of tensorflow/core/protobuf/config.proto and rewriter_config.proto.
const allowSoftPlacement = 7;
const gpuOptions = 6;
const allowGrowth = 4;
const graphOptions = 10;
const rewriteOptions = 10;
const memoryOptimization = 4;
const metaOptimizerIterations = 12;
const remapping = 14;
const clusterDef = 14;
const isolateSessionState = 15;
/** RewriterConfig.Toggle */
const OFF = 2;
/** RewriterConfig.MemOptType */
const NO_MEM_OPT = 1;
/**
 * Rewrites of TensorFlow that find nothing after this library's passes: of arithmetic, dependencies,
 * loops, functions, shapes and common subexpressions. Each would take a copy of the graph, in which
 * a frozen network has all of its weights.
 */
const SUPERFLUOUS = [7, 8, 9, 10, 13, 24];

/** Where a session runs, and what TensorFlow may make of its graphs. */
export interface SessionOptions {
  /**
   * `host:port` of each TensorFlow server that takes part, the first of which directs the others;
   * none: the session runs in this process.
   */
  readonly workers?: readonly string[] | undefined;
  /**
   * Whether TensorFlow fuses a convolution with what follows it. Servers refuse to be sent that in
   * bfloat16: it gets a name that they know only after they have taken it. Default true.
   */
  readonly fuses?: boolean;
  /** What the session computes on. */
  readonly device: 'cpu' | 'gpu';
}

/** The session's settings as the bytes of a ConfigProto. */
export function sessionConfig({ workers = [], fuses = true, device }: SessionOptions): Uint8Array {
  const config = new BinaryWriter();
  // Operations without a GPU kernel run on the CPU.
  config.tag(allowSoftPlacement, WireType.Varint).bool(true);
  // GPU memory is taken as it is needed.
  config.tag(gpuOptions, WireType.LengthDelimited).fork();
  config.tag(allowGrowth, WireType.Varint).bool(true).join();
  // ONE: a second round of TensorFlow's own rewrites finds nothing more.
  config.tag(graphOptions, WireType.LengthDelimited).fork();
  config.tag(rewriteOptions, WireType.LengthDelimited).fork();
  config.tag(metaOptimizerIterations, WireType.Varint).int32(1);
  // On a GPU the layout is TensorFlow's to choose, and its rewrites clear up behind it.
  if (device === 'cpu') {
    for (const rewrite of SUPERFLUOUS) config.tag(rewrite, WireType.Varint).int32(OFF);
    config.tag(memoryOptimization, WireType.Varint).int32(NO_MEM_OPT);
  }
  if (!fuses) config.tag(remapping, WireType.Varint).int32(OFF);
  config.join().join();
  if (workers.length > 0) {
    // The servers learn of each other from the session, which has its variables to itself.
    writeCluster(config, clusterDef, { worker: workers });
    config.tag(isolateSessionState, WireType.Varint).bool(true);
  }
  return config.finish();
}
