import { crossEntropyLoss } from '../nn';
import { tf } from '../runtime';

/** What a training step reports, as scalars on the device. */
export type StepResult = {
  /** Mean cross-entropy of the batch, before the update. */
  loss: tf.Scalar;
  /** Correct predictions in the batch, before the update (int32). */
  correct: tf.Scalar;
};

/** Images in the batch whose largest logit is the label's; `logits` (B, classes), `labels` (B,). */
export function countCorrect(logits: tf.Tensor2D, labels: tf.Tensor1D): tf.Scalar {
  return tf.tidy(() => tf.sum(tf.cast(tf.equal(tf.argMax(logits, 1), labels), 'int32')).asScalar());
}

/**
 * One step of the lecture's training loop: forward, cross-entropy, backward, update.
 *
 * @param model maps images (B, H, W, C) to logits (B, classes)
 * @param images float32 (B, H, W, C), 0 to 1
 * @param labels int32 (B,)
 * @returns scalars that the caller disposes of
 * @throws Error of TensorFlow.js where the shapes do not fit the model
 */
export function trainStep(
  model: tf.LayersModel,
  optimizer: tf.Optimizer,
  images: tf.Tensor4D,
  labels: tf.Tensor1D,
): StepResult {
  return tf.tidy(() => {
    let kept: tf.Scalar | undefined;
    const { value: loss, grads } = tf.variableGrads(() => {
      const logits = model.apply(images, { training: true }) as tf.Tensor2D;
      kept = tf.keep(countCorrect(logits, labels));
      return crossEntropyLoss(logits, labels);
    }, trainableVariables(model));
    optimizer.applyGradients(grads);
    // What is kept is nobody's: the caller gets a tensor of its own.
    const correct = (kept as tf.Scalar).clone();
    tf.dispose(kept);
    return { loss, correct };
  });
}

/** The model's own variables, in its layers' order; without them a gradient would run over every model in the process. */
export function trainableVariables(model: tf.LayersModel): tf.Variable[] {
  return model.trainableWeights.map((weight) => weight.read() as tf.Variable);
}
