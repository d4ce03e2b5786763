import { meanOverReplicas, sumOverReplicas } from '../graph';
import { crossEntropyLoss, type CrossEntropyOptions } from '../nn';
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
  /** As {@link crossEntropyLoss} takes it. */
  mixedWith?: CrossEntropyOptions['mixedWith'];
  /** The largest norm of all gradients together (`torch.nn.utils.clip_grad_norm_`). */
  clipNorm?: number | undefined;
  /** What each weight is multiplied by before its update, (1,): AdamW's 1 - lr × weight decay. */
  keep?: Float32Array | tf.Tensor1D | undefined;
  /** What dropout draws from. */
  seed?: RandomSeed | undefined;
}

/** Weight of each auxiliary classifier's loss (Szegedy et al., 2015, section 5). */
const AUXILIARY_WEIGHT = 0.3;

/**
 * The mean cross-entropy of a batch, and what training makes small: with auxiliary classifiers that
 * and 0.3 times the cross-entropy of each of theirs.
 *
 * @param outputs logits (B, classes), or these and the auxiliary ones, as `trainingModel` of a
 *   network gives them
 * @param labels int32 (B,)
 * @param options as {@link crossEntropyLoss} takes them
 */
export function trainingLoss(
  outputs: tf.Tensor | tf.Tensor[],
  labels: tf.Tensor1D,
  options: CrossEntropyOptions = {},
): { loss: tf.Scalar; total: tf.Scalar } {
  const [loss, ...auxiliary] = [outputs]
    .flat()
    .map((logits) => crossEntropyLoss(logits as tf.Tensor2D, labels, options)) as [
    tf.Scalar,
    ...tf.Scalar[],
  ];
  const total = auxiliary.reduce<tf.Scalar>((sum, one) => sum.add(one.mul(AUXILIARY_WEIGHT)), loss);
  return { loss, total };
}

/** Images in the batch whose largest logit is the label's; `logits` (B, classes), `labels` (B,). */
export function countCorrect(logits: tf.Tensor2D, labels: tf.Tensor1D): tf.Scalar {
  return tf.tidy(() => tf.sum(tf.cast(tf.equal(tf.argMax(logits, 1), labels), 'int32')).asScalar());
}

/**
 * One step of the lecture's training loop: forward, cross-entropy, backward, update.
 *
 * @param model maps images (B, H, W, C) to logits (B, classes), or to these and those of auxiliary
 *   classifiers, which take part by {@link trainingLoss}
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
  { labelSmoothing = 0, mixedWith, clipNorm = Infinity, keep, seed }: StepOptions = {},
): StepResult {
  return tf.tidy(() => {
    const variables = trainableVariables(model);
    let reported: StepResult | undefined;
    const { grads: own } = tf.variableGrads(() => {
      const outputs = model.apply(images, { training: true, seed }) as tf.Tensor | tf.Tensor[];
      const { loss, total } = trainingLoss(outputs, labels, { labelSmoothing, mixedWith });
      const [logits] = [outputs].flat() as [tf.Tensor2D];
      reported = { loss: tf.keep(loss), correct: tf.keep(countCorrect(logits, labels)) };
      return total;
    }, variables);
    const grads = Object.fromEntries(
      Object.entries(own).map(([name, gradient]) => [name, meanOverReplicas(gradient)]),
    );
    if (keep) for (const variable of variables) variable.assign(variable.mul(keep));
    optimizer.applyGradients(clipNorm === Infinity ? grads : clipGradients(grads, clipNorm));
    // What is kept is nobody's: the caller gets tensors of its own.
    const { loss, correct } = reported as StepResult;
    const result = {
      loss: meanOverReplicas(loss.clone()),
      correct: sumOverReplicas(correct.clone()),
    };
    tf.dispose(reported);
    return result;
  });
}

/** The model's own variables, in its layers' order; without them a gradient would run over every model in the process. */
export function trainableVariables(model: tf.LayersModel): tf.Variable[] {
  return model.trainableWeights.map((weight) => weight.read() as tf.Variable);
}
