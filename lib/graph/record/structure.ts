import { tf } from '../../runtime';
import { nodeBackend } from '../backend';
import { DataType } from '../ir';

/** Numbers that stand for a tensor of one dimension: float32 or int32. */
type NumberArray = Float32Array | Int32Array;

/** Leaves in arrays and objects; nothing (null) stays nothing. */
type Tree<Leaf> =
  | Leaf
  | null
  | undefined
  // eslint-disable-next-line @typescript-eslint/no-invalid-void-type -- a step may return nothing
  | void
  | readonly Tree<Leaf>[]
  | { readonly [key: string]: Tree<Leaf> };

/** What a step gives: tensors, in arrays and objects. */
export type TensorTree = Tree<tf.Tensor>;

/** What a step is called with: tensors, and arrays of numbers, in arrays and objects. */
export type ArgumentTree = Tree<tf.Tensor | NumberArray>;

/** The tensors that a step returned, in a fixed order. */
export function resultsOf(result: TensorTree): tf.Tensor[] {
  return leaves(result, 'The results', isTensor);
}

/**
 * The tensors and arrays of numbers among a step's arguments. A variable is none of them: it is not
 * data, and the step gets it as it is.
 */
export function inputsOf(args: readonly ArgumentTree[]): (tf.Tensor | NumberArray)[] {
  return leaves(args, 'The arguments', isInput).filter((leaf) => !(leaf instanceof tf.Variable));
}

/** The TensorFlow type and the shape of an input: bytes count as int32 in TensorFlow.js. */
export function typeOf(input: tf.Tensor | NumberArray): { dtype: number; shape: number[] } {
  if (isTensor(input)) {
    return { dtype: nodeBackend().tensorMap.get(input.dataId).dtype, shape: input.shape };
  }
  const dtype = input instanceof Int32Array ? DataType.int32 : DataType.float32;
  return { dtype, shape: [input.length] };
}

function isTensor(tree: unknown): tree is tf.Tensor {
  return tree instanceof tf.Tensor;
}

function isInput(tree: unknown): tree is tf.Tensor | NumberArray {
  return isTensor(tree) || tree instanceof Float32Array || tree instanceof Int32Array;
}

function leaves<Leaf>(
  tree: Tree<Leaf>,
  role: string,
  isLeaf: (tree: unknown) => tree is Leaf,
): Leaf[] {
  if (tree === null || tree === undefined) return [];
  if (isLeaf(tree)) return [tree];
  if (Array.isArray(tree)) {
    return tree.flatMap((branch: Tree<Leaf>) => leaves(branch, role, isLeaf));
  }
  if (isPlainObject(tree)) {
    return Object.values(tree).flatMap((branch) => leaves(branch, role, isLeaf));
  }
  const kind = typeof tree === 'object' ? tree.constructor.name : typeof tree;
  throw new TypeError(
    `${role} of a compiled step must be tensors, or arrays and objects of tensors; got a ${kind}. ` +
      `Make a tensor of it: a plain value would be the same at each call.`,
  );
}

/** An object of `{}`, also of another realm, or one without a prototype. */
function isPlainObject(tree: unknown): tree is Readonly<Record<string, unknown>> {
  if (typeof tree !== 'object' || tree === null) return false;
  const prototype: unknown = Object.getPrototypeOf(tree);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** The same tree with what `replace` gives for each of its leaves, in the order of their listing. */
export function rebuild<Leaf extends tf.Tensor | NumberArray>(
  tree: Tree<Leaf>,
  replace: (leaf: Leaf) => tf.Tensor,
): TensorTree {
  if (tree === null || tree === undefined) return tree;
  if (isInput(tree)) return replace(tree as Leaf);
  if (Array.isArray(tree)) return tree.map((branch: Tree<Leaf>) => rebuild(branch, replace));
  return Object.fromEntries(
    Object.entries(tree).map(([key, branch]) => [key, rebuild(branch, replace)]),
  );
}

/** A text that is equal for results of equal structure, whose tensors may be gone. */
export function structureOf(result: TensorTree): string {
  return JSON.stringify([result], (_, tree: unknown) =>
    tree === undefined ? 'nothing' : isTensor(tree) ? 'tensor' : tree,
  );
}

/** A text that is equal for trees of equal structure, shapes, types and variables. */
export function signatureOf(tree: ArgumentTree): string {
  if (tree === null || tree === undefined) return String(tree);
  if (tree instanceof tf.Variable) return `variable ${tree.id}`;
  if (isInput(tree)) {
    const dtype = isTensor(tree) ? tree.dtype : tree instanceof Int32Array ? 'int32' : 'float32';
    return `${dtype}[${typeOf(tree).shape.join(',')}]`;
  }
  if (Array.isArray(tree)) return `[${tree.map(signatureOf).join(';')}]`;
  return `{${Object.entries(tree)
    .map(([key, branch]) => `${JSON.stringify(key)}:${signatureOf(branch)}`)
    .join(';')}}`;
}
