export {
  recordedProgram,
  stepProgram,
  type ProgramOptions,
  type StepPart,
  type StepProgram,
} from './stepProgram';
export { freeze, isStale, type FrozenProgram } from './freeze';
export { commonIn, replicatedProgram } from './replicatedProgram';
