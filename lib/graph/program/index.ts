export { recordedProgram, stepProgram, type ProgramOptions, type StepProgram } from './stepProgram';
