import { tf } from '../../runtime';
import { dtypeName } from '../backend';
import type { HostTensor } from '../capi/tensor';
import { typeOf, type inputsOf } from '../record';

/** What a session is fed of an argument. */
export function hostTensor(input: ReturnType<typeof inputsOf>[number]): HostTensor {
  return { ...typeOf(input), values: input instanceof tf.Tensor ? input.dataSync() : input };
}

/** A tensor of what a session gave. */
export function newTensor({ dtype, shape, values }: HostTensor): tf.Tensor {
  return tf.tensor(values, shape, dtypeName(dtype));
}
