import { tf } from '../runtime';
import { convBlock } from './convBlock';
import { concatenate, join, maxPool2d } from './layers';
import { Module } from './module';

const CONCATENATION = 'concat';

/** What each branch of a block makes of an input, before they are joined. */
export interface Branches<T extends tf.Tensor> {
  branch1: T;
  branch2: T;
  branch3: T;
  branch4: T;
}

/** A block of four branches, joined along the channels. */
abstract class BranchedBlock extends Module<tf.Tensor3D, tf.Tensor4D> {
  private branchOutputs: tf.LayersModel | undefined;

  /**
   * The outputs of the branches; joined along the last axis they are `forward(x)`.
   *
   * @param x as for forward
   */
  branches(x: tf.Tensor3D): Branches<tf.Tensor3D>;
  branches(x: tf.Tensor4D): Branches<tf.Tensor4D>;
  branches(x: tf.Tensor): Branches<tf.Tensor>;
  branches(x: tf.Tensor): Branches<tf.Tensor> {
    const [branch1, branch2, branch3, branch4] = this.run(this.branchModel(), x) as [
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
    ];
    return { branch1, branch2, branch3, branch4 };
  }

  /** The same layers with the branches as outputs. Kept: to dispose of it would be to dispose of the layers. */
  private branchModel(): tf.LayersModel {
    this.branchOutputs ??= tf.model({
      inputs: this.model.inputs,
      outputs: this.model.getLayer(CONCATENATION).input,
    });
    return this.branchOutputs;
  }
}

/** The layers of {@link InceptionNaive} behind `x`, at `path` in a network. */
function inceptionNaive(
  x: tf.SymbolicTensor,
  path: string,
  inChannels: number,
  ch1x1: number,
  ch3x3: number,
  ch5x5: number,
): tf.SymbolicTensor {
  const branch1 = convBlock(x, join(path, 'branch1'), inChannels, ch1x1, 1, 0);
  const branch2 = convBlock(x, join(path, 'branch2'), inChannels, ch3x3, 3, 1);
  const branch3 = convBlock(x, join(path, 'branch3'), inChannels, ch5x5, 5, 2);
  const branch4 = maxPool2d(x, join(path, 'branch4'), 3, 1, 1);
  return concatenate([branch1, branch2, branch3, branch4], join(path, CONCATENATION));
}

/**
 * The Inception block, naive version (figure 2a of Szegedy et al., "Going Deeper with
 * Convolutions", 2015).
 *
 * (B, H, W, inChannels) → (B, H, W, ch1x1 + ch3x3 + ch5x5 + inChannels)
 */
export class InceptionNaive extends BranchedBlock {
  /**
   * @param inChannels channels of the input; the pooling branch passes them all on
   * @param ch1x1 filters of branch 1, 1×1
   * @param ch3x3 filters of branch 2, 3×3
   * @param ch5x5 filters of branch 3, 5×5
   * @throws RangeError for numbers that are not whole or below 1
   */
  constructor(inChannels: number, ch1x1: number, ch3x3: number, ch5x5: number) {
    super('InceptionNaive', { channels: inChannels }, (x) =>
      inceptionNaive(x, '', inChannels, ch1x1, ch3x3, ch5x5),
    );
  }
}

/** The layers of {@link Inception} behind `x`, at `path` in a network. */
export function inception(
  x: tf.SymbolicTensor,
  path: string,
  inChannels: number,
  ch1x1: number,
  ch3x3red: number,
  ch3x3: number,
  ch5x5red: number,
  ch5x5: number,
  poolProj: number,
): tf.SymbolicTensor {
  const branch1 = convBlock(x, join(path, 'branch1'), inChannels, ch1x1, 1, 0);

  let branch2 = convBlock(x, join(path, 'branch2/0'), inChannels, ch3x3red, 1, 0);
  branch2 = convBlock(branch2, join(path, 'branch2/1'), ch3x3red, ch3x3, 3, 1);

  let branch3 = convBlock(x, join(path, 'branch3/0'), inChannels, ch5x5red, 1, 0);
  branch3 = convBlock(branch3, join(path, 'branch3/1'), ch5x5red, ch5x5, 5, 2);

  let branch4 = maxPool2d(x, join(path, 'branch4/0'), 3, 1, 1);
  branch4 = convBlock(branch4, join(path, 'branch4/1'), inChannels, poolProj, 1, 0);

  return concatenate([branch1, branch2, branch3, branch4], join(path, CONCATENATION));
}

/**
 * The Inception block with dimension reductions (figure 2b of Szegedy et al., 2015). The arguments
 * after `inChannels` are the columns of the paper's table 1, in its order.
 *
 * (B, H, W, inChannels) → (B, H, W, ch1x1 + ch3x3 + ch5x5 + poolProj)
 */
export class Inception extends BranchedBlock {
  /**
   * @param inChannels channels of the input
   * @param ch1x1 filters of branch 1, 1×1
   * @param ch3x3red filters of the 1×1 reduction before the 3×3 of branch 2
   * @param ch3x3 filters of the 3×3 of branch 2
   * @param ch5x5red filters of the 1×1 reduction before the 5×5 of branch 3
   * @param ch5x5 filters of the 5×5 of branch 3
   * @param poolProj filters of the 1×1 after the pooling of branch 4
   * @throws RangeError for numbers that are not whole or below 1
   */
  constructor(
    inChannels: number,
    ch1x1: number,
    ch3x3red: number,
    ch3x3: number,
    ch5x5red: number,
    ch5x5: number,
    poolProj: number,
  ) {
    super('Inception', { channels: inChannels }, (x) =>
      inception(x, '', inChannels, ch1x1, ch3x3red, ch3x3, ch5x5red, ch5x5, poolProj),
    );
  }
}
