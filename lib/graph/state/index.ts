export { hostTensor, newTensor } from './hostTensor';
export { StepSession, type LoadedProgram } from './stepSession';
