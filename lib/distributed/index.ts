export {
  DEFAULT_PORT,
  parseAddresses,
  parsePort,
  readTensorFlowConfig,
  type TensorFlowConfig,
} from './addresses';
export { checkWorkers, type Checked } from './check';
export { NoAnswerError, probe, type ServerState } from './probe';
export { supervise, type RunMessage, type SupervisedRun } from './supervise';
export { EVERYWHERE, serve, type WorkerOptions } from './serve';
