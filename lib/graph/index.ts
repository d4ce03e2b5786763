export {
  canCompile,
  compile,
  compileReplicas,
  defaultExecution,
  type CompiledStep,
  type CompileOptions,
  type Distribution,
  type Execution,
} from './compile';
export { TensorFlowError } from './capi/status';
export type { OperationTime } from './capi/trace';
export { startServer, type ServerOptions } from './capi/server';
export { meanOverReplicas, sumOverReplicas } from './record/replicas';
export { UnsupportedStepError } from './record/refusal';
export type { ArgumentTree, TensorTree } from './record/structure';
