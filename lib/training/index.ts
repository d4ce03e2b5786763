export { batchStep, type BatchStep } from './batchStep';
export {
  bestCheckpoint,
  evaluateCheckpoints,
  listCheckpoints,
  type Checkpoint,
  type EvaluatedCheckpoint,
} from './checkpoints';
export { checkConstants, LECTURE_CONSTANTS, type Constants } from './constants';
export {
  evaluate,
  evaluator,
  type Evaluation,
  type Evaluator,
  type EvaluatorOptions,
} from './evaluate';
export { stopOnInterrupt } from './interrupt';
export { appendMetrics, epochLine, readMetrics, writeMetrics, type EpochMetrics } from './metrics';
export { OutOfMemoryError } from './outOfMemory';
export { Pace } from './pace';
export { duration, type TrainingListener, type TrainingProgress } from './listener';
export { runDirectory, runFiles, type RunFiles } from './runFiles';
export { countCorrect, trainStep, trainableVariables, type StepResult } from './step';
export {
  train,
  trainEpoch,
  type EpochOptions,
  type TrainingOptions,
  type TrainingResult,
} from './train';
