import { tf } from '../runtime';
import type { Module } from './module';

/**
 * What the outputs of a module see of the image, along one side (height; the width is alike). The
 * output at position i depends on the pixels `first + i · step` to `last + i · step`, those of the
 * padding around the image counted.
 */
export interface ReceptiveField {
  first: number;
  last: number;
  /** Pixels from one position's field to the next one's. */
  step: number;
  /** Pixels that an output sees: `last − first + 1`. */
  size: number;
}

type Interval = Pick<ReceptiveField, 'first' | 'last' | 'step'>;

/** Layers whose output at a position depends on their inputs at that position alone. */
const PER_POSITION = [
  'Activation',
  'ReLU',
  'Rescaling',
  'BatchNormalization',
  'Dropout',
  'Concatenate',
  'Add',
  'Dense',
];

/**
 * The receptive field (수용 영역) of every module in a network, by recursion from the image on
 * (Araujo, Norris & Sim, "Computing Receptive Fields of Convolutional Neural Networks", Distill,
 * 2019); where branches meet, from the first to the last pixel that any of them sees.
 *
 * @returns by module: those of the network itself, its children and theirs
 * @throws Error for a layer of a kind whose field is not known, naming it
 */
export function receptiveFields(network: Module): Map<Module, ReceptiveField> {
  const known = new Map<number, Interval>();
  const fieldOf = (x: tf.SymbolicTensor): Interval => {
    const found = known.get(x.id);
    if (found) return found;
    const field = through(x, x.inputs.map(fieldOf));
    known.set(x.id, field);
    return field;
  };
  return new Map(
    network.network().calls.map(({ module, output }) => {
      const { first, last, step } = fieldOf(output);
      return [module, { first, last, step, size: last - first + 1 }];
    }),
  );
}

/** The field of a layer's output from those of its inputs. */
function through(
  { sourceLayer, inputs }: tf.SymbolicTensor,
  fields: readonly Interval[],
): Interval {
  const kind = sourceLayer.getClassName();
  if (kind === 'InputLayer') return { first: 0, last: 0, step: 1 };
  const field = {
    first: Math.min(...fields.map(({ first }) => first)),
    last: Math.max(...fields.map(({ last }) => last)),
    step: Math.max(...fields.map(({ step }) => step)),
  };
  const { first, last, step } = field;
  const config = sourceLayer.getConfig();
  switch (kind) {
    case 'ZeroPadding2D': {
      const [[before = 0] = []] = config['padding'] as number[][];
      return { first: first - before * step, last: last - before * step, step };
    }
    case 'Cropping2D': {
      const [[before = 0] = []] = config['cropping'] as number[][];
      return { first: first + before * step, last: last + before * step, step };
    }
    case 'Conv2D':
    case 'MaxPooling2D':
    case 'AveragePooling2D': {
      const [kernel = 1] = (config['kernelSize'] ?? config['poolSize']) as number[];
      const [stride = 1] = config['strides'] as number[];
      const [dilation = 1] = (config['dilationRate'] ?? []) as number[];
      const same = config['padding'] === 'same';
      if (dilation !== 1 || (same && stride > 1 && kernel > 2)) {
        throw new Error(
          `${sourceLayer.name} has a dilation, or the padding 'same' at a stride, which depends on the size of the image; its receptive field is not known.`,
        );
      }
      // Of an even kernel the larger half is behind.
      const before = same ? Math.floor((kernel - 1) / 2) : 0;
      return {
        first: first - before * step,
        last: last + (kernel - 1 - before) * step,
        step: step * stride,
      };
    }
    case 'Flatten': {
      const [, height] = inputs[0]?.shape ?? [];
      return { first, last: last + ((height ?? 1) - 1) * step, step };
    }
    default:
      if (PER_POSITION.includes(kind)) return field;
      throw new Error(`${sourceLayer.name} is a ${kind}; its receptive field is not known.`);
  }
}
