export { classChannels } from './classChannels';
export { confusionMatrix } from './confusionMatrix';
export { costBars, type ComparedModule } from './costBars';
export { curves, type Curve, type CurvesOptions } from './curves';
export { featureMaps, type FeatureMaps, type FeatureMapsOptions } from './featureMaps';
export { filterChanges } from './filterChanges';
export { imageGrid, type LabelledImages } from './imageGrid';
export {
  inceptionDiagram,
  type InceptionDescription,
  type InceptionLayer,
} from './inceptionDiagram';
export { networkDiagram } from './networkDiagram';
export {
  kernelPaddingDiagram,
  stridePaddingDiagram,
  type KernelPadding,
  type PaddingScheme,
  type StridedWindows,
} from './paddingDiagrams';
export { perClassAccuracy } from './perClassAccuracy';
export { receptiveFieldDiagram, type FieldView } from './receptiveFieldDiagram';
export {
  trainingCurves,
  type ReferencePoints,
  type TrainingCurvesOptions,
  type TrainingPoint,
} from './trainingCurves';
