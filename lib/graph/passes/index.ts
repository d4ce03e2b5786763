import type { Program } from '../ir';
import { bfloat16 } from './bfloat16';
import { biasAdd, biasGradient } from './biasAdd';
import { fusedAdam } from './fusedAdam';
import { matrixConvolution } from './matrixConvolution';
import { pointwiseConvolution } from './pointwiseConvolution';
import { reluGradient } from './reluGradient';
import { residentGather } from './residentGather';
import { reshapeLast } from './reshapeLast';
import { sharedInput } from './sharedInput';
import { shareEqual } from './shareEqual';
import { softmax } from './softmax';
import { stridedMaxPool } from './stridedMaxPool';
import { wholeMapPool } from './wholeMapPool';
import { tiledConvolution, winogradConvolution } from './winograd';

export { bfloat16 };
export { packTransfers, replicate, synchronizedBatchNorm } from './replicas';

/**
 * A rewrite: the same results and effects, up to rounding, with less work. It gives a program of its
 * own, and leaves the one that it is given as it is.
 *
 * Rounding alone decides what the gradient is where a network has none: whether it passes a ReLU
 * whose argument is 0 but for 1e-9, or which of two equal pixels it goes to in a max pool. Any two
 * ways of adding up the same numbers (BiasAddGrad or Sum, ResourceApplyAdam or its formula, a product
 * or a convolution) may part there: one unit of the whole network on the other side of 0 changes the
 * gradients of all weights before it, and the losses of the next steps by 1e-5.
 */
export type Pass = (program: Program) => Program;

/** In this order: later passes build on what earlier ones leave. */
export const passes: Record<string, Pass> = {
  residentGather,
  reluGradient,
  biasAdd,
  biasGradient,
  softmax,
  stridedMaxPool,
  winogradConvolution,
  tiledConvolution,
  pointwiseConvolution,
  matrixConvolution,
  reshapeLast,
  wholeMapPool,
  shareEqual,
  sharedInput,
  fusedAdam,
};

const minimalFiltering: ReadonlySet<Pass> = new Set([winogradConvolution, tiledConvolution]);

/** What a program is rewritten for. */
export interface Target {
  readonly precision: 'float32' | 'bfloat16';
  readonly device: 'cpu' | 'gpu';
  /** Whether all weights will be constants. */
  readonly frozen: boolean;
}

/** Applies every pass that suits the target, and mixed precision where asked for. */
export function optimize(program: Program, target: Target): Program {
  const rewritten = Object.values(passes)
    .filter((pass) => !minimalFiltering.has(pass) || suitsWinograd(target))
    .filter((pass) => pass !== pointwiseConvolution || !keepsConvolutions(target))
    .reduce((current, pass) => pass(current), program);
  return target.precision === 'bfloat16' ? bfloat16(rewritten) : rewritten;
}

/**
 * The numbers between its products need float32. On a GPU many small products take longer than
 * cuDNN's convolution, which knows Winograd's method itself.
 */
function suitsWinograd({ precision, device }: Target): boolean {
  return precision === 'float32' && device === 'cpu';
}

/** On the CPU TensorFlow keeps constant weights packed for a convolution, and not for a product. */
function keepsConvolutions({ frozen, device }: Target): boolean {
  return frozen && device === 'cpu';
}
