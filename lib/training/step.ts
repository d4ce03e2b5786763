import { crossEntropyLoss } from '../nn';
import { tf, type RandomSeed } from '../runtime';
import { clipGradients } from './clipGradients';

/** What a training step reports, as scalars on the device. */
export type StepResult = {
  /** Mean cross-entropy of the batch, before the update. */
  loss: tf.Scalar;
  /** Correct predictions in the batch, before the update (int32). */
  correct: tf.Scalar;
};

/** What a step does besides the lecture's; off where left out. */
export interface StepOptions {
  /** As {@link crossEntropyLoss} takes it. */
  labelSmoothing?: number | undefined;
  /** As {@link clipGradients} takes it. */
  clipNorm?: number | undefined;
  /** What each weight is multiplied by before its update, (1,): AdamW's 1 - lr × weight decay. */
  keep?: Float32Array | tf.Tensor1D | undefined;
  /** What dropout draws from. */
  seed?: RandomSeed | undefined;
}

/** Weight of each auxiliary classifier's loss (Szegedy et al., 2015, section 5). */
const AUXILIARY_WEIGHT = 0.3;

/** Images in the batch whose largest logit is the label's; `logits` (B, classes), `labels` (B,). */
export function countCorrect(logits: tf.Tensor2D, labels: tf.Tensor1D): tf.Scalar {
  return tf.tidy(() => tf.sum(tf.cast(tf.equal(tf.argMax(logits, 1), labels), 'int32')).asScalar());
}

/**
 * One step of the lecture's training loop: forward, cross-entropy, backward, update.
 *
 * @param model maps images (B, H, W, C) to logits (B, classes), or to those and the logits of
 *   auxiliary classifiers, whose losses are added with a weight of 0.3
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
  { labelSmoothing = 0, clipNorm = Infinity, keep, seed }: StepOptions = {},
): StepResult {
  return tf.tidy(() => {
    const variables = trainableVariables(model);
    let reported: StepResult | undefined;
    const { grads } = tf.variableGrads(() => {
      const [logits, ...auxiliary] = [model.apply(images, { training: true, seed })].flat() as [
        tf.Tensor2D,
        ...tf.Tensor2D[],
      ];
      const loss = crossEntropyLoss(logits, labels, { labelSmoothing });
      reported = { loss: tf.keep(loss), correct: tf.keep(countCorrect(logits, labels)) };
      return auxiliary.reduce<tf.Scalar>(
        (sum, one) =>
          sum.add(crossEntropyLoss(one, labels, { labelSmoothing }).mul(AUXILIARY_WEIGHT)),
        loss,
      );
    }, variables);
    if (keep) for (const variable of variables) variable.assign(variable.mul(keep));
    optimizer.applyGradients(clipNorm === Infinity ? grads : clipGradients(grads, clipNorm));
    // What is kept is nobody's: the caller gets tensors of its own.
    const { loss, correct } = reported as StepResult;
    const own = { loss: loss.clone(), correct: correct.clone() };
    tf.dispose(reported as StepResult);
    return own;
  });
}

/** The model's own variables, in its layers' order; without them a gradient would run over every model in the process. */
export function trainableVariables(model: tf.LayersModel): tf.Variable[] {
  return model.trainableWeights.map((weight) => weight.read() as tf.Variable);
}
