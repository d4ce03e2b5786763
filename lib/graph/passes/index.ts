import type { Program } from '../ir/program';
import { bfloat16 } from './bfloat16';
import { biasAdd, biasGradient } from './biasAdd';
import { fusedAdam } from './fusedAdam';
import { matrixConvolution } from './matrixConvolution';
import { reluGradient } from './reluGradient';
import { residentGather } from './residentGather';
import { reshapeLast } from './reshapeLast';
import { sharedInput } from './sharedInput';
import { shareEqual } from './shareEqual';
import { stridedMaxPool } from './stridedMaxPool';

/** A rewrite: the same results and effects, up to rounding, with less work. */
export type Pass = (program: Program) => Program;

/** In this order: later passes build on what earlier ones leave. */
export const passes: Record<string, Pass> = {
  residentGather,
  reluGradient,
  biasAdd,
  biasGradient,
  stridedMaxPool,
  matrixConvolution,
  reshapeLast,
  shareEqual,
  sharedInput,
  fusedAdam,
};

/** Applies every pass, and mixed precision where asked for. */
export function optimize(program: Program, precision: 'float32' | 'bfloat16'): Program {
  const rewritten = Object.values(passes).reduce((current, pass) => pass(current), program);
  return precision === 'bfloat16' ? bfloat16(rewritten) : rewritten;
}
