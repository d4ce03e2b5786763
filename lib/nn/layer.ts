import { tf } from '../runtime';
import { Module, type Features } from './module';
import type { ModuleInput } from './moduleInput';

/** A module of TensorFlow.js's layers, each of which takes what the one before it returns. */
export class Layer extends Module {
  readonly #layers: Record<string, tf.layers.Layer>;

  /** @param layers by what their names add to the module's path; '' for nothing */
  constructor(layers: Record<string, tf.layers.Layer>, input?: ModuleInput) {
    super(input);
    this.#layers = layers;
  }

  override forward(x: Features | Features[]): Features {
    return this.layers().reduce<Features | Features[]>(
      (y, layer) =>
        [y].flat()[0] instanceof tf.SymbolicTensor
          ? layer.apply(y as tf.SymbolicTensor)
          : // Unlike apply, call leaves no trace in the layer, which counts its uses.
            layer.call(y as tf.Tensor, { training: this.training }),
      x,
    ) as Features;
  }

  override layers(): tf.layers.Layer[] {
    return Object.values(this.#layers);
  }

  override place(path: string): void {
    super.place(path);
    const own = path || this.constructor.name.toLowerCase();
    for (const [part, layer] of Object.entries(this.#layers)) {
      layer.name = part === '' ? own : `${own}/${part}`;
      for (const weight of layer.weights as { originalName: string }[]) {
        const name = weight.originalName.slice(weight.originalName.lastIndexOf('/') + 1);
        weight.originalName = `${layer.name}/${name}`;
      }
    }
  }
}

/** A layer that returns as many axes as it takes. */
export class MapLayer extends Layer {
  override forward<T extends Features>(x: T): T {
    return super.forward(x) as T;
  }
}
