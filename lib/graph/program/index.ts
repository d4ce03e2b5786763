export {
  recordedProgram,
  stepProgram,
  type ProgramOptions,
  type StepPart,
  type StepProgram,
} from './stepProgram';
export { commonIn, replicatedProgram } from './replicatedProgram';
