export { merge } from './merge';
export { countIteration } from './optimizers';
export { record, type Step } from './recording';
export { UnsupportedStepError } from './refusal';
export { leaves, rebuild, signatureOf, type TensorTree } from './structure';
