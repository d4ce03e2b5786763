export { Assumptions } from './assumptions';
export { merge } from './merge';
export { countIteration } from './optimizers';
export { record, type Recording, type Step } from './recording';
export { UnsupportedStepError } from './refusal';
export {
  inputsOf,
  rebuild,
  resultsOf,
  signatureOf,
  typeOf,
  type ArgumentTree,
  type TensorTree,
} from './structure';
