export { fourOutputs, twoPixels, type Matrix } from './minimalFiltering';
export { winogradConvolution } from './winogradConvolution';
