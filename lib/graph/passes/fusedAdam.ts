import type { tf } from '../../runtime';
import { floats, operation, uniformValue, type Effect, type Program, type Value } from '../ir';

/**
 * Adam's update of a variable and its two moments as ResourceApplyAdam.
 *
 * TensorFlow.js computes w + (m / (1 − β₁ᵗ)) / (√(v / (1 − β₂ᵗ)) + ε) · (−lr). ResourceApplyAdam
 * computes w − lr · √(1 − β₂ᵗ) / (1 − β₁ᵗ) · m / (√v + ε′): the same for ε′ = ε · √(1 − β₂ᵗ).
 *
 * It takes 1 − β from the float32 β, which for β₂ = 0.999 is 1.3e-5 off: the moments come out that
 * much smaller or larger, and learning rate and ε′ make up for it.
 */
export function fusedAdam(program: Program): Program {
  const assigned = new Map<Value, Effect>();
  for (const effect of program.effects) {
    const [value] = effect.inputs;
    if (effect.op === 'AssignVariableOp' && value !== undefined) assigned.set(value, effect);
  }
  const fused = new Map<Effect, Effect>();
  const absorbed = new Set<Effect>();
  const epsilons = new Map<Value, Map<number, Value>>();
  for (const effect of program.effects) {
    const match = matchUpdate(effect, assigned);
    if (match === undefined) continue;
    const { weight, first, second, rate, beta1, beta2, power1, power2, epsilon, gradient } = match;
    const scaled = epsilons.get(power2) ?? new Map<number, Value>();
    epsilons.set(power2, scaled);
    const corrected = scaled.get(epsilon) ?? scaledEpsilon(power2, epsilon * match.rootRatio);
    scaled.set(epsilon, corrected);
    fused.set(effect, {
      op: 'ResourceApplyAdam',
      variables: [weight, ...first.variables, ...second.variables],
      inputs: [power1, power2, rate, floats([beta1], []), floats([beta2], []), corrected, gradient],
      attributes: {},
    });
    absorbed.add(first);
    absorbed.add(second);
  }
  return {
    results: program.results,
    effects: program.effects
      .filter((effect) => !absorbed.has(effect))
      .map((effect) => fused.get(effect) ?? effect),
  };
}

function scaledEpsilon(power2: Value, epsilon: number): Value {
  const rest = operation('Sub', [floats([1], []), power2], []);
  return operation('Mul', [floats([epsilon], []), operation('Sqrt', [rest], [])], []);
}

interface Update {
  readonly weight: tf.Variable;
  /** The assignments of the moments. */
  readonly first: Effect;
  readonly second: Effect;
  readonly rate: Value;
  readonly beta1: number;
  readonly beta2: number;
  /** β₁ᵗ and β₂ᵗ */
  readonly power1: Value;
  readonly power2: Value;
  readonly epsilon: number;
  readonly gradient: Value;
  /** √ of the fused second moment over TensorFlow.js's. */
  readonly rootRatio: number;
}

function matchUpdate(effect: Effect, assigned: ReadonlyMap<Value, Effect>): Update | undefined {
  const [weight] = effect.variables;
  const [updated] = effect.inputs;
  if (effect.op !== 'AssignVariableOp' || weight === undefined || updated === undefined) {
    return undefined;
  }
  // w + direction · (−lr)
  const [change, old] = inputsOf(updated, 'Add', 'AddV2');
  if (change === undefined || !reads(old, weight)) return undefined;
  const [direction, negativeRate] = inputsOf(change, 'Mul');
  const source = negativeRate?.node.source;
  if (
    direction === undefined ||
    negativeRate === undefined ||
    source?.kind !== 'learningRate' ||
    source.factor !== -1
  ) {
    return undefined;
  }
  // m̂ / (√v̂ + ε)
  const [corrected1, denominator] = inputsOf(direction, 'RealDiv', 'Div');
  const [root, epsilonValue] = inputsOf(denominator, 'Add', 'AddV2');
  const [corrected2] = inputsOf(root, 'Sqrt');
  const [moment1, rest1] = inputsOf(corrected1, 'RealDiv', 'Div');
  const [moment2, rest2] = inputsOf(corrected2, 'RealDiv', 'Div');
  const first = moment1 && assigned.get(moment1);
  const second = moment2 && assigned.get(moment2);
  const epsilon = epsilonValue && uniformValue(epsilonValue);
  const power1 = complement(rest1);
  const power2 = complement(rest2);
  if (first === undefined || second === undefined || epsilon === undefined) return undefined;
  if (power1 === undefined || power2 === undefined) return undefined;
  const m = average(moment1, first.variables[0]);
  const v = average(moment2, second.variables[0]);
  if (m === undefined || v === undefined) return undefined;
  const [gradient] = inputsOf(v.added, 'Square');
  if (gradient !== m.added) return undefined;
  const rootRatio = Math.sqrt(Math.fround(1 - v.decay) / v.rest);
  const rate = operation(
    'Mul',
    [negativeRate, floats([(-rootRatio * m.rest) / Math.fround(1 - m.decay)], [])],
    [],
  );
  return {
    weight,
    first,
    second,
    rate,
    beta1: m.decay,
    beta2: v.decay,
    power1,
    power2,
    epsilon,
    gradient,
    rootRatio,
  };
}

/** x if the value is 1 − x. */
function complement(value: Value | undefined): Value | undefined {
  const [one, x] = inputsOf(value, 'Sub');
  return one !== undefined && uniformValue(one) === 1 ? x : undefined;
}

/** Takes apart old · decay + added · (1 − decay). */
function average(
  value: Value | undefined,
  variable: tf.Variable | undefined,
): { decay: number; rest: number; added: Value } | undefined {
  const [kept, fresh] = inputsOf(value, 'Add', 'AddV2');
  const [old, decayValue] = inputsOf(kept, 'Mul');
  const [added, restValue] = inputsOf(fresh, 'Mul');
  const decay = decayValue && uniformValue(decayValue);
  const rest = restValue && uniformValue(restValue);
  if (variable === undefined || !reads(old, variable) || added === undefined) return undefined;
  if (decay === undefined || rest === undefined || Math.abs(1 - decay - rest) > 1e-6) {
    return undefined;
  }
  return { decay, rest, added };
}

function reads(value: Value | undefined, variable: tf.Variable): boolean {
  const source = value?.node.source;
  return source?.kind === 'variable' && source.variable === variable;
}

/** The inputs of the node behind a value, if it is one of the operations. */
function inputsOf(value: Value | undefined, ...ops: string[]): readonly Value[] {
  return value !== undefined && ops.includes(value.node.op) ? value.node.inputs : [];
}
