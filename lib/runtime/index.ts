import './kernels';

/** The one TensorFlow.js of the process; danfojs-node shares it. */
export * as tf from 'googlenet/tfjs-node';
export { assertClose, type Bound, type Numbers } from './assertClose';
export {
  normalizeBatch,
  type BatchNormalizationOptions,
  type RunningStatistics,
} from './batchNormalization';
export { findDevice, getDevice, type Device } from './device';
export {
  adamInternals,
  byteTensor,
  engine,
  nodeBackendInUse,
  optimizerInternals,
  optimizerSettings,
  type Binding,
  type BindingAttribute,
  type Engine,
  type NodeBackend,
  type TensorData,
  type TensorMetadata,
  type TypedArray,
} from './internals';
export { INTERRUPTED, stopOnInterrupt } from './interrupt';
export { item } from './item';
export { programVersions, thisMachine, type Machine } from './machine';
export { tensorFlowFunctions, type NativeFunction, type Pointer } from './nativeLibrary';
export { emulatesBfloat16, vectorExtensions } from './processor';
export { DeviceUnavailableError, selectDevice } from './selectDevice';
export { placeOf, statelessUniform, type RandomSeed } from './statelessUniform';
export { summaryFileWriter, type SummaryFileWriter } from './summaryFileWriter';
export { checkedByWebgpu, findAdapter, GpuMemoryError, type Adapter } from './webgpu';
