import type * as tf from 'googlenet/tfjs-node';

/**
 * The number in a tensor that has one (`torch.Tensor.item`).
 *
 * @throws RangeError if it has none or several
 */
export async function item(x: tf.Tensor): Promise<number> {
  if (x.size !== 1) throw new RangeError(`item: the tensor has ${x.size} numbers, not one`);
  const [value] = (await x.data()) as Float32Array;
  return value as number;
}
