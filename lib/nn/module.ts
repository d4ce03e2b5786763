import { tf } from '../runtime';
import { checkInput, inputShape, type ModuleInput } from './moduleInput';

/** A tensor with numbers, or one of a network that is being put together. */
export type Features = tf.Tensor | tf.SymbolicTensor;

/** A module at its place in a network. */
export interface Call {
  module: Module;
  input: tf.SymbolicTensor;
  output: tf.SymbolicTensor;
}

/** A classifier that only training has, and the module whose output it takes. */
export interface AuxiliaryHead {
  head: Module;
  after: Module;
}

/** A module's TensorFlow.js models, and where in them each module is. */
interface Network {
  model: tf.LayersModel;
  trainingModel: tf.LayersModel;
  calls: readonly Call[];
}

/** The calls in the network that is being put together, in the order in which they end. */
let calls: Call[] | undefined;

/** The call of a module among those of its network. */
export function callOf<AnyCall extends { module: Module }>(
  module: Module,
  calls: readonly AnyCall[],
): AnyCall {
  return calls.find((call) => call.module === module) as AnyCall;
}

/**
 * A part of a network, or a whole one (`torch.nn.Module`). A subclass makes other modules its
 * properties, which are its children, and writes how `forward` goes through them:
 *
 * ```ts
 * class TwoConvolutions extends Module {
 *   readonly first = new ConvBlock({ inChannels: 3, outChannels: 8, kernelSize: 3, padding: 1 });
 *   readonly second = new ConvBlock({ inChannels: 8, outChannels: 8, kernelSize: 3, padding: 1 });
 *
 *   forward<T extends Features>(x: T): T {
 *     return this.second.forward(this.first.forward(x));
 *   }
 * }
 * ```
 *
 * The same `forward` runs on tensors and puts the layers of {@link model} together, so it is made of
 * modules alone.
 */
export abstract class Module {
  /** Whether `forward` runs as in training: {@link train}. */
  training = false;
  #network: (Network & { modules: readonly Module[] }) | undefined;
  #path: string | undefined;

  /** @param input what it takes, where that is not left to its children to say */
  constructor(readonly input?: ModuleInput) {
    const forward: Module['forward'] = this.forward.bind(this);
    // What PyTorch does around `forward` in `Module.__call__`.
    Object.defineProperty(this, 'forward', {
      value: (x: Features | Features[]) => this.#call(x, forward),
    });
  }

  /**
   * Runs the module.
   *
   * @param x one image (height, width, channels) or a batch (batch, height, width, channels), or
   *   what else the module takes, float32
   * @returns the output; for one image without the batch dimension
   * @throws Error if x has another rank, number of channels, size or type
   */
  abstract forward(x: Features | Features[]): Features;

  /** The modules that it is made of, by the names of its properties (`named_children()`). */
  namedChildren(): [name: string, child: Module][] {
    return Object.entries(this).filter(
      (entry): entry is [string, Module] => entry[1] instanceof Module,
    );
  }

  /** Itself and all the modules in it (`modules()`). */
  modules(): Module[] {
    return [this, ...this.namedChildren().flatMap(([, child]) => child.modules())];
  }

  /**
   * Has `forward` run as in training: batch normalisation by the batch's statistics, dropout drawing
   * (`train()`). A new module is in evaluation mode, where PyTorch's is in training mode. The
   * {@link model} does not know the mode: `model.apply(x, { training: true })` is its way to ask. A
   * compiled step keeps the mode of its first call.
   */
  train(mode = true): this {
    for (const module of this.modules()) module.training = mode;
    return this;
  }

  /** Has `forward` run as in use: `train(false)` (`eval()`). */
  eval(): this {
    return this.train(false);
  }

  /** Its trained variables, in the order of its modules (`parameters()`). */
  parameters(): tf.Variable[] {
    return this.layers()
      .flatMap(({ trainableWeights }) => trainableWeights)
      .map((weight) => weight.read() as tf.Variable);
  }

  /**
   * The module as an ordinary TensorFlow.js model of built-in layers, with the same variables:
   * `model.summary()`, `model.save()` and `tf.loadLayersModel()` work, the last without this library
   * too. A layer's name is its path in the network, as in PyTorch's `state_dict` with `/` for `.`:
   * `icp_3a/branch2/0/conv1`.
   */
  get model(): tf.LayersModel {
    return this.network().model;
  }

  /**
   * The {@link model} with the outputs of its {@link auxiliaryHeads} after its own; the model itself
   * where it has none. The layers, and so the variables, are the same.
   */
  get trainingModel(): tf.LayersModel {
    return this.network().trainingModel;
  }

  /** Classifiers in it that `forward` leaves out. */
  auxiliaryHeads(): AuxiliaryHead[] {
    return [];
  }

  /** The {@link model} and the {@link trainingModel}, and where in them each module is. */
  network(): Network {
    const modules = this.modules();
    // A child may have been replaced, as a new last layer for other classes.
    const last = this.#network;
    if (
      last?.modules.length === modules.length &&
      modules.every((one, i) => one === last.modules[i])
    ) {
      return last;
    }
    this.place(this.#path ?? '');
    const outer = calls;
    const own: Call[] = [];
    calls = own;
    try {
      const x = tf.input({ shape: inputShape(this.input ?? {}) });
      const outputs = this.forward(x) as tf.SymbolicTensor;
      const { name } = this.constructor;
      const model = tf.model({ name, inputs: x, outputs });
      const heads = modules
        .flatMap((module) => module.auxiliaryHeads())
        .map(({ head, after }) => head.forward(callOf(after, own).output) as tf.SymbolicTensor);
      const trainingModel =
        heads.length === 0 ? model : tf.model({ name, inputs: x, outputs: [outputs, ...heads] });
      this.#network = { model, trainingModel, calls: own, modules };
      return this.#network;
    } finally {
      calls = outer;
    }
  }

  /** How messages call it: its path in the network, or its class. */
  protected get name(): string {
    return this.#path || this.constructor.name;
  }

  /** Frees its variables. */
  dispose(): void {
    for (const { weights } of this.layers()) for (const weight of weights) weight.dispose();
  }

  /** The TensorFlow.js layers in it. */
  layers(): tf.layers.Layer[] {
    return this.namedChildren().flatMap(([, child]) => child.layers());
  }

  /** Gives it, and all that is in it, its path in a network; the outermost module has the path ''. */
  place(path: string): void {
    if (this.#path !== path) this.#network = undefined;
    this.#path = path;
    for (const [name, child] of this.namedChildren()) {
      child.place(path === '' ? name : `${path}/${name}`);
    }
  }

  #call(x: Features | Features[], forward: Module['forward']): Features {
    if (this.#path === undefined) this.place('');
    const list = Array.isArray(x);
    if (this.input && !list) checkInput(this.name, this.input, x);
    if ((list ? x : [x]).some((one) => one instanceof tf.SymbolicTensor)) {
      const output = forward(x) as tf.SymbolicTensor;
      const [input] = [x].flat() as [tf.SymbolicTensor];
      calls?.push({ module: this, input, output });
      return output;
    }
    return tf.tidy(() => {
      // Layers take batches: one image has three axes, one row of features one.
      const single = !list && x.rank % 2 === 1;
      if (!single) return forward(x) as tf.Tensor;
      return tf.squeeze(forward(tf.expandDims(x as tf.Tensor)) as tf.Tensor, [0]);
    });
  }
}
