import { compile, type CompileOptions, type OperationTime } from '../graph';
import { adam, GoogLeNet, type Module } from '../nn';
import { manualSeed, randn } from '../random';
import { tf } from '../runtime';
import { LECTURE_CONSTANTS, trainStep } from '../training';
import { WORKS } from './plan';
import { table, type Columns } from './report';
import type { Precision } from './variants';

const TRAINING_BATCH = 256;
const { batches: INFERENCE_BATCHES = [] } = WORKS.inference;

/** What a part of the work takes. */
interface Share {
  name: string;
  operations: number;
  /** The sum over its operations, which may run side by side. */
  milliseconds: number;
}

const SHARES: Columns<Share> = {
  Part: ({ name }) => name,
  Operations: ({ operations }) => String(operations),
  ms: ({ milliseconds }) => milliseconds.toFixed(2),
};

/** A graph to look into, and what it is called with. */
interface Profiled {
  step: (x: tf.Tensor) => tf.Tensor | Record<string, tf.Tensor>;
  x: tf.Tensor;
  options: CompileOptions;
}

/** Prints where the time of this library's graphs goes, by kind of operation and by stage. */
export function printProfiles(precision: Precision): void {
  const images = prepare(TRAINING_BATCH, 32);
  const network = new GoogLeNet(3, 'cifar10');
  const optimizer = adam(LECTURE_CONSTANTS.lr);
  const labels = tf.zeros<tf.Rank.R1>([TRAINING_BATCH], 'int32');
  const step = (x: tf.Tensor) => ({
    ...trainStep(network.model, optimizer, x as tf.Tensor4D, labels),
  });
  printProfile(`${WORKS.step.title}, batch ${TRAINING_BATCH}, ${precision}`, [
    { step, x: images, options: { precision } },
    stagesOf(network, images, (stage, x) => ({
      ...backward(stage, x, x !== images),
      options: { precision },
    })),
  ]);
  for (const batch of INFERENCE_BATCHES) {
    const images = prepare(batch, 224);
    const network = new GoogLeNet(3, 'imagenet');
    const inUse = (stage: Module, x: tf.Tensor): Profiled => ({
      step: (x) => stage.forward(x) as tf.Tensor,
      x,
      options: { precision, freeze: true },
    });
    printProfile(`${WORKS.inference.title}, batch ${batch}, ${precision}`, [
      inUse(network, images),
      stagesOf(network, images, inUse),
    ]);
  }
}

function prepare(batch: number, size: number): tf.Tensor {
  manualSeed(LECTURE_CONSTANTS.seed);
  return randn([batch, size, size, 3]);
}

function printProfile(title: string, [whole, stages]: [Profiled, Map<string, Profiled>]): void {
  const times = fastestTrace(whole);
  const all = share('all', times);
  const kinds = [...new Set(times.map(kindOf))]
    .map((kind) => {
      const ofKind = times.filter((time) => kindOf(time) === kind);
      return share(kind, ofKind);
    })
    .filter(({ milliseconds }) => milliseconds >= all.milliseconds / 100)
    .sort((a, b) => b.milliseconds - a.milliseconds);
  const byStage = [...stages].map(([name, stage]) => share(name, fastestTrace(stage)));
  console.log(
    `### ${title}\n\nKinds of operations of at least 1 %:\n\n${table([all, ...kinds], SHARES)}\n`,
  );
  console.log(`Each stage as a graph of its own:\n\n${table(byStage, SHARES)}\n`);
}

/** Each stage with what it gets from the one before it. */
function stagesOf(
  network: Module,
  images: tf.Tensor,
  profiled: (stage: Module, x: tf.Tensor) => Profiled,
): Map<string, Profiled> {
  let x = images;
  return new Map(
    network.namedChildren().map(([name, stage]) => {
      const input = x;
      x = stage.forward(input) as tf.Tensor;
      return [name, profiled(stage, input)];
    }),
  );
}

/** Forward and back: gradients of a stage's parameters, and of its input if something is before it. */
function backward(stage: Module, x: tf.Tensor, goesOn: boolean): Omit<Profiled, 'options'> {
  const input = tf.variable(x);
  const variables = goesOn ? [input, ...stage.parameters()] : stage.parameters();
  const { shape } = stage.forward(x) as tf.Tensor;
  return {
    step: (arriving) =>
      tf.variableGrads(
        () => (stage.forward(input) as tf.Tensor).mul(arriving).sum().asScalar(),
        variables,
      ).grads,
    x: randn(shape as [number]),
  };
}

/** Of several: the machine does other things too. */
function fastestTrace({ step, x, options }: Profiled): readonly OperationTime[] {
  const compiled = compile(step, options);
  const traces = Array.from({ length: 6 }, () => compiled.trace(x));
  compiled.dispose();
  const duration = (times: readonly OperationTime[]) => share('', times).milliseconds;
  return traces.reduce((a, b) => (duration(b) < duration(a) ? b : a));
}

/** `Conv2D` of `_MklNativeFusedConv2D`, as TensorFlow calls its kernel of oneDNN. */
function kindOf({ op }: OperationTime): string {
  return op.replace(/^_(Mkl)?(Native)?(Fused)?/, '');
}

function share(name: string, times: readonly OperationTime[]): Share {
  const milliseconds = times.reduce((sum, { begin, end }) => sum + (end - begin) / 1000, 0);
  return { name, operations: times.length, milliseconds };
}
