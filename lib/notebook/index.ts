export { source } from './source';
export { train } from './train';
