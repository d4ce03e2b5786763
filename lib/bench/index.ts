export { writeData } from './benchmark';
export { speedFigure } from './figure';
export { launch, MeasurementError, measuringCommand, parseAnswer } from './launch';
export { parseCommand } from './options';
export { compareNumbers, deviceParity } from './parity';
export { plan, WORK_NAMES, type Work } from './plan';
export { processEnvironment } from './processEnvironment';
export type { Answer } from './protocol';
export { findPyTorch, installPyTorch, withoutSpaces } from './pytorch';
export { markdown, table, type Report } from './report';
export {
  agreements,
  disagrees,
  largestRelativeDifference,
  median,
  ratios,
  rows,
  spread,
  type Row,
  type Sample,
} from './results';
export { defaultVariants, VARIANTS, type BenchmarkVariant } from './variants';
