import { tf, type Engine } from '../../runtime';
import { constantNode, DataType, inputNode, Node, replaceValues } from '../ir';
import type { Program, TypedArray } from '../ir';
import type { Recorder } from './recorder';
import { refusal } from './refusal';

/** The kinds of random tensor that TensorFlow.js draws in JavaScript, by the operation's scope. */
const distributions = {
  randomUniform: (seed: number) => tf.randomUniform([1], 0, 1, 'float32', seed),
  randomNormal: (seed: number) => tf.randomNormal([1], 0, 1, 'float32', seed),
  truncatedNormal: (seed: number) => tf.truncatedNormal([1], 0, 1, 'float32', seed),
} as const;

export type Distribution = keyof typeof distributions;

/** A draw as it was recorded: a node to be replaced once its parameters are known. */
export interface Draw {
  readonly node: Node;
  readonly distribution: Distribution;
  /** The first number drawn. */
  readonly sample: number;
  /** The first number that the standard distribution gives for the same seed. */
  readonly standard: number;
  /** Inside tf.dropout, whose draw is uniform on [0, 1). */
  readonly isDropout: boolean;
  /** All numbers drawn. */
  readonly values: Float32Array;
  /** Where the step asked for it. */
  readonly origin: Error;
}

const goldenRatio = 0.6180339887498949;

/**
 * Draws that gave variables their first values, in all recordings: the next recording's seeds come
 * after theirs, or two networks built in steps of their own would begin with equal weights.
 */
let drawnForVariables = 0;

/** Notes that a recording drew first values of variables. */
export function useUpDraws(draws: readonly Draw[]): void {
  drawnForVariables += draws.length;
}

/** How far apart the numbers of two recordings' draws are, of a standard deviation of about 1. */
const APART = 0.1;

/**
 * Catches random tensors on their way from JavaScript to the backend, so that they can be drawn
 * anew at each call, and refuses Math.random anywhere else in the step.
 *
 * A draw with a seed of its own gives the same numbers at each eager call too and stays a
 * constant; tf.dropout's mask is drawn anew even so, as in every other framework.
 *
 * @param draws gets what is drawn
 * @param earlier what the recording drew that this one is compared with: the numbers differ enough
 *   to tell shift and scale from them
 */
export function watchRandom(
  recorder: Recorder,
  engine: Engine,
  round: 0 | 1,
  draws: Draw[],
  earlier: readonly Draw[] = [],
): () => void {
  const { random } = Math;
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with its owner
  const { makeTensor } = engine;
  /** The seed of the draw in progress, unless the step gave one. */
  let seed: number | undefined;
  let seeds = drawnForVariables;
  let drawingStandard = false;
  Math.random = () => {
    const distribution = drawing(engine);
    if (distribution === undefined) {
      recorder.refuse(
        'Math.random() is called. Its value would be the same at each call of the graph: use ' +
          'tf.randomUniform, tf.randomNormal or tf.dropout, which are drawn anew.',
      );
    }
    const other = earlier[draws.length]?.standard ?? NaN;
    do seed = ((2 * ++seeds + round) * goldenRatio) % 1;
    while (Math.abs(standardOf(distribution, seed) - other) < APART);
    return seed;
  };
  const standardOf = (distribution: Distribution, from: number): number => {
    drawingStandard = true;
    try {
      return tf.tidy(() => firstOf(distributions[distribution](from)));
    } finally {
      drawingStandard = false;
    }
  };
  engine.makeTensor = (values, shape, dtype, backend) => {
    const distribution = drawing(engine);
    const isDropout = drawsDropout(engine, distribution, values);
    if (drawingStandard || distribution === undefined || (seed === undefined && !isDropout)) {
      const tensor = makeTensor.call(engine, values, shape, dtype, backend);
      recorder.noteMade(tensor.dataId);
      return tensor;
    }
    if (!(values instanceof Float32Array)) {
      recorder.refuse(`${distribution} of type ${dtype}: only float32 can be drawn in a graph.`);
    }
    const standard = seed === undefined ? 0 : standardOf(distribution, seed);
    seed = undefined;
    const node = inputNode(undefined, DataType.float32, [...shape]);
    const sample = values[0] ?? 0;
    draws.push({ node, distribution, sample, standard, isDropout, values, origin: new Error() });
    return recorder.tensorOf(recorder.add(node));
  };
  return () => {
    Math.random = random;
    Reflect.deleteProperty(engine, 'makeTensor');
  };
}

function firstOf(tensor: tf.Tensor): number {
  return tensor.dataSync<'float32'>()[0] ?? 0;
}

/** The scope that an operation of TensorFlow.js opens; a scope of tf.tidy has the caller's name. */
function innermostOperations(engine: Engine): (string | undefined)[] {
  return engine.state.scopeStack
    .slice(-2)
    .map(({ name }) => /^(.*)__op$/.exec(name)?.[1])
    .reverse();
}

function drawing(engine: Engine): Distribution | undefined {
  const [innermost] = innermostOperations(engine);
  return innermost !== undefined && Object.hasOwn(distributions, innermost)
    ? (innermost as Distribution)
    : undefined;
}

/** Whether tf.dropout draws, which does so in [0, 1) and nowhere else. */
function drawsDropout(
  engine: Engine,
  distribution: Distribution | undefined,
  values: TypedArray,
): boolean {
  const [, outer] = innermostOperations(engine);
  return (
    outer === 'dropout' &&
    distribution === 'randomUniform' &&
    values.every((value) => value >= 0 && value < 1)
  );
}

/** Largest ratio of shift to scale: float32 samples tell a scale beside it to four digits. */
const LARGEST_SHIFT = 1e3;

/**
 * Shift and scale of a draw against the standard distribution, from two recordings of it. A shift
 * of less than a millionth of the scale counts as none.
 *
 * @throws UnsupportedStepError where the samples tell the scale too roughly
 */
export function parametersOf(first: Draw, second: Draw): { shift: number; scale: number } {
  if (first.isDropout) return { shift: 0, scale: 1 };
  const scale = (second.sample - first.sample) / (second.standard - first.standard);
  // The samples are float32: seven digits hold, and the parameters are written with fewer.
  const rounded = Number(scale.toPrecision(6));
  const shift = first.sample - rounded * first.standard;
  if (scale !== 0 && Math.abs(shift) > LARGEST_SHIFT * Math.abs(scale)) {
    throw refusal(
      `${first.distribution} spreads by less than a thousandth of its mean, too little to be told ` +
        `from its numbers. Draw around 0 and add the mean.`,
      first.origin,
    );
  }
  const digits = Math.max(0, 6 - Math.ceil(Math.log10(Math.abs(rounded) || 1)));
  return { shift: Number(shift.toFixed(digits)), scale: rounded };
}

/** The program with the numbers that were drawn while recording. For initial values. */
export function withDraws(program: Program, draws: readonly Draw[]): Program {
  return replaceValues(
    program,
    new Map(
      draws.map(({ node, values }) => [
        node.output,
        constantNode(node.output.dtype, node.output.shape, values).output,
      ]),
    ),
  );
}
