import { ResidentDataset, type ImageDataset } from '../data';
import type { Module } from '../nn';
import { tf } from '../runtime';
import { trainingLoss } from '../training';

/** How strongly the loss pulls at the weights of one stage. */
export interface StageGradient {
  /** `conv1`, `icp_3a`. */
  name: string;
  /** Root mean square of the gradient, over the stage's weights and biases. */
  rms: number;
}

/**
 * The size of the gradient in each child of a network that has weights, from the first to the last:
 * what backpropagation of {@link trainingLoss} brings to it. The network is not trained, though a
 * batch normalisation in it takes notice of the images.
 *
 * @param network maps images (B, H, W, C) to logits (B, classes)
 * @param dataset all its images make one batch
 */
export async function stageGradients(
  network: Module,
  dataset: ImageDataset,
): Promise<StageGradient[]> {
  const resident = new ResidentDataset(dataset);
  const indices = Int32Array.from({ length: dataset.length }, (_, index) => index);
  const { value, grads } = tf.variableGrads(() => {
    // Dropout draws what it draws in each call: the same network has the same gradients.
    const options = { training: true, seed: Int32Array.of(0, 0) };
    const outputs = network.trainingModel.apply(resident.images(indices), options);
    return trainingLoss(outputs as tf.Tensor | tf.Tensor[], resident.labels(indices)).total;
  }, network.parameters());
  try {
    const stages: StageGradient[] = [];
    for (const [name, stage] of network.namedChildren()) {
      let squares = 0;
      let weights = 0;
      for (const variable of stage.parameters()) {
        const gradient = grads[variable.name] as tf.Tensor;
        for (const element of await gradient.data()) squares += element * element;
        weights += gradient.size;
      }
      if (weights > 0) stages.push({ name, rms: Math.sqrt(squares / weights) });
    }
    return stages;
  } finally {
    tf.dispose([value, grads]);
    resident.dispose();
  }
}
