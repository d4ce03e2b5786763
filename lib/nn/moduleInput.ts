import { tf } from '../runtime';
import { formatShape } from './layout';

/** Images that a module takes; what is left out, may be anything. */
export interface ImageInput {
  channels?: number;
  /** The only image size that fits, and why. */
  size?: { height: number; width: number; reason?: string };
  /** The smallest height and width that fit. */
  minimumSize?: number;
}

/** What a module takes: images, or rows of features. */
export type ModuleInput = ImageInput | { features: number };

/** A batch's shape without the batch dimension, `null` where it may be anything. */
export function inputShape(input: ModuleInput): (number | null)[] {
  if ('features' in input) return [input.features];
  return [input.size?.height ?? null, input.size?.width ?? null, input.channels ?? null];
}

/**
 * Checks what a module is given; of a tensor that is yet to come, what is known of it.
 *
 * @param name of the module, for messages
 * @throws Error if x has another rank, number of channels, size or type
 */
export function checkInput(
  name: string,
  input: ModuleInput,
  x: tf.Tensor | tf.SymbolicTensor,
): void {
  if ('features' in input) checkFeatures(name, input.features, x);
  else checkImages(name, input, x);
  if (x.dtype !== 'float32') {
    throw new Error(
      `${name} expects float32 numbers, but got ${x.dtype}; for uint8 pixels, ToTensor is x.toFloat().div(255).`,
    );
  }
}

function checkFeatures(name: string, features: number, x: tf.Tensor | tf.SymbolicTensor): void {
  const got = x.shape.at(-1);
  if (got === features) return;
  throw new Error(
    `${name} expects ${features} features, but its input ${formatShape(x.shape)} has ${String(got)}.`,
  );
}

function checkImages(
  name: string,
  { channels, size, minimumSize = 1 }: ImageInput,
  x: tf.Tensor | tf.SymbolicTensor,
): void {
  const got = `but got ${formatShape(x.shape)}`;
  const dimensions = `${size?.height ?? 'height'}, ${size?.width ?? 'width'}, ${channels ?? 'channels'}`;
  const expected = `${name} expects an image [${dimensions}] or a batch [batch, ${dimensions}], channels last`;
  if (x.rank !== 3 && x.rank !== 4) {
    throw new Error(`${expected}, ${got}.`);
  }
  const [height, width, depth] = x.shape.slice(-3);
  const differs = (known: number | null | undefined, wanted: number) =>
    typeof known === 'number' && known !== wanted;
  if (channels !== undefined && differs(depth, channels)) {
    const hint =
      height === channels ? ' Its channels stand first: toChannelsLast(x) moves them.' : '';
    throw new Error(`${expected}, ${got}, which has ${depth} channels.${hint}`);
  }
  if (size && (differs(height, size.height) || differs(width, size.width))) {
    throw new Error(`${expected}, ${got}${size.reason ? `: ${size.reason}` : ''}.`);
  }
  if (Math.min(height ?? Infinity, width ?? Infinity) < minimumSize) {
    throw new Error(`${name} needs images of at least ${minimumSize}×${minimumSize}, ${got}.`);
  }
}
