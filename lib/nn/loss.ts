import { tf } from '../runtime';

/**
 * Mean cross-entropy of a batch, computed from logits (`nn.CrossEntropyLoss`).
 *
 * @param logits float32 (B, classes)
 * @param labels int32 (B,), 0 to classes − 1
 */
export function crossEntropyLoss(logits: tf.Tensor2D, labels: tf.Tensor1D): tf.Scalar {
  return meanCrossEntropy(logits, labels);
}

// One-hot labels and softmax stay out of the tape: the gradient is (softmax − one-hot) / B.
const meanCrossEntropy = tf.customGrad((...inputs) => {
  const [logits, labels, save] = inputs as unknown as [
    tf.Tensor2D,
    tf.Tensor1D,
    (tensors: tf.Tensor[]) => void,
  ];
  const [batch, classes] = logits.shape;
  const logProbabilities = tf.logSoftmax(logits);
  const oneHot = tf.oneHot(labels, classes).asType('float32') as tf.Tensor2D;
  save([logProbabilities, oneHot]);
  const value = tf.neg(tf.sum(tf.mul(logProbabilities, oneHot))).div(batch) as tf.Scalar;
  return {
    value,
    gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const [logSoftmax, target] = saved as [tf.Tensor2D, tf.Tensor2D];
      return [tf.mul(tf.div(tf.sub(tf.exp(logSoftmax), target), batch), dy), tf.zerosLike(labels)];
    },
  };
}) as (logits: tf.Tensor2D, labels: tf.Tensor1D) => tf.Scalar;
