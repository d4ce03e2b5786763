import type { tf } from '../../runtime';
import { float, operation, pattern, uniformValue } from '../ir';
import type { Effect, Program, Value } from '../ir';
import { SharedParts } from './sharedParts';

/**
 * Adam's update of a variable and its two moments as ResourceApplyAdam.
 *
 * TensorFlow.js computes w + (m / (1 − β₁ᵗ)) / (√(v / (1 − β₂ᵗ)) + ε) · (−lr). ResourceApplyAdam
 * computes w − lr · √(1 − β₂ᵗ) / (1 − β₁ᵗ) · m / (√v + ε′): the same for ε′ = ε · √(1 − β₂ᵗ).
 *
 * It takes 1 − β from the float32 β, which for β₂ = 0.999 is 1.3e-5 off: the moments come out that
 * much smaller or larger, and learning rate and ε′ make up for it.
 *
 * A weight that the step has shrunk before (decoupled weight decay, AdamW) is assigned first.
 */
export function fusedAdam(program: Program): Program {
  const assignments = program.effects.filter(({ op }) => op === 'AssignVariableOp');
  const assigned = new Map(
    assignments.flatMap((effect) => effect.inputs.map((value) => [value, effect])),
  );
  const parts = new SharedParts();
  const absorbed = new Set<Effect>();
  const effects = program.effects.flatMap((effect) => {
    const fused = assignments.includes(effect) ? fuse(effect, assigned, parts) : undefined;
    fused?.moments.forEach((moment) => absorbed.add(moment));
    return fused?.updates ?? effect;
  });
  return { ...program, effects: effects.filter((effect) => !absorbed.has(effect)) };
}

const update = pattern<'m' | 'power1' | 'v' | 'power2' | 'epsilon' | 'negativeRate' | 'weight'>(`
  Add(
    Mul(
      RealDiv(
        RealDiv(m, Sub(1, power1)),
        Add(Sqrt(RealDiv(v, Sub(1, power2))), epsilon)
      ),
      negativeRate
    ),
    weight
  )`);
type Average = 'old' | 'decay' | 'gradient' | 'rest';
const average = pattern<Average>('Add(Mul(old, decay), Mul(gradient, rest))');
const averageOfSquares = pattern<Average>('Add(Mul(old, decay), Mul(Square(gradient), rest))');

const decayed = pattern<'weight' | 'keep'>('Mul(weight, keep)');

/** The update of a variable, and the assignments of its moments that are part of it. */
function fuse(
  { variables: [weight], inputs: [updated] }: Effect,
  assigned: ReadonlyMap<Value, Effect>,
  parts: SharedParts,
): { updates: Effect[]; moments: Effect[] } | undefined {
  const found = updated && update(updated);
  if (!weight || !found) return undefined;
  const { power1, power2, negativeRate } = found;
  const { source } = negativeRate.node;
  if (source?.kind !== 'learningRate' || source.factor !== -1) return undefined;
  const [first, second] = [assigned.get(found.m), assigned.get(found.v)];
  const [m, v] = [average(found.m), averageOfSquares(found.v)];
  if (!first || !second || !m || m.gradient !== v?.gradient) return undefined;
  const shrunk = decayed(found.weight);
  const ownValues =
    reads(shrunk?.weight ?? found.weight, weight) &&
    reads(m.old, first.variables[0]) &&
    reads(v.old, second.variables[0]);
  const [beta1, beta2, epsilon] = [decayOf(m), decayOf(v), uniformValue(found.epsilon)];
  if (!ownValues || !beta1 || !beta2 || epsilon === undefined) return undefined;
  // √ of the fused second moment over TensorFlow.js's.
  const rootRatio = Math.sqrt(Math.fround(1 - beta2.decay) / beta2.rest);
  const factor = (-rootRatio * beta1.rest) / Math.fround(1 - beta1.decay);
  const rate = operation('Mul', [negativeRate, float(factor)], []);
  const scaledEpsilon = parts.once(power2, String(epsilon), () => {
    const root = operation('Sqrt', [operation('Sub', [float(1), power2], [])], []);
    return operation('Mul', [float(epsilon * rootRatio), root], []);
  });
  const betas = [float(beta1.decay), float(beta2.decay)];
  const adam: Effect = {
    op: 'ResourceApplyAdam',
    variables: [weight, ...first.variables, ...second.variables],
    inputs: [power1, power2, rate, ...betas, scaledEpsilon, m.gradient],
    attributes: {},
  };
  const shrink: Effect = {
    op: 'AssignVariableOp',
    variables: [weight],
    inputs: [found.weight],
    attributes: {},
  };
  return { updates: shrunk ? [shrink, adam] : [adam], moments: [first, second] };
}

function reads({ node: { source } }: Value, variable: tf.Variable | undefined): boolean {
  return source?.kind === 'variable' && source.variable === variable;
}

/** The weights of an average, which add up to 1. */
function decayOf(found: Readonly<Record<Average, Value>>) {
  const [decay, rest] = [uniformValue(found.decay), uniformValue(found.rest)];
  if (decay === undefined || rest === undefined) return undefined;
  return Math.abs(1 - decay - rest) > 1e-6 ? undefined : { decay, rest };
}
