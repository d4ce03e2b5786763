import { tf } from '../runtime';
import { formatShape } from './layout';

/**
 * Mean cross-entropy of logits against class indices (`torch.nn.CrossEntropyLoss`):
 * -log softmax(logits)[label], averaged over the batch. Safe for logits of any size.
 *
 * @param logits float32 (batch, classes), before softmax
 * @param labels int32 (batch), 0 to classes - 1
 * @returns a scalar; its gradient with respect to the logits is
 *   (softmax(logits) - oneHot(labels)) / batch
 * @throws Error if the shapes or types do not fit, or, on the CPU, if a label is no class
 */
export function crossEntropyLoss(logits: tf.Tensor2D, labels: tf.Tensor1D): tf.Scalar {
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
  // The gradient is written out: TensorFlow.js would differentiate log-softmax and the selection
  // of the label's entry one by one, with three times the operations.
  const loss = tf.customGrad((x, save) => {
    const logProbabilities = tf.logSoftmax(x as tf.Tensor2D);
    (save as tf.GradSaveFunc)([logProbabilities, labels]);
    const ofLabels = selectLabels(logProbabilities, labels);
    return {
      value: tf.neg(tf.mean(ofLabels)),
      gradFunc: (dy, saved) => {
        const [savedLogProbabilities, savedLabels] = saved as [tf.Tensor2D, tf.Tensor1D];
        const probabilities = tf.exp(savedLogProbabilities);
        const targets = tf.oneHot(savedLabels, classes);
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
