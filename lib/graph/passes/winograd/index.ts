export type { Matrix } from './matrix';
export { fourOutputs, twoPixels } from './minimalFiltering';
export { tiledConvolution } from './tiledConvolution';
export { winogradConvolution } from './winogradConvolution';
