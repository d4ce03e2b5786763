import { engine, type TensorData, type tf } from '../../runtime';
import { nodeBackend } from '../backend';
import type { TypedArray } from '../ir';

/** Where the current value of a variable lies when a graph has changed it. */
export interface Holder {
  /** Reads the value that the session holds. */
  read(variable: tf.Variable): TypedArray;
}

/**
 * The backend's record of a variable that a graph updates. Its value stays in the session until
 * JavaScript or an eager operation asks for it.
 */
export class HeldData implements TensorData {
  refCount: number;
  id = -1;
  /** Grows with each change by a graph. */
  version = 0;
  #values: TypedArray | null = null;
  #source: (() => TypedArray) | undefined;

  constructor(
    readonly dataId: object,
    readonly shape: number[],
    readonly dtype: number,
    refCount: number,
  ) {
    this.refCount = refCount;
  }

  get values(): TypedArray | null {
    this.#fetch();
    return this.#values;
  }

  #fetch(): void {
    if (this.#source === undefined) return;
    this.#values = this.#source();
    // Not before it has succeeded: memory may have run out.
    this.#source = undefined;
  }

  set values(values: TypedArray | null) {
    this.#values = values;
  }

  /** The value is now what `source` gives. */
  hold(source: () => TypedArray): void {
    if (this.id >= 0) nodeBackend().binding.deleteTensor(this.id);
    this.id = -1;
    this.#values = null;
    this.#source = source;
    this.version++;
  }

  /**
   * Fetches the value now if anything else than the variable uses it, since its place in the
   * session is about to get another: a clone, for one, which keeps what it was made with.
   */
  fetchForOthers(variable: tf.Variable): void {
    const own = !variable.isDisposed && variable.dataId === this.dataId ? 1 : 0;
    if (this.refCount > own) this.#fetch();
  }

  /** Fetches the value now if anything uses it, since its place in the session is about to go. */
  fetchForAll(): void {
    if (this.refCount > 0) this.#fetch();
  }
}

/** Names one value of one variable: equal stamps mean equal values. */
export interface Stamp {
  readonly dataId: object;
  readonly version: number;
}

/** The stamp of a variable's current value. */
export function stampOf(variable: tf.Variable): Stamp {
  const data = nodeBackend().tensorMap.get(variable.dataId);
  return { dataId: variable.dataId, version: data instanceof HeldData ? data.version : 0 };
}

/**
 * Declares that a graph run, which begins now, changes the variable: from here on its value is
 * what the holder reads.
 *
 * @returns the variable's record
 */
export function handOver(variable: tf.Variable, holder: Holder): HeldData {
  const backend = nodeBackend();
  const data = backend.tensorMap.get(variable.dataId);
  let held: HeldData;
  if (data instanceof HeldData && data.refCount === 1) {
    held = data;
  } else {
    // Clones share the record and keep the old value: the variable moves to a record of its own.
    const dataId = {};
    held = new HeldData(dataId, data.shape, data.dtype, 1);
    backend.tensorMap.set(dataId, held);
    const tensor = engine().makeTensorFromTensorInfo({
      dataId,
      shape: variable.shape,
      dtype: variable.dtype,
    });
    variable.assign(tensor);
    tensor.dispose();
  }
  held.hold(() => holder.read(variable));
  return held;
}
