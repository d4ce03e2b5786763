import { placeOf, statelessUniform, tf, type RandomSeed } from '../runtime';
import { checkArguments } from './arguments';
import { MapLayer } from './layer';

/**
 * Dropout (Srivastava et al., 2014; `torch.nn.Dropout`): in training each number is 0 with
 * probability p, and else 1 / (1 - p) times as large; in evaluation nothing changes.
 *
 * Which numbers, is drawn at each call. With `model.apply(x, { training: true, seed })` it is a
 * function of the seed, a {@link RandomSeed}, and of the layer's path in the network, the same op by
 * op and in a compiled step, so that a run which goes on from a checkpoint draws what it would have
 * drawn. Without it `manualSeed` does not matter. The masks are not PyTorch's.
 *
 * Any shape → the same
 */
export class Dropout extends MapLayer {
  /** @throws TypeError for a wrong name of an argument, RangeError for a senseless value */
  constructor(given: { p?: number } = {}) {
    checkArguments('Dropout', given, [], { p: [0, 1] });
    const { p = 0.5 } = given;
    const layer = tf.layers.dropout({ rate: p });
    const scale = p === 1 ? 0 : 1 / (1 - p);
    layer.call = (inputs, { training, seed }) => {
      const [x] = [inputs].flat() as [tf.Tensor];
      if (training !== true || p === 0) return x.clone();
      const drawn =
        seed === undefined
          ? tf.randomUniform(x.shape)
          : statelessUniform(x.shape, seed as RandomSeed, placeOf(layer.name));
      return tf.mul(x, tf.mul(tf.greaterEqual(drawn, p), scale));
    };
    super({ '': layer });
  }
}
