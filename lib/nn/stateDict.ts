import { tf } from '../runtime';
import { readSafetensors, writeSafetensors, type NamedArrays } from './safetensors';
import { fromTorchLayout, torchShape, toTorchLayout } from './torchLayout';

/** A layer's parameters under PyTorch's names: layer `icp_3a/branch2/0/conv1`, `icp_3a.branch2.0.conv1.weight`. */
function parameters(model: tf.LayersModel): { name: string; variable: tf.Variable }[] {
  return model.layers.flatMap((layer) =>
    layer.trainableWeights.map((weight, index) => ({
      name: `${layer.name.replaceAll('/', '.')}.${index === 0 ? 'weight' : 'bias'}`,
      variable: weight.read() as tf.Variable,
    })),
  );
}

/** A model's parameters in PyTorch's layout, under the names of the lecture's `state_dict()`. */
export async function stateDict(model: tf.LayersModel): Promise<NamedArrays> {
  const arrays: NamedArrays = {};
  for (const { name, variable } of parameters(model)) {
    const torch = toTorchLayout(variable);
    arrays[name] = { shape: torch.shape, data: (await torch.data()) as Float32Array };
    torch.dispose();
  }
  return arrays;
}

/** Writes a model's parameters for PyTorch: `safetensors.torch.load_file` gives the `state_dict`. */
export async function saveStateDict(model: tf.LayersModel, file: string): Promise<void> {
  await writeSafetensors(file, await stateDict(model), { format: 'pt' });
}

/**
 * Sets a model's parameters from a safetensors file, written here or by PyTorch.
 * @throws Error that names the file and the parameter that is missing, not known, or of another
 *   shape; the model keeps the parameters that it had
 */
export async function loadStateDict(model: tf.LayersModel, file: string): Promise<void> {
  const { tensors } = await readSafetensors(file);
  const wanted = parameters(model);
  const refuse = (what: string) =>
    new Error(`${file} does not fit ${model.name}: ${what}; nothing was changed`);

  const missing = wanted.filter(({ name }) => !tensors[name]).map(({ name }) => name);
  if (missing.length > 0) throw refuse(`it lacks ${list(missing)}`);
  const known = new Set(wanted.map(({ name }) => name));
  const unknown = Object.keys(tensors).filter((name) => !known.has(name));
  if (unknown.length > 0) throw refuse(`it has ${list(unknown)}, which the network has not`);
  for (const { name, variable } of wanted) {
    const expected = torchShape(variable.shape).join(', ');
    const came = tensors[name]?.shape.join(', ');
    if (came !== expected)
      throw refuse(`${name} is [${came}] there, the network's is [${expected}]`);
  }

  for (const { name, variable } of wanted) {
    const { data, shape } = tensors[name] as NamedArrays[string];
    tf.tidy(() => {
      variable.assign(fromTorchLayout(tf.tensor(data, [...shape])));
    });
  }
}

function list(names: readonly string[]): string {
  const shown = names.slice(0, 3).join(', ');
  return names.length > 3 ? `${shown} and ${names.length - 3} more` : shown;
}
