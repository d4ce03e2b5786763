import {
  acrossReplicas,
  at,
  float,
  ints,
  isFlagged,
  Node,
  nodesOf,
  operation,
  reductionOf,
  replaceValues,
  sizeOf,
  type Attributes,
  type Program,
  type Value,
} from '../../ir';

/** How many rows a replica has, and all of them together. */
export interface RowCounts {
  readonly own: number;
  readonly total: number;
}

/**
 * Batch normalisation over the rows of all replicas, as a single worker has it: mean and variance are
 * taken across replicas, and so are the two sums in its gradient (`torch.nn.SyncBatchNorm`).
 */
export function synchronizedBatchNorm(program: Program, rows: RowCounts): Program {
  const nodes = nodesOf(program);
  let number = Math.max(-1, ...nodes.flatMap((node) => reductionOf(node)?.number ?? []));
  const mean = (value: Value): Value => {
    number++;
    return acrossReplicas(value, { kind: 'mean', number }).output;
  };
  const replacements = new Map<Value, Value>();
  for (const node of nodes) {
    if (!isFlagged(node, 'is_training')) continue;
    if (node.op === 'FusedBatchNormV2') forward(node, rows, mean, replacements);
    else if (node.op === 'FusedBatchNormGradV2') backward(node, mean, replacements);
  }
  return replaceValues(program, replacements);
}

function forward(
  node: Node,
  { own, total }: RowCounts,
  acrossRows: (value: Value) => Value,
  replacements: Map<Value, Value>,
): void {
  const [x, scale, offset] = [node.input(0), node.input(1), node.input(2)];
  const mean = acrossRows(perChannel('Mean', x));
  const distance = operation('Sub', [x, mean], x.shape);
  const variance = acrossRows(perChannel('Mean', operation('Square', [distance], x.shape)));
  const count = (countOf(x) / own) * total;
  const unbiased = operation('Mul', [variance, float(count / (count - 1))], variance.shape);
  const fixed: Attributes = { ...node.attributes, is_training: { kind: 'bool', value: false } };
  const types = node.outputs.map(({ dtype, shape }) => ({ dtype, shape }));
  const normalized = new Node(node.op, [x, scale, offset, mean, variance], fixed, types).output;
  [normalized, mean, unbiased, mean, variance].forEach((value, i) => {
    replacements.set(at(node.outputs, i), value);
  });
}

/**
 * With the sums over the rows of all replicas S₁ = Σ dy and S₂ = Σ dy·x̂, and n numbers of a channel,
 * dx = scale / σ · (dy − S₁ / n − x̂ · S₂ / n). A replica's loss is the mean over its own rows, so
 * that its dy is n / nᵢ times as large as in the loss of all; a mean across replicas, which weighs
 * its sums by nᵢ / n, takes that back.
 */
function backward(
  node: Node,
  acrossRows: (value: Value) => Value,
  replacements: Map<Value, Value>,
): void {
  const [dy, x, scale, mean, variance] = [0, 1, 2, 3, 4].map((i) => node.input(i)) as [
    Value,
    Value,
    Value,
    Value,
    Value,
  ];
  const channels = mean.shape;
  const epsilon = node.attributes['epsilon'];
  if (epsilon?.kind !== 'float' || typeof epsilon.value !== 'number') {
    throw new Error('a batch normalisation has no epsilon');
  }
  const raised = operation('AddV2', [variance, float(epsilon.value)], channels);
  const inverse = operation('Rsqrt', [raised], channels);
  const distance = operation('Sub', [x, mean], x.shape);
  const normalized = operation('Mul', [distance, inverse], x.shape);
  const offsetGradient = perChannel('Sum', dy);
  const scaleGradient = perChannel('Sum', operation('Mul', [dy, normalized], x.shape));
  const share = float(1 / countOf(x));
  const part = (sum: Value): Value => operation('Mul', [acrossRows(sum), share], channels);
  const pull = operation('Mul', [normalized, part(scaleGradient)], x.shape);
  const rest = operation(
    'Sub',
    [operation('Sub', [dy, part(offsetGradient)], x.shape), pull],
    x.shape,
  );
  const factor = operation('Mul', [scale, inverse], channels);
  [operation('Mul', [rest, factor], x.shape), scaleGradient, offsetGradient].forEach((value, i) => {
    replacements.set(at(node.outputs, i), value);
  });
}

function perChannel(op: 'Mean' | 'Sum', value: Value): Value {
  return operation(op, [value, ints([0, 1, 2])], value.shape.slice(3));
}

/** Numbers of a channel. */
function countOf({ shape }: Value): number {
  return sizeOf(shape.slice(0, 3));
}
