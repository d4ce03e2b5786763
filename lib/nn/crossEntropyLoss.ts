import { tf } from '../runtime';
import { formatShape } from './layout';

export interface CrossEntropyOptions {
  /**
   * Share of the target that is spread evenly over all classes (Szegedy et al. 2016, "Rethinking the
   * Inception Architecture", section 7), 0 to 1. Default 0.
   */
  labelSmoothing?: number;
  /** For each image a second label, int32 (batch), and the share of the target, 0 to 1, that it has. */
  mixedWith?: { labels: tf.Tensor1D; shares: tf.Tensor1D } | undefined;
}

/**
 * Mean cross-entropy of logits against class indices (`torch.nn.CrossEntropyLoss`):
 * -log softmax(logits)[label], averaged over the batch. Safe for logits of any size.
 *
 * @param logits float32 (batch, classes), before softmax
 * @param labels int32 (batch), 0 to classes - 1
 * @returns a scalar; its gradient with respect to the logits is (softmax(logits) - targets) / batch,
 *   the targets being oneHot(labels), mixed where asked for, and (1 - s) of that + s / classes for a
 *   smoothing of s
 * @throws Error if the shapes or types do not fit, or, on the CPU, if a label is no class
 * @throws RangeError for another smoothing
 */
export function crossEntropyLoss(
  logits: tf.Tensor2D,
  labels: tf.Tensor1D,
  { labelSmoothing = 0, mixedWith }: CrossEntropyOptions = {},
): tf.Scalar {
  if (!(labelSmoothing >= 0 && labelSmoothing <= 1)) {
    throw new RangeError(
      `crossEntropyLoss: labelSmoothing must be 0 to 1, but is ${labelSmoothing}.`,
    );
  }
  const [batch, classes] = logits.shape;
  if (logits.rank !== 2 || labels.rank !== 1 || labels.size !== batch) {
    throw new Error(
      `crossEntropyLoss expects logits [batch, classes] and labels [batch], but got ${formatShape(logits.shape)} and ${formatShape(labels.shape)}.`,
    );
  }
  if (labels.dtype !== 'int32') {
    throw new Error(
      `crossEntropyLoss expects class indices as int32 labels, but got ${labels.dtype}.`,
    );
  }
  const mix = (ofLabel: tf.Tensor, ofOther: (labels: tf.Tensor1D) => tf.Tensor) => {
    if (mixedWith === undefined) return ofLabel;
    const shares = tf.expandDims(mixedWith.shares, 1);
    return tf.add(ofLabel, tf.mul(shares, tf.sub(ofOther(mixedWith.labels), ofLabel)));
  };
  const smooth = (ofLabel: tf.Tensor, ofAllClasses: tf.Tensor) =>
    tf.add(tf.mul(ofLabel, 1 - labelSmoothing), tf.mul(ofAllClasses, labelSmoothing));
  // The gradient is written out: TensorFlow.js would differentiate log-softmax and the selection
  // of the label's entry one by one, with three times the operations.
  const loss = tf.customGrad((x, save) => {
    const logProbabilities = tf.logSoftmax(x as tf.Tensor2D);
    (save as tf.GradSaveFunc)([logProbabilities, labels]);
    const ofLabels = mix(selectLabels(logProbabilities, labels), (others) =>
      selectLabels(logProbabilities, others),
    );
    const value = tf.neg(tf.mean(ofLabels));
    return {
      value: labelSmoothing === 0 ? value : smooth(value, tf.neg(tf.mean(logProbabilities))),
      gradFunc: (dy, saved) => {
        const [savedLogProbabilities, savedLabels] = saved as [tf.Tensor2D, tf.Tensor1D];
        const probabilities = tf.exp(savedLogProbabilities);
        const labelled = mix(tf.oneHot(savedLabels, classes), (others) =>
          tf.oneHot(others, classes),
        );
        const targets = labelSmoothing === 0 ? labelled : smooth(labelled, tf.scalar(1 / classes));
        return tf.mul(tf.sub(probabilities, targets), tf.div(dy, batch));
      },
    };
  });
  return tf.tidy(() => loss(logits)) as tf.Scalar;
}

function selectLabels(logProbabilities: tf.Tensor2D, labels: tf.Tensor1D): tf.Tensor {
  try {
    return tf.gather(logProbabilities, tf.expandDims(labels, 1), 1, 1);
  } catch (error) {
    // Anything else, such as memory that runs out, is not the labels' fault.
    if (!(error instanceof Error) || !/is not in \[0/.test(error.message)) throw error;
    const classes = logProbabilities.shape[1];
    throw new Error(
      `crossEntropyLoss: a label is not one of the ${classes} classes, 0 to ${classes - 1}.`,
      { cause: error },
    );
  }
}
