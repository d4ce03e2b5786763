import { cropImages, pasteBoxes, type ResidentDataset } from '../data';
import { compile, compileReplicas, type CompileOptions, type Distribution } from '../graph';
import { checkedByWebgpu, optimizerInternals, type tf } from '../runtime';
import { isOutOfMemory, OutOfMemoryError } from './outOfMemory';
import { trainStep, type StepOptions, type StepResult } from './step';

/** The images of a step. */
export interface Batch {
  /** Their places in the data set, (B,). */
  indices: Int32Array;
  /** What is taken of each, (4 · B,), as `randomCrops` draws it; the whole image where left out. */
  crops?: Float32Array;
  /** Images of which a box is pasted into each, one for one. */
  others?: OtherImages;
  /** What dropout draws from, (2,). */
  seed?: Int32Array;
}

/** Images whose parts go into those of a batch. */
export interface OtherImages {
  /** Their places in the data set, (B,). */
  indices: Int32Array;
  /** As a batch's. */
  crops?: Float32Array;
  /** The box of each, (4 · B,), as `randomBoxes` draws it. */
  boxes: Float32Array;
}

/** A training step on a batch of a data set. */
export interface BatchStep {
  /**
   * @returns scalars on the device that the caller disposes of
   * @throws OutOfMemoryError if the batch does not fit
   */
  (batch: Batch): Promise<StepResult>;
  dispose(): void;
}

export interface BatchStepOptions
  extends Omit<CompileOptions, 'freeze'>, Omit<StepOptions, 'keep' | 'mixedWith' | 'seed'> {
  /** AdamW's, a share of the learning rate. */
  weightDecay?: number;
  /** `host:port` of each TensorFlow server that takes its share of a batch; none: this process. */
  workers?: readonly string[] | undefined;
}

type ImageInputs = {
  indices: Int32Array | tf.Tensor1D;
  crops?: Float32Array | tf.Tensor1D;
};

/** What changes from step to step: a graph takes it as its arguments. */
type StepInputs = ImageInputs & {
  others?: ImageInputs & { boxes: Float32Array | tf.Tensor1D };
  keep?: Float32Array | tf.Tensor1D;
  seed?: Int32Array | tf.Tensor1D;
};

/** The training step of `model` on images of `resident`, compiled as told. */
export function batchStep(
  model: tf.LayersModel,
  optimizer: tf.Optimizer,
  resident: ResidentDataset,
  { weightDecay = 0, labelSmoothing, clipNorm, workers = [], ...options }: BatchStepOptions = {},
): BatchStep {
  const imagesOf = ({ indices, crops }: ImageInputs) => {
    const images = resident.images(indices);
    return crops ? cropImages(images, crops) : images;
  };
  const onImages = ({ others, keep, seed, ...own }: StepInputs) => {
    const labels = resident.labels(own.indices);
    const options = { labelSmoothing, clipNorm, keep, seed };
    if (others === undefined) return trainStep(model, optimizer, imagesOf(own), labels, options);
    const { images, shares } = pasteBoxes(imagesOf(own), imagesOf(others), others.boxes);
    const mixedWith = { labels: resident.labels(others.indices), shares };
    return trainStep(model, optimizer, images, labels, { ...options, mixedWith });
  };
  const step =
    workers.length > 0
      ? compileReplicas(onImages, shares(workers), options)
      : compile(onImages, options);
  const inputs = (batch: Batch): StepInputs => ({
    ...batch,
    ...(weightDecay > 0 && {
      keep: Float32Array.of(1 - optimizerInternals(optimizer).learningRate * weightDecay),
    }),
  });
  const run = async (batch: Batch): Promise<StepResult> => {
    try {
      return await checkedByWebgpu(() => step(inputs(batch)));
    } catch (cause) {
      throw isOutOfMemory(cause) ? new OutOfMemoryError(batch.indices.length, { cause }) : cause;
    }
  };
  return Object.assign(run, {
    dispose() {
      step.dispose();
    },
  });
}

/** As evenly as they can be, in the order of the batch; of fewer images than workers each gets one. */
function shares(workers: readonly string[]): Distribution<[StepInputs]> {
  return {
    workers,
    split(inputs) {
      const { indices, crops, others, ...common } = inputs as Batch;
      const parts = Math.min(workers.length, indices.length);
      const start = (part: number) => Math.ceil((part * indices.length) / parts);
      return Array.from({ length: parts }, (_, part) => {
        const [from, to] = [start(part), start(part + 1)];
        const corners = (all: Float32Array) => all.slice(4 * from, 4 * to);
        const images = (all: Int32Array, crops?: Float32Array) => ({
          indices: all.slice(from, to),
          ...(crops && { crops: corners(crops) }),
        });
        const args: StepInputs = {
          ...images(indices, crops),
          ...(others && {
            others: { ...images(others.indices, others.crops), boxes: corners(others.boxes) },
          }),
          ...common,
        };
        return { args: [args], rows: to - from };
      });
    },
  };
}
