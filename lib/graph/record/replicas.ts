import type { tf } from '../../runtime';
import { acrossReplicas, type Reduction } from '../ir';
import type { Recorder } from './recorder';

/** The recording of a replica that is under way. */
let recording: { readonly recorder: Recorder; reductions: number } | undefined;

/**
 * The mean over all replicas of a step that runs on several workers, each on its own rows of the
 * batch: as the rows of all together would have it, if the value is a mean over rows. In any other
 * step it is the value itself. Nothing flows back through it: take the mean of gradients.
 */
export function meanOverReplicas<T extends tf.Tensor>(value: T): T {
  return reduced(value, 'mean');
}

/** The same for a sum over rows, such as a count. */
export function sumOverReplicas<T extends tf.Tensor>(value: T): T {
  return reduced(value, 'sum');
}

function reduced<T extends tf.Tensor>(value: T, kind: Reduction['kind']): T {
  if (recording === undefined) return value;
  const { recorder, reductions: number } = recording;
  recording.reductions++;
  return recorder.tensorOf(
    recorder.add(acrossReplicas(recorder.valueOf(value), { kind, number })),
  ) as T;
}

/** Has {@link meanOverReplicas} and {@link sumOverReplicas} noted until the returned function is called. */
export function watchReplicas(recorder: Recorder): () => void {
  recording = { recorder, reductions: 0 };
  return () => {
    recording = undefined;
  };
}
