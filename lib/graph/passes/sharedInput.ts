import {
  at,
  concat,
  integer,
  ints,
  isFlagged,
  matMul,
  Node,
  nodesOf,
  operation,
  replaceValues,
  reshape,
  Uses,
} from '../ir';
import type { Program, Value } from '../ir';

/**
 * Matrix products of one input with several kernels (the 1×1 convolutions at the head of an
 * Inception block) as one product with the kernels side by side, forward and both gradients.
 */
export function sharedInput(program: Program): Program {
  const uses = new Uses(program);
  const replacements = new Map<Value, Value>();
  for (const x of new Set(uses.nodes.filter(isProduct).map((node) => node.input(0)))) {
    const products = uses
      .of(x)
      .filter(({ node, input }) => input === 0 && isProduct(node))
      .map(({ node }) => node);
    const productsOfX = new Set(products);
    const branches = products
      .flatMap((node) => branchOf(node, uses) ?? [])
      // A kernel that another of the products has changed (by a second update) must wait for it.
      .filter(({ kernel, bias }) => !dependsOn([kernel, bias], productsOfX));
    if (branches.length < 2) continue;
    const widths = branches.map(({ kernel }) => at(kernel.shape, 1));
    const kernel = concat(
      branches.map((branch) => branch.kernel),
      1,
    );
    const bias = concat(
      branches.map((branch) => branch.bias),
      0,
    );
    const product = matMul(x, kernel);
    const sum = operation('BiasAdd', [product, bias], product.shape);
    const relu = operation('Relu', [sum], sum.shape);
    split(relu, widths).forEach((part, i) => replacements.set(at(branches, i).output, part));
    mergeGradients(x, branches, kernel, widths, uses, replacements);
  }
  return replaceValues(program, replacements);
}

/** relu(x · kernel + bias) */
interface Branch {
  readonly kernel: Value;
  readonly bias: Value;
  readonly output: Value;
}

function dependsOn(values: readonly Value[], nodes: ReadonlySet<Node | undefined>): boolean {
  return nodesOf({ results: values, effects: [] }).some((node) => nodes.has(node));
}

function isProduct(node: Node): boolean {
  return node.op === 'MatMul' && !isFlagged(node, 'transpose_a') && !isFlagged(node, 'transpose_b');
}

function branchOf(product: Node, uses: Uses): Branch | undefined {
  const sum = onlyReader(product.output, 'BiasAdd', uses);
  const relu = sum === undefined ? undefined : onlyReader(sum.output, 'Relu', uses);
  if (sum === undefined || relu === undefined) return undefined;
  return { kernel: product.input(1), bias: sum.input(1), output: relu.output };
}

function onlyReader(value: Value, op: string, uses: Uses): Node | undefined {
  const [use] = uses.of(value);
  return uses.isSingle(value) && use?.node.op === op ? use.node : undefined;
}

function split(value: Value, widths: readonly number[]): readonly Value[] {
  const rows = at(value.shape, 0);
  return new Node(
    'SplitV',
    [value, ints(widths), integer(1)],
    { num_split: { kind: 'int', value: widths.length } },
    widths.map((width) => ({ dtype: value.dtype, shape: [rows, width] })),
  ).outputs;
}

/**
 * The kernels' gradients xᵀ·dyᵢ as one product; and the sum of dyᵢ·kernelᵢᵀ, the input's
 * gradient, likewise.
 */
function mergeGradients(
  x: Value,
  branches: readonly Branch[],
  kernel: Value,
  widths: readonly number[],
  uses: Uses,
  replacements: Map<Value, Value>,
): void {
  const ofKernels = uses
    .of(x)
    .filter(
      ({ node, input }) => input === 0 && node.op === 'MatMul' && isFlagged(node, 'transpose_a'),
    )
    .map(({ node }) => node);
  const found = branches.map((branch) => {
    const ofInput = uses
      .of(branch.kernel)
      .find(
        ({ node, input }) => input === 1 && node.op === 'MatMul' && isFlagged(node, 'transpose_b'),
      );
    const dy = ofInput?.node.input(0);
    return { ofInput: ofInput?.node, dy, ofKernel: ofKernels.find((node) => node.input(1) === dy) };
  });
  const gradients = found.flatMap(({ dy }) => dy ?? []);
  if (gradients.length < branches.length) return;
  const products = found.flatMap(({ ofInput, ofKernel }) => [ofInput, ofKernel]);
  // A dy that one of the products goes into (a kernel was updated in between) must wait for it.
  if (dependsOn(gradients, new Set(products))) return;
  const dy = concat(gradients, 1);
  if (found.every(({ ofKernel }) => ofKernel !== undefined)) {
    const parts = split(matMul(x, dy, true), widths);
    found.forEach(({ ofKernel }, i) => {
      if (ofKernel !== undefined) replacements.set(ofKernel.output, at(parts, i));
    });
  }
  // dyᵢ·kernelᵢᵀ is added up somewhere below, each behind a reshape of its own.
  const terms = found.flatMap(({ ofInput }) => (ofInput && addedTerm(ofInput.output, uses)) ?? []);
  const [root] = terms.map((term) => rootOf(additionOf(term, uses), uses));
  if (root === undefined) return;
  const leaves = leavesOf(root, uses);
  if (terms.length < branches.length || !terms.every((term) => leaves.includes(term))) return;
  const whole = reshape(matMul(dy, kernel, false, true), root.output.shape);
  const sum = leaves
    .filter((leaf) => !terms.includes(leaf))
    .reduce((total, leaf) => operation('AddV2', [leaf, total], leaf.shape), whole);
  replacements.set(root.output, sum);
}

/** What a tree of additions adds up. */
function leavesOf(root: Node, uses: Uses): Value[] {
  return root.inputs.flatMap((value) =>
    additionOf(value, uses) !== undefined && isAddition(value.node)
      ? leavesOf(value.node, uses)
      : [value],
  );
}

/** The value as it enters an addition: itself or its only reader, a reshape. */
function addedTerm(value: Value, uses: Uses): Value | undefined {
  if (!uses.isSingle(value)) return undefined;
  const [use] = uses.of(value);
  return use?.node.op === 'Reshape' ? use.node.output : value;
}

/** The addition that is the value's only reader. */
function additionOf(value: Value, uses: Uses): Node | undefined {
  const [use] = uses.of(value);
  return uses.isSingle(value) && use !== undefined && isAddition(use.node) ? use.node : undefined;
}

function isAddition(node: Node): boolean {
  const { op, inputs, output } = node;
  const sameShapes = inputs.every((value) => value.shape.join() === output.shape.join());
  return (op === 'Add' || op === 'AddV2') && sameShapes;
}

/** The last of a chain of additions. */
function rootOf(sum: Node | undefined, uses: Uses): Node | undefined {
  let root = sum;
  for (
    let next = root && additionOf(root.output, uses);
    next;
    next = additionOf(next.output, uses)
  ) {
    root = next;
  }
  return root;
}
