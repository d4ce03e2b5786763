export { writeData, type SharedData } from './dataFiles';
export { variantEnvironment } from './environment';
export { speedFigure } from './figure';
export { launch, MeasurementError, measuringCommand, parseAnswer } from './launch';
export { describeMachine, type Machine } from './machine';
export { parseCommand, type Command, type Options } from './options';
export {
  plan,
  TRAINING_BATCHES,
  WORKS,
  type Measurement,
  type PlanOptions,
  type Task,
} from './plan';
export type {
  Answer,
  DataFiles,
  LibrarySettings,
  Precision,
  PyTorchSettings,
  Request,
  Work,
} from './protocol';
export { compareNumbers, deviceParity, type Parity, type Rounding } from './parity';
export { findPyTorch, installPyTorch, PYTORCH_VERSION } from './pytorch';
export { markdown, table, type Report } from './report';
export {
  agreements,
  disagrees,
  ratios,
  rows,
  type Agreement,
  type Ratio,
  type Row,
  type Sample,
} from './results';
export { largestRelativeDifference, median, spread } from './statistics';
export { defaultVariants, variantLabel, VARIANTS, type Variant } from './variants';
