export { benchmark, refuseWebgpu } from './benchmark';
export { SECONDS } from './plan';
export { table } from './report';
export { largestDifference } from './statistics';
