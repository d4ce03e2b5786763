import type { Constants } from './constants';

/**
 * The learning rate of an epoch, counted from 0. With the schedule `cosine` it falls from `lr` along
 * half a cosine and would be 0 in the epoch after the last
 * (`torch.optim.lr_scheduler.CosineAnnealingLR` with T_max = epochs).
 */
export function learningRate({ lr, schedule, epochs }: Constants, epoch: number): number {
  return schedule === 'cosine' ? (lr * (1 + Math.cos((Math.PI * epoch) / epochs))) / 2 : lr;
}
