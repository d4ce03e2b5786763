import { stringOf } from './build';
import { Node, type Value } from './program';

/** What replicas of a step, each on its own rows of a batch, make of a value that each of them has. */
export interface Reduction {
  /** The mean counts each replica by its rows. */
  readonly kind: 'mean' | 'sum';
  /** The same in every replica, and no other's. */
  readonly number: number;
}

const ATTRIBUTE = '_across_replicas';

/** The value across all replicas, where a program of one replica has its own. */
export function acrossReplicas(value: Value, { kind, number }: Reduction): Node {
  return new Node(
    'Identity',
    [value],
    { [ATTRIBUTE]: { kind: 'string', value: `${kind} ${number}` } },
    [value],
  );
}

/** What a node of {@link acrossReplicas} stands for, or undefined for any other. */
export function reductionOf({ attributes }: Node): Reduction | undefined {
  const [kind, number] = stringOf(attributes, ATTRIBUTE)?.split(' ') ?? [];
  return kind === 'mean' || kind === 'sum' ? { kind, number: Number(number) } : undefined;
}
