export { StepSession, type LoadedProgram } from './stepSession';
