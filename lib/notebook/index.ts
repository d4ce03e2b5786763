export { measureExecution, type ExecutionSpeed } from './executionSpeed';
export { LECTURE_RESULTS } from './lectureResults';
export { commonestMistakes, type Mistake } from './mistakes';
export { source } from './source';
export { stageGradients, type StageGradient } from './stageGradients';
export { train } from './train';
