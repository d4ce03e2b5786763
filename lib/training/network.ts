import { GoogLeNet } from '../nn';
import { withDefaults, type Constants } from './constants';

/** The lecture's network for CIFAR-10, with what the constants say of it; its weights are drawn anew. */
export function networkOf(constants: Constants): GoogLeNet {
  const { batchNorm, dropout, initialization, auxiliary, stem } = withDefaults(constants);
  return new GoogLeNet(3, 'cifar10', { batchNorm, dropout, initialization, auxiliary, stem });
}
