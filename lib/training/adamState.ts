import { adamInternals, tf } from '../runtime';

/** What Adam remembers between steps. Moments are in the order of the variables it updates. */
export interface AdamState {
  /** Running means of the gradients; empty before the first step. */
  firstMoments: tf.Tensor[];
  /** Running means of the squared gradients. */
  secondMoments: tf.Tensor[];
  /** Powers of β₁ and β₂ for the bias correction of the next step, as the optimizer multiplied them up. */
  betaPowers: [tf.Tensor, tf.Tensor];
}

/** The optimizer's own variables, not copies. */
export function adamState(optimizer: tf.AdamOptimizer): AdamState {
  const { accumulatedFirstMoment, accumulatedSecondMoment, accBeta1, accBeta2 } =
    adamInternals(optimizer);
  return {
    firstMoments: accumulatedFirstMoment.map(({ variable }) => variable),
    secondMoments: accumulatedSecondMoment.map(({ variable }) => variable),
    betaPowers: [accBeta1, accBeta2],
  };
}

/** Gives a fresh optimizer the moments and powers of another, to the bit. Copies; the caller keeps its tensors. */
export async function restoreAdamState(
  optimizer: tf.AdamOptimizer,
  state: AdamState,
): Promise<void> {
  const { firstMoments, secondMoments, betaPowers } = state;
  const iterations = tf.scalar(0, 'int32');
  const slots = [...firstMoments, ...secondMoments].map((tensor, index) => ({
    name: `slot_${index}`,
    tensor,
  }));
  await optimizer.setWeights([{ name: 'iter', tensor: iterations }, ...slots]);
  iterations.dispose();
  // setWeights computes the powers anew, which rounds otherwise than multiplying them up does.
  const { accBeta1, accBeta2 } = adamInternals(optimizer);
  accBeta1.assign(betaPowers[0]);
  accBeta2.assign(betaPowers[1]);
}
