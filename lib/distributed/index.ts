export { DEFAULT_PORT, parseAddresses, parsePort, readTensorFlowConfig } from './addresses';
export { checkWorkers } from './check';
export { probe } from './probe';
export { supervise, type RunMessage } from './supervise';
export { serve, type WorkerOptions } from './serve';
