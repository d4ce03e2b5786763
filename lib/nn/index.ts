export { adam } from './adam';
export { ConvBlock } from './convBlock';
export { countMultiplyAdds, countParameters, stageTable, type Stage } from './cost';
export { describeBlock, type BlockDescription, type LayerDescription } from './describe';
export { GoogLeNet, type GoogLeNetForm } from './googLeNet';
export { Inception, InceptionNaive, type InceptionColumns } from './inception';
export { crossEntropyLoss } from './loss';
export { maxPool2d } from './maxPool2d';
export { Module, type Images } from './module';
export {
  readSafetensors,
  writeSafetensors,
  type NamedArray,
  type NamedArrays,
  type SafetensorsFile,
} from './safetensors';
export { loadStateDict, saveStateDict, stateDict } from './stateDict';
export {
  channelsFirstShape,
  fromTorchLayout,
  toChannelsFirst,
  toChannelsLast,
  toTorchLayout,
} from './torchLayout';
