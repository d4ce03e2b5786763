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
  if (isPlainObject(tree)) {
    return Object.values(tree).flatMap((branch) => leaves(branch, role));
  }
  const kind = typeof tree === 'object' ? (tree as object).constructor.name : typeof tree;
  throw new TypeError(
    `${role} of a compiled step must be tensors, or arrays and objects of tensors; got a ${kind}. ` +
      `Make a tensor of it: a plain value would be the same at each call.`,
  );
}

/** An object of `{}`, also of another realm, or one without a prototype. */
function isPlainObject(tree: unknown): tree is Readonly<Record<string, TensorTree>> {
  if (typeof tree !== 'object' || tree === null) return false;
  const prototype: unknown = Object.getPrototypeOf(tree);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** The same tree with what `replace` gives for each of its tensors, in the order of `leaves`. */
export function rebuild(tree: TensorTree, replace: (leaf: tf.Tensor) => tf.Tensor): TensorTree {
  if (tree === null || tree === undefined) return tree;
  if (tree instanceof tf.Tensor) return replace(tree);
  if (Array.isArray(tree)) return tree.map((branch: TensorTree) => rebuild(branch, replace));
  return Object.fromEntries(
    Object.entries(tree).map(([key, branch]) => [key, rebuild(branch, replace)]),
  );
}

/**
 * The tensors among a step's arguments. A variable is none of them: it is not data, and the step
 * gets it as it is.
 */
export function inputsOf(args: readonly TensorTree[]): tf.Tensor[] {
  return leaves(args, 'The arguments').filter((leaf) => !(leaf instanceof tf.Variable));
}

/** A text that is equal for trees of equal structure, shapes, types and variables. */
export function signatureOf(tree: TensorTree): string {
  if (tree === null || tree === undefined) return String(tree);
  if (tree instanceof tf.Variable) return `variable ${tree.id}`;
  if (tree instanceof tf.Tensor) return `${tree.dtype}[${tree.shape.join(',')}]`;
  if (Array.isArray(tree)) return `[${tree.map(signatureOf).join(';')}]`;
  return `{${Object.entries(tree)
    .map(([key, branch]) => `${JSON.stringify(key)}:${signatureOf(branch)}`)
    .join(';')}}`;
}
