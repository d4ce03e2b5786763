import { tf } from '../../runtime';

/** What a step takes and gives: tensors, in arrays and objects; nothing (null) stays nothing. */
export type TensorTree =
  | tf.Tensor
  | null
  | undefined
  // eslint-disable-next-line @typescript-eslint/no-invalid-void-type -- a step may return nothing
  | void
  | readonly TensorTree[]
  | { readonly [key: string]: TensorTree };

/** The tensors of a tree, in a fixed order. */
export function leaves(tree: TensorTree, role: string): tf.Tensor[] {
  if (tree === null || tree === undefined) return [];
  if (tree instanceof tf.Tensor) return [tree];
  if (Array.isArray(tree)) return tree.flatMap((branch: TensorTree) => leaves(branch, role));
  if (typeof tree === 'object' && Object.getPrototypeOf(tree) === Object.prototype) {
    return Object.values(tree).flatMap((branch) => leaves(branch, role));
  }
  const kind = typeof tree === 'object' ? (tree as object).constructor.name : typeof tree;
  throw new TypeError(
    `${role} of a compiled step must be tensors, or arrays and objects of tensors; got a ${kind}. ` +
      `Make a tensor of it: a plain value would be the same at each call.`,
  );
}

/** The same tree with other tensors, which are taken in the order of `leaves`. */
export function rebuild(tree: TensorTree, tensors: Iterator<tf.Tensor>): TensorTree {
  if (tree === null || tree === undefined) return tree;
  if (tree instanceof tf.Tensor) {
    const next = tensors.next();
    if (next.done === true) throw new Error('a step has fewer tensors than its structure');
    return next.value;
  }
  if (Array.isArray(tree)) return tree.map((branch: TensorTree) => rebuild(branch, tensors));
  return Object.fromEntries(
    Object.entries(tree).map(([key, branch]) => [key, rebuild(branch, tensors)]),
  );
}

/** A text that is equal for trees of equal structure, shapes and types. */
export function signatureOf(tree: TensorTree): string {
  if (tree === null || tree === undefined) return String(tree);
  if (tree instanceof tf.Tensor) return `${tree.dtype}[${tree.shape.join(',')}]`;
  if (Array.isArray(tree)) return `[${tree.map(signatureOf).join(';')}]`;
  return `{${Object.entries(tree)
    .map(([key, branch]) => `${JSON.stringify(key)}:${signatureOf(branch)}`)
    .join(';')}}`;
}
