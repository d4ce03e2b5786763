export { batchStep, type Batch, type BatchStep } from './batchStep';
export {
  bestCheckpoint,
  evaluateCheckpoints,
  findCheckpoints,
  listCheckpoints,
  type Checkpoint,
  type EvaluatedCheckpoint,
} from './checkpoints';
export {
  checkConstants,
  LECTURE_CONSTANTS,
  NO_REMEDIES,
  withDefaults,
  type Constants,
  type Remedies,
} from './constants';
export { bestEpoch } from './earlyStopping';
export type { EpochRecord, EpochTime } from './epochRecord';
export {
  evaluate,
  evaluator,
  type Evaluation,
  type Evaluator,
  type EvaluatorOptions,
} from './evaluate';
export { readLog } from './log';
export { appendMetrics, epochLine, readMetrics, writeMetrics, type EpochMetrics } from './metrics';
export { OutOfMemoryError } from './outOfMemory';
export { learningRate } from './learningRate';
export { networkOf } from './network';
export { Pace } from './pace';
export { duration, type TrainingListener, type TrainingProgress } from './listener';
export type { RunStart } from './runConfig';
export { runDirectory, runFiles, type RunFiles } from './runFiles';
export {
  countCorrect,
  trainingLoss,
  trainStep,
  trainableVariables,
  type StepOptions,
  type StepResult,
} from './step';
export {
  train,
  trainEpoch,
  type EpochOptions,
  type TrainingOptions,
  type TrainingResult,
} from './train';
