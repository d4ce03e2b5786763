export { Assumptions } from './assumptions';
export { merge } from './merge';
export { countIteration } from './optimizers';
export { record, type Recording, type Step } from './recording';
export { UnsupportedStepError } from './refusal';
export { inputsOf, leaves, rebuild, signatureOf, type TensorTree } from './structure';
