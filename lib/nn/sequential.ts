import type { tf } from '../runtime';
import { Module, type Features } from './module';

/**
 * Modules one after the other, each taking what the one before it returns (`torch.nn.Sequential`).
 * They are its properties `0`, `1`, ….
 *
 * @typeParam Single what one image becomes
 * @typeParam Batch what a batch becomes
 */
export class Sequential<
  Single extends tf.Tensor = tf.Tensor3D,
  Batch extends tf.Tensor = tf.Tensor4D,
> extends Module {
  readonly [index: number]: Module;

  constructor(...modules: Module[]) {
    super(modules[0]?.input);
    Object.assign(this, modules);
  }

  override forward(x: tf.Tensor3D): Single;
  override forward(x: tf.Tensor4D): Batch;
  override forward<T extends Features>(x: T): T;
  override forward(x: Features): Features {
    return this.namedChildren().reduce((y, [, child]) => child.forward(y), x);
  }
}
