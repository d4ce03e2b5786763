import { tf } from '../runtime';
import { Module } from './module';
import {
  dtypeOf,
  readSafetensors,
  writeSafetensors,
  type HalfDtype,
  type SafetensorsFile,
  type SafetensorsTensor,
} from '../files';
import {
  fromTorchLayout,
  torchParameters,
  toTorchLayout,
  type TorchParameter,
} from './torchParameters';

/** Whose weights are read or set: a module, or any model of TensorFlow.js. */
export type Weighted = Module | tf.LayersModel;

function parametersOf(model: Weighted): TorchParameter[] {
  return torchParameters(model instanceof Module ? model.trainingModel : model);
}

/**
 * The model's trained variables under PyTorch's names, such as `icp_3a.branch2.0.conv1.weight`
 * (`named_parameters()`); their layout is TensorFlow's: HWIO, and (in, out) for a fully connected
 * layer.
 *
 * @throws Error as {@link stateDict}
 */
export function namedParameters(model: Weighted): Map<string, tf.Variable> {
  const parameters = parametersOf(model).filter(({ buffer }) => !buffer);
  return new Map(parameters.map(({ name, variable }) => [name, variable]));
}

/**
 * The model's weights under PyTorch's `state_dict` names and in its layout: convolutions
 * (out, in, height, width), fully connected layers (out, in), their features channels first behind
 * a flattened map. A batch normalisation has its running mean and variance, and
 * `num_batches_tracked`, which TensorFlow.js does not count, as 0; its epsilon and momentum are
 * settings of the layer, with other defaults in PyTorch.
 *
 * @throws Error naming a layer that has no counterpart of PyTorch's
 */
export async function stateDict(model: Weighted): Promise<Map<string, SafetensorsTensor>> {
  const entries = new Map<string, SafetensorsTensor>();
  for (const parameter of parametersOf(model)) {
    const { name, shape, variable } = parameter;
    const tensor = toTorchLayout(variable, parameter);
    try {
      entries.set(name, { shape, data: await tensor.data<'float32'>() });
    } finally {
      tensor.dispose();
    }
    const counter = batchCounter(name);
    if (counter) entries.set(counter, { shape: [], data: new BigInt64Array(1) });
  }
  return entries;
}

/** The count of batches that PyTorch keeps after a running variance. */
function batchCounter(name: string): string | undefined {
  const layer = /^(.*\.)running_var$/.exec(name)?.[1];
  return layer && `${layer}num_batches_tracked`;
}

export interface SaveOptions {
  /** Free text to go with the weights. */
  metadata?: NonNullable<SafetensorsFile['metadata']>;
  /** Two bytes a number in the file, rounded as PyTorch's `.half()` or `.bfloat16()`; default four. */
  half?: HalfDtype;
}

/**
 * Saves the model's weights as safetensors, for PyTorch's
 * `model.load_state_dict(safetensors.torch.load_file(path))` or for {@link loadStateDict}. The file
 * is written whole or not at all.
 *
 * @throws Error as {@link stateDict}, or if the file cannot be written
 */
export async function saveStateDict(
  model: Weighted,
  path: string,
  { metadata, half }: SaveOptions = {},
): Promise<void> {
  const tensors = await stateDict(model);
  if (half !== undefined) {
    for (const tensor of tensors.values()) {
      if (tensor.data instanceof Float32Array) tensor.half = half;
    }
  }
  await writeSafetensors(path, metadata ? { tensors, metadata } : { tensors });
}

/**
 * Loads weights from safetensors, as PyTorch's `safetensors.torch.save_file(model.state_dict(),
 * path)` or {@link saveStateDict} wrote them; the prefixes `module.` and `_orig_mod.`, which
 * DataParallel and `torch.compile` put before every name, are left out, and float16 and bfloat16 become
 * float32, as PyTorch's `load_state_dict` makes of them. The model changes only if everything fits.
 *
 * @throws Error if the file is damaged, if a name, a shape or a type differs from the model's, or
 *   as {@link stateDict}
 */
export async function loadStateDict(model: Weighted, path: string): Promise<void> {
  setStateDict(model, path, await readSafetensors(path));
}

/**
 * Gives a model the weights of a file that has been read, as {@link loadStateDict} does.
 *
 * @param path of the file, for messages
 * @throws Error if a name, a shape or a type differs from the model's, or as {@link stateDict}
 */
export function setStateDict(model: Weighted, path: string, file: SafetensorsFile): void {
  const expected = parametersOf(model);
  const tensors = withoutWrapper(file.tensors, expected);
  const problems = compare(expected, tensors);
  if (problems.length > 0) {
    throw new Error(`The weights in ${path} do not fit the model:\n${problems.join('\n')}`);
  }
  tf.tidy(() => {
    const values = expected.map((parameter) => {
      const { shape, data } = tensors.get(parameter.name) as SafetensorsTensor;
      return fromTorchLayout(tf.tensor(data as Float32Array, [...shape], 'float32'), parameter);
    });
    expected.forEach(({ variable }, index) => {
      variable.assign(values[index] as tf.Tensor);
    });
  });
}

type Tensors = ReadonlyMap<string, SafetensorsTensor>;

/** The tensors without the prefix of DataParallel or `torch.compile`, or of both. */
function withoutWrapper(tensors: Tensors, expected: readonly TorchParameter[]): Tensors {
  const names = [...tensors.keys()];
  const prefix = /^(?:module\.|_orig_mod\.)+/.exec(names[0] ?? '')?.[0];
  const isWrapper =
    prefix !== undefined &&
    names.every((name) => name.startsWith(prefix)) &&
    !expected.some(({ name }) => name.startsWith(prefix));
  if (!isWrapper) return tensors;
  return new Map([...tensors].map(([name, tensor]) => [name.slice(prefix.length), tensor]));
}

/** What keeps the tensors from being the model's, by kind: some of each are shown. */
function compare(expected: readonly TorchParameter[], tensors: Tensors): string[] {
  const differing: string[] = [];
  const missing: string[] = [];
  const known = new Set<string>();
  const check = (name: string, shape: readonly number[], dtype: string) => {
    known.add(name);
    const tensor = tensors.get(name);
    if (!tensor) return false;
    if (tensor.shape.join() !== shape.join()) {
      differing.push(
        `${name} should have the shape [${shape.join(', ')}], but has [${tensor.shape.join(', ')}]`,
      );
    } else if (dtypeOf(tensor) !== dtype && !(dtype === 'F32' && tensor.half !== undefined)) {
      differing.push(`${name} should be of type ${dtype}, but is ${dtypeOf(tensor)}`);
    }
    return true;
  };
  for (const { name, shape } of expected) {
    if (!check(name, shape, 'F32')) missing.push(`${name} is missing`);
    // Not in what PyTorch wrote before 0.4.1.
    const counter = batchCounter(name);
    if (counter) check(counter, [], 'I64');
  }
  const foreign = [...tensors.keys()].filter((name) => !known.has(name));
  return [
    ...some(differing),
    ...some(missing),
    ...some(foreign.map((name) => `${name} is not a parameter of the model`)),
    ...prefixHint(expected, tensors),
  ];
}

const SHOWN_PROBLEMS = 5;

function some(problems: readonly string[]): string[] {
  const shown = problems.slice(0, SHOWN_PROBLEMS).map((problem) => `  ${problem}`);
  const rest = problems.length - shown.length;
  return rest > 0 ? [...shown, `  and ${rest} more like it`] : shown;
}

/** What to do where the names differ by a prefix alone. */
function prefixHint(expected: readonly TorchParameter[], tensors: Tensors): string[] {
  const [parameter] = expected;
  if (!parameter) return [];
  const prefixes = [...tensors.keys()]
    .filter((name) => name.endsWith(`.${parameter.name}`))
    .map((name) => name.slice(0, -parameter.name.length));
  const prefix = prefixes.find((one) => expected.every(({ name }) => tensors.has(one + name)));
  if (prefix === undefined) return [];
  return [
    `The names would fit without "${prefix}" before them. In PyTorch: {name.removeprefix("${prefix}"): tensor for name, tensor in state_dict.items() if name.startswith("${prefix}")}`,
  ];
}
