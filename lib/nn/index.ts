export { activations, type Activations } from './activations';
export { adam } from './adam';
export { ConvBlock } from './convBlock';
export { countMultiplyAdds, countParameters, stageTable, type Stage } from './counting';
export { crossEntropyLoss } from './crossEntropyLoss';
export { GoogLeNet, type GoogLeNetForm } from './googLeNet';
export { Inception, InceptionNaive, type Branches } from './inception';
export { channelsFirstShape, toChannelsFirst, toChannelsLast } from './layout';
export { MaxPool2d } from './maxPool2d';
export type { Module } from './module';
export {
  readSafetensors,
  writeSafetensors,
  type SafetensorsFile,
  type SafetensorsTensor,
} from '../files';
export { loadStateDict, namedParameters, saveStateDict, stateDict } from './stateDict';
export { describeBlock, type BlockDescription, type LayerDescription } from './describe';
