import { activations, GoogLeNet, parseSafetensors, setStateDict, type Activations } from '../nn';
import { tf } from '../runtime';
import { SIDE } from './networkInput';

/** The blocks whose branches can be looked at, in their order. */
export const BLOCKS = ['3a', '3b', '4a', '4b', '4c', '4d', '4e'] as const;

export type Block = (typeof BLOCKS)[number];

/** The lecture's CIFAR-10 network, with batch normalisation and trained weights. */
export class TrainedNetwork {
  readonly #network = new GoogLeNet(3, 'cifar10', { batchNorm: true });
  /** Free text that came with the weights. */
  readonly metadata: Readonly<Record<string, string>>;

  /**
   * @param weights a safetensors file of its `state_dict`
   * @throws Error if it is damaged or is another network's
   */
  constructor(weights: Uint8Array) {
    const file = parseSafetensors('weights.js', weights);
    setStateDict(this.#network, 'weights.js', file);
    this.metadata = file.metadata ?? {};
  }

  /**
   * The probabilities of the ten classes (softmax of the logits).
   *
   * @param image (32, 32, 3), 0 to 1
   */
  async classify(image: Float32Array): Promise<Float32Array> {
    const probabilities = tf.tidy(() => tf.softmax(this.#network.forward(tensorOf(image))));
    try {
      return await probabilities.data<'float32'>();
    } finally {
      probabilities.dispose();
    }
  }

  /** The feature maps of a block's four branches. */
  async branches(image: Float32Array, block: Block): Promise<Activations[]> {
    const x = tensorOf(image);
    try {
      const names = [1, 2, 3, 4].map((branch) => `icp_${block}.branch${branch}`);
      return await activations(this.#network, x, names);
    } finally {
      x.dispose();
    }
  }

  /** Frees its variables. */
  dispose(): void {
    this.#network.dispose();
  }
}

function tensorOf(image: Float32Array): tf.Tensor3D {
  return tf.tensor3d(image, [SIDE, SIDE, 3]);
}
