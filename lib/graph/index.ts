export {
  canCompile,
  compile,
  defaultExecution,
  type CompiledStep,
  type CompileOptions,
  type Execution,
} from './compile';
export { TensorFlowError } from './capi/status';
export { UnsupportedStepError } from './record/refusal';
export type { ArgumentTree, TensorTree } from './record/structure';
