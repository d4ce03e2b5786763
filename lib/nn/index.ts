export { activations, intermediateModel, type Activations } from './activations';
export { adam } from './adam';
export { AuxiliaryClassifier, type AuxiliaryClassifierArguments } from './auxiliaryClassifier';
export { BatchNorm2d, type BatchNorm2dArguments } from './batchNorm2d';
export { ConvBlock, type ConvBlockArguments } from './convBlock';
export { countMultiplyAdds, countParameters, stageTable, type Stage } from './counting';
export { crossEntropyLoss, type CrossEntropyOptions } from './crossEntropyLoss';
export { Dropout } from './dropout';
export { GoogLeNet, type GoogLeNetForm, type GoogLeNetOptions } from './googLeNet';
export {
  Inception,
  InceptionNaive,
  type InceptionArguments,
  type InceptionNaiveArguments,
} from './inception';
export { Layer } from './layer';
export {
  AvgPool2d,
  Concatenate,
  Conv2d,
  Flatten,
  Linear,
  MaxPool2d,
  ReLU,
  type Conv2dArguments,
  type LinearArguments,
  type MaxPool2dArguments,
} from './layers';
export { size, toChannelsFirst, toChannelsLast } from './layout';
export { Module, type AuxiliaryHead, type Features } from './module';
export type { ModuleInput } from './moduleInput';
export {
  parseSafetensors,
  readSafetensors,
  writeSafetensors,
  type SafetensorsFile,
  type SafetensorsTensor,
} from '../files';
export { receptiveFields, type ReceptiveField } from './receptiveField';
export { Sequential } from './sequential';
export {
  loadStateDict,
  namedParameters,
  saveStateDict,
  setStateDict,
  stateDict,
  type SaveOptions,
} from './stateDict';
export { TorchvisionGoogLeNet } from './torchvisionGoogLeNet';
export { describeBlock, type BlockDescription, type LayerDescription } from './describe';
