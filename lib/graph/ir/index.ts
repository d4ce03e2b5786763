export type { Attribute, Attributes } from './attributes';
export * from './build';
export { pattern } from './pattern';
export { print } from './print';
export {
  gatherInPlace,
  mapValues,
  Node,
  nodesOf,
  type Capture,
  type Effect,
  type InputSource,
  type Program,
  type Value,
} from './program';
export { acrossReplicas, reductionOf, type Reduction } from './replicas';
export { replaceValues, Uses } from './rewrite';
export { DataType, elementSize, isSupported, sizeOf, typeName, type TypedArray } from './tensor';
