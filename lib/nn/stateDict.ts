import { tf } from '../runtime';
import {
  dtypeOf,
  readSafetensors,
  writeSafetensors,
  type SafetensorsFile,
  type SafetensorsTensor,
} from './safetensors';

/** A parameter of a model: PyTorch's name and shape for one of its variables. */
interface Parameter {
  /** As in PyTorch's `state_dict`: `icp_3a.branch2.0.conv1.weight`. */
  name: string;
  /** PyTorch's shape: (out, in, height, width), (out, in) or (out). */
  shape: number[];
  variable: tf.Variable;
}

/** Axes of TensorFlow's layout in the order of PyTorch's, by rank; and back. */
const TO_TORCH: Record<number, number[]> = { 1: [0], 2: [1, 0], 4: [3, 2, 0, 1] };
const FROM_TORCH: Record<number, number[]> = { 1: [0], 2: [1, 0], 4: [2, 3, 1, 0] };

const PARAMETER_NAMES: Record<string, string> = { kernel: 'weight', bias: 'bias' };

function axes(table: Record<number, number[]>, rank: number, name: string): number[] {
  const order = table[rank];
  if (!order) throw new Error(`${name} has ${rank} dimensions; no layer of PyTorch's has that.`);
  return order;
}

function parameters(model: tf.LayersModel): Parameter[] {
  return model.weights.map((weight) => {
    const parts = weight.originalName.split('/');
    const kind = parts.pop() ?? '';
    const name = [...parts, PARAMETER_NAMES[kind] ?? kind].join('.');
    const variable = weight.read() as tf.Variable;
    const shape = axes(TO_TORCH, variable.rank, name).map((axis) => variable.shape[axis] as number);
    return { name, shape, variable };
  });
}

/**
 * The model's variables under PyTorch's `state_dict` names, such as
 * `icp_3a.branch2.0.conv1.weight`; their layout is TensorFlow's (HWIO, and (in, out) for a fully
 * connected layer).
 */
export function namedParameters(model: tf.LayersModel): Map<string, tf.Variable> {
  return new Map(parameters(model).map(({ name, variable }) => [name, variable]));
}

/**
 * The model's weights under PyTorch's `state_dict` names and in its layout: convolutions
 * (out, in, height, width), fully connected layers (out, in).
 */
export async function stateDict(model: tf.LayersModel): Promise<Map<string, SafetensorsTensor>> {
  const entries = new Map<string, SafetensorsTensor>();
  for (const { name, shape, variable } of parameters(model)) {
    const tensor = tf.transpose(variable, axes(TO_TORCH, variable.rank, name));
    try {
      entries.set(name, { shape, data: await tensor.data<'float32'>() });
    } finally {
      tensor.dispose();
    }
  }
  return entries;
}

/**
 * Saves the model's weights as safetensors, for PyTorch's
 * `model.load_state_dict(safetensors.torch.load_file(path))` or for {@link loadStateDict}. The file
 * is written whole or not at all.
 *
 * @param metadata free text to go with them
 */
export async function saveStateDict(
  model: tf.LayersModel,
  path: string,
  metadata?: SafetensorsFile['metadata'],
): Promise<void> {
  const tensors = await stateDict(model);
  await writeSafetensors(path, metadata ? { tensors, metadata } : { tensors });
}

/**
 * Loads weights from safetensors, as PyTorch's `safetensors.torch.save_file(model.state_dict(),
 * path)` or {@link saveStateDict} wrote them. The model changes only if everything fits.
 *
 * @throws Error if the file is damaged, or if a name, a shape or a type differs from the model's
 */
export async function loadStateDict(model: tf.LayersModel, path: string): Promise<void> {
  const { tensors } = await readSafetensors(path);
  const expected = parameters(model);
  const problems = compare(expected, tensors);
  if (problems.length > 0) {
    throw new Error(`The weights in ${path} do not fit the model:\n${summarize(problems)}`);
  }
  tf.tidy(() => {
    const values = expected.map(({ name, variable }) => {
      const { shape, data } = tensors.get(name) as SafetensorsTensor;
      const tensor = tf.tensor(data as Float32Array, [...shape], 'float32');
      return tf.transpose(tensor, axes(FROM_TORCH, variable.rank, name));
    });
    expected.forEach(({ variable }, index) => {
      variable.assign(values[index] as tf.Tensor);
    });
  });
}

function compare(
  expected: readonly Parameter[],
  tensors: ReadonlyMap<string, SafetensorsTensor>,
): string[] {
  const problems: string[] = [];
  for (const { name, shape } of expected) {
    const tensor = tensors.get(name);
    if (!tensor) {
      problems.push(`${name} is missing`);
    } else if (tensor.shape.join() !== shape.join()) {
      problems.push(
        `${name} should have the shape [${shape.join(', ')}], but has [${tensor.shape.join(', ')}]`,
      );
    } else if (dtypeOf(tensor) !== 'F32') {
      problems.push(`${name} should be of type F32, but is ${dtypeOf(tensor)}`);
    }
  }
  const names = new Set(expected.map(({ name }) => name));
  for (const name of tensors.keys()) {
    if (!names.has(name)) problems.push(`${name} is not a parameter of the model`);
  }
  return problems;
}

const SHOWN_PROBLEMS = 5;

function summarize(problems: readonly string[]): string {
  const shown = problems.slice(0, SHOWN_PROBLEMS).map((problem) => `  ${problem}`);
  const rest = problems.length - shown.length;
  return [...shown, ...(rest > 0 ? [`  and ${rest} more`] : [])].join('\n');
}
