/**
 * Computes what a device's parity is judged by, and writes it to the file named by the only
 * argument, as safetensors: logits, every gradient, and the losses of five Adam steps.
 */
import { adam, crossEntropyLoss, GoogLeNet, writeSafetensors, type SafetensorsTensor } from '../nn';
import { manualSeed, randn } from '../random';
import { tf } from '../runtime';
import { LECTURE_CONSTANTS, trainableVariables, trainStep } from '../training';

const BATCH = 16;
const STEPS = 5;

async function main(file: string): Promise<void> {
  manualSeed(LECTURE_CONSTANTS.seed);
  const { model } = new GoogLeNet(3, 'cifar10');
  const images = randn([BATCH, 32, 32, 3]);
  const labels = tf.range(0, BATCH, 1, 'int32').mod<tf.Tensor1D>(tf.scalar(10, 'int32'));
  const logits = () => model.apply(images, { training: true }) as tf.Tensor2D;

  const tensors = new Map<string, SafetensorsTensor>();
  const keep = async (name: string, tensor: tf.Tensor) =>
    tensors.set(name, { shape: tensor.shape, data: await tensor.data() });
  await keep('forward', logits());
  const variables = trainableVariables(model);
  const { grads } = tf.variableGrads(() => crossEntropyLoss(logits(), labels), variables);
  for (const [index, variable] of variables.entries()) {
    await keep(`gradient ${index}`, grads[variable.name] as tf.Tensor);
  }
  const optimizer = adam(1e-3);
  for (let step = 0; step < STEPS; step++) {
    await keep(`Adam step ${step}`, trainStep(model, optimizer, images, labels).loss);
  }
  await writeSafetensors(file, { tensors });
}

main(process.argv[2] ?? '').catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
