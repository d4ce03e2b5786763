import { optimizerInternals, tf } from '../../runtime';
import { DataType, type TypedArray, type Value } from '../ir';
import type { Recorder } from './recorder';

/** Counts one iteration, as `applyGradients` does. */
export function countIteration(optimizer: tf.Optimizer): void {
  optimizerInternals(optimizer).incrementIterations();
}

/**
 * Makes the learning rate of every optimizer of the step something that is given at each call, so
 * that a schedule works. While an optimizer applies gradients its `learningRate` reads as a number
 * that occurs nowhere else; where ± that number reaches the backend, an input takes its place.
 *
 * @param stand the number; another one in a second recording shows what else was computed from it
 * @param known optimizers that an earlier recording of the step used: their rate reads as the number
 *   all through this one, so that what the step itself makes of it differs between the two
 * @returns the optimizers that were used, one entry a call of `applyGradients`, and a function
 *   that undoes all changes
 */
export function watchOptimizers(
  recorder: Recorder,
  stand: number,
  known: readonly tf.Optimizer[],
): { used: tf.Optimizer[]; restore: () => void } {
  const used: tf.Optimizer[] = [];
  let active: tf.Optimizer | undefined;
  let depth = 0;
  const rates = new Map<tf.Optimizer, Map<number, Value>>();
  const rate = (optimizer: tf.Optimizer, factor: 1 | -1): Value => {
    const ofOptimizer = rates.get(optimizer) ?? new Map<number, Value>();
    rates.set(optimizer, ofOptimizer);
    const value =
      ofOptimizer.get(factor) ??
      recorder.inputValue({ kind: 'learningRate', optimizer, factor }, DataType.float32, []);
    ofOptimizer.set(factor, value);
    return value;
  };
  recorder.substitute = (dtype: number, shape: readonly number[], values: TypedArray) => {
    if (active === undefined || dtype !== DataType.float32 || shape.length > 0) return undefined;
    const [value] = values;
    if (value === Math.fround(stand)) return rate(active, 1);
    if (value === Math.fround(-stand)) return rate(active, -1);
    return undefined;
  };
  const held = new Set(known);
  const releases = [...held].map((optimizer) => holdLearningRate(recorder, optimizer, stand));
  const base = tf.Optimizer.prototype;
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with its owner
  const { minimize } = base;
  const iterations = Object.getOwnPropertyDescriptor(base, 'iterations');
  Object.defineProperty(base, 'iterations', {
    configurable: true,
    get: () =>
      recorder.refuse(
        'the step reads how many iterations its optimizer has done, which would stay what it is at ' +
          'the first call. Read it between the calls, or count in a tf.Variable.',
      ),
  });
  base.minimize = function (this: tf.Optimizer, ...args: Parameters<typeof minimize>) {
    requireKnownUpdate(recorder, this);
    return minimize.apply(this, args);
  };
  const undo = optimizerClasses().map((prototype) => {
    const original = Object.getOwnPropertyDescriptor(prototype, 'applyGradients');
    // eslint-disable-next-line @typescript-eslint/unbound-method -- called with its owner
    const { applyGradients: apply } = optimizerInternals(prototype);
    optimizerInternals(prototype).applyGradients = function (
      this: tf.Optimizer,
      gradients: unknown,
    ): void {
      const state = optimizerInternals(this);
      if (depth > 0) {
        apply.call(this, gradients);
        return;
      }
      requireKnownUpdate(recorder, this);
      const { learningRate: actual, c } = state;
      depth++;
      // eslint-disable-next-line @typescript-eslint/no-this-alias -- what createTensor then sees
      active = this;
      used.push(this);
      if (!held.has(this)) state.learningRate = stand;
      state.incrementIterations = () => undefined;
      if (c !== undefined) state.c = recorder.tensorOf(rate(this, -1));
      try {
        apply.call(this, gradients);
      } finally {
        depth--;
        active = undefined;
        if (!held.has(this)) state.learningRate = actual;
        Reflect.deleteProperty(state, 'incrementIterations');
        if (c !== undefined) {
          state.c?.dispose();
          state.c = c;
        }
      }
    };
    return () => {
      if (original !== undefined) Object.defineProperty(prototype, 'applyGradients', original);
    };
  });
  return {
    used,
    restore: () => {
      base.minimize = minimize;
      if (iterations !== undefined) Object.defineProperty(base, 'iterations', iterations);
      for (const step of [...undo, ...releases]) step();
    },
  };
}

/** Makes the learning rate read as `stand`, and refuses to have it set. */
function holdLearningRate(recorder: Recorder, optimizer: tf.Optimizer, stand: number): () => void {
  const { learningRate: actual } = optimizerInternals(optimizer);
  const property = { configurable: true, enumerable: true };
  Object.defineProperty(optimizer, 'learningRate', {
    ...property,
    get: () => stand,
    set: () =>
      recorder.refuse(
        'the step sets the learning rate of its optimizer, which a graph would not do again. Set ' +
          'it between the calls.',
      ),
  });
  return () => {
    Object.defineProperty(optimizer, 'learningRate', {
      ...property,
      writable: true,
      value: actual,
    });
  };
}

/** Refuses an optimizer whose update is not that of one of tf.train's, which are watched. */
function requireKnownUpdate(recorder: Recorder, optimizer: tf.Optimizer): void {
  const own = optimizerInternals(Object.getPrototypeOf(optimizer) as tf.Optimizer);
  if (
    optimizerClasses().some(
      (known) => optimizerInternals(known).applyGradients === own.applyGradients,
    )
  ) {
    return;
  }
  recorder.refuse(
    `${optimizer.constructor.name} has an update of its own, in which the learning rate would stay ` +
      `what it was at the first call. Use an optimizer of tf.train.`,
  );
}

/** The prototypes of tf.train's optimizers that bring their own `applyGradients`. */
function optimizerClasses(): tf.Optimizer[] {
  return [
    tf.SGDOptimizer,
    tf.MomentumOptimizer,
    tf.AdagradOptimizer,
    tf.AdadeltaOptimizer,
    tf.RMSPropOptimizer,
    tf.AdamOptimizer,
    tf.AdamaxOptimizer,
  ].map(({ prototype }) => prototype as tf.Optimizer);
}
