import type { Value } from '../ir';

/** Values that several operations of one convolution compute from the same value. */
export class SharedParts {
  readonly #known = new Map<Value, Map<string, Value>>();

  /** What was made of the source under this key, made now if it was not. */
  once(source: Value, key: string, make: () => Value): Value {
    const ofSource = this.#known.get(source) ?? new Map<string, Value>();
    this.#known.set(source, ofSource);
    const value = ofSource.get(key) ?? make();
    ofSource.set(key, value);
    return value;
  }
}
