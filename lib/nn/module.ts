import { tf } from '../runtime';
import { formatShape } from './layers';

/** What a module takes; what is left out, may be anything. */
export interface ModuleInput {
  channels?: number;
  /** The only image size that fits, and why. */
  size?: { height: number; width: number; reason: string };
  /** The smallest height and width that fit. */
  minimumSize?: number;
}

/**
 * A part of a network, or a whole one, that can be run and trained by itself (`torch.nn.Module`).
 *
 * Its `model` is an ordinary TensorFlow.js model of built-in layers: `model.summary()`,
 * `model.save()` and `tf.loadLayersModel()` work, the last without this library too.
 *
 * @typeParam Single what one image becomes
 * @typeParam Batch what a batch becomes
 */
export abstract class Module<Single extends tf.Tensor, Batch extends tf.Tensor> {
  readonly model: tf.LayersModel;

  /**
   * @param name how messages and the summary call it
   * @param input what it takes
   * @param build adds its layers behind the input (batch, height, width, channels)
   */
  protected constructor(
    private readonly name: string,
    private readonly input: ModuleInput,
    build: (x: tf.SymbolicTensor) => tf.SymbolicTensor,
  ) {
    const x = tf.input({
      shape: [input.size?.height ?? null, input.size?.width ?? null, input.channels ?? null],
    });
    this.model = tf.model({ name, inputs: x, outputs: build(x) });
  }

  /**
   * Runs the module.
   *
   * @param x one image (height, width, channels) or a batch (batch, height, width, channels),
   *   float32
   * @returns the output; for one image without the batch dimension
   * @throws Error if x has another rank, number of channels, size or type
   */
  forward(x: tf.Tensor3D): Single;
  forward(x: tf.Tensor4D): Batch;
  forward(x: tf.Tensor): Single | Batch;
  forward(x: tf.Tensor): tf.Tensor {
    return this.run(this.model, x) as tf.Tensor;
  }

  /** Runs a model that has this module's input, on one image or a batch. */
  protected run(model: tf.LayersModel, x: tf.Tensor): tf.Tensor | tf.Tensor[] {
    this.check(x);
    return tf.tidy(() => {
      if (x.rank === 4) return model.apply(x) as tf.Tensor | tf.Tensor[];
      const output = model.apply(tf.expandDims(x)) as tf.Tensor | tf.Tensor[];
      return Array.isArray(output)
        ? output.map((tensor) => tf.squeeze(tensor, [0]))
        : tf.squeeze(output, [0]);
    });
  }

  private check(x: tf.Tensor): void {
    const { channels, size, minimumSize = 1 } = this.input;
    const got = `but got ${formatShape(x.shape)}`;
    const dimensions = `${size?.height ?? 'height'}, ${size?.width ?? 'width'}, ${channels ?? 'channels'}`;
    const expected = `${this.name} expects an image [${dimensions}] or a batch [batch, ${dimensions}], channels last`;
    if (x.rank !== 3 && x.rank !== 4) {
      throw new Error(`${expected}, ${got}.`);
    }
    const [height, width, depth] = x.shape.slice(-3) as [number, number, number];
    if (channels !== undefined && depth !== channels) {
      const hint =
        height === channels ? ' Its channels stand first: toChannelsLast(x) moves them.' : '';
      throw new Error(`${expected}, ${got}, which has ${depth} channels.${hint}`);
    }
    if (size && (height !== size.height || width !== size.width)) {
      throw new Error(`${expected}, ${got}: ${size.reason}.`);
    }
    if (height < minimumSize || width < minimumSize) {
      throw new Error(
        `${this.name} needs images of at least ${minimumSize}×${minimumSize}, ${got}.`,
      );
    }
    if (x.dtype !== 'float32') {
      throw new Error(
        `${this.name} expects float32 numbers, but got ${x.dtype}; for uint8 pixels, ToTensor is x.toFloat().div(255).`,
      );
    }
  }
}
