import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { writeCluster } from './cluster';

// Field numbers of tensorflow/core/protobuf/config.proto and rewriter_config.proto.
const allowSoftPlacement = 7;
const gpuOptions = 6;
const allowGrowth = 4;
const graphOptions = 10;
const rewriteOptions = 10;
const metaOptimizerIterations = 12;
const clusterDef = 14;
const isolateSessionState = 15;

/**
 * The session's settings as the bytes of a ConfigProto.
 * @param workers `host:port` of each TensorFlow server that the session runs on; none: this process
 */
export function sessionConfig(workers: readonly string[] = []): Uint8Array {
  const config = new BinaryWriter();
  // Operations without a GPU kernel run on the CPU.
  config.tag(allowSoftPlacement, WireType.Varint).bool(true);
  // GPU memory is taken as it is needed.
  config.tag(gpuOptions, WireType.LengthDelimited).fork();
  config.tag(allowGrowth, WireType.Varint).bool(true).join();
  // ONE: a second round of TensorFlow's own rewrites finds nothing more.
  config.tag(graphOptions, WireType.LengthDelimited).fork();
  config.tag(rewriteOptions, WireType.LengthDelimited).fork();
  config.tag(metaOptimizerIterations, WireType.Varint).int32(1).join().join();
  if (workers.length > 0) {
    // The servers learn of each other from the session, which has its variables to itself.
    writeCluster(config, clusterDef, { worker: workers });
    config.tag(isolateSessionState, WireType.Varint).bool(true);
  }
  return config.finish();
}
