import { ResidentDataset, type ImageDataset } from '../data';
import { crossEntropyLoss } from '../nn';
import { tf } from '../runtime';
import { trainableVariables } from './step';

/** How strongly the loss pulls at the weights of one stage. */
export interface StageGradient {
  /** `conv1`, `icp_3a`. */
  name: string;
  /** Root mean square of the gradient, over the stage's weights and biases. */
  rms: number;
}

/**
 * The size of the gradient in each stage of a network that has weights, from the first to the last:
 * what backpropagation of the mean cross-entropy brings to it. The network is not trained.
 *
 * @param model maps images (B, H, W, C) to logits (B, classes)
 * @param dataset all its images make one batch
 */
export async function stageGradients(
  model: tf.LayersModel,
  dataset: ImageDataset,
): Promise<StageGradient[]> {
  const resident = new ResidentDataset(dataset);
  const indices = Int32Array.from({ length: dataset.length }, (_, index) => index);
  const { value, grads } = tf.variableGrads(() => {
    const logits = model.apply(resident.images(indices), { training: true }) as tf.Tensor2D;
    return crossEntropyLoss(logits, resident.labels(indices));
  }, trainableVariables(model));
  try {
    const stages = new Map<string, { squares: number; weights: number }>();
    for (const [variable, gradient] of Object.entries(grads)) {
      const [name = variable] = variable.split('/');
      const stage = stages.get(name) ?? { squares: 0, weights: 0 };
      for (const element of await gradient.data()) stage.squares += element * element;
      stage.weights += gradient.size;
      stages.set(name, stage);
    }
    return [...stages].map(([name, { squares, weights }]) => ({
      name,
      rms: Math.sqrt(squares / weights),
    }));
  } finally {
    tf.dispose([value, grads]);
    resident.dispose();
  }
}
