export { canCompile, compile, type CompiledStep, type CompileOptions } from './compile';
export { TensorFlowError } from './capi/status';
export { UnsupportedStepError } from './record/refusal';
export type { TensorTree } from './record/structure';
