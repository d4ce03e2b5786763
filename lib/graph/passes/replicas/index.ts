export { replicate, type Replica } from './replicate';
export { synchronizedBatchNorm } from './synchronizedBatchNorm';
export { packTransfers } from './packTransfers';
