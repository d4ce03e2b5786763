export { hostTensor, newTensor } from './hostTensor';
export { StepSession, type LoadedProgram } from './stepSession';
export type { OperationTime } from '../capi/trace';
export { stampOf, type Stamp } from './variableState';
