export { classActivations } from './classActivations';
export { measureExecution, type ExecutionSpeed } from './executionSpeed';
export {
  byVariant,
  curvesByVariant,
  meanAndSpread,
  percent,
  readExperiment,
  type RecordedRun,
} from './experiment';
export { LECTURE_RESULTS } from './lectureResults';
export { commonestMistakes, type Mistake } from './mistakes';
export {
  RECIPE_WEIGHTS,
  RECORDED_RUN,
  RECORDED_WEIGHTS,
  readRecordedModels,
  type RecordedModel,
} from './recordedRun';
export { source } from './source';
export { findSpikes, type Spike } from './spikes';
export { stageGradients, type StageGradient } from './stageGradients';
export { train } from './train';
