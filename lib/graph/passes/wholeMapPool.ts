import {
  at,
  intList,
  ints,
  isFlagged,
  matMul,
  Node,
  operation,
  replaceValues,
  reshape,
  sizeOf,
  stringOf,
  Uses,
} from '../ir';
import type { Program, Value } from '../ir';

/**
 * Max pooling at stride 1 whose windows all hold the whole map, as 3×3 with 'same' padding does on
 * 2×2 pixels: every pixel of the result is the same. It is computed once, and so is what follows
 * pixel by pixel (a 1×1 convolution as a matrix product, bias, ReLU); then it is repeated. In the
 * backward pass the gradient is added up over the pixels first.
 */
export function wholeMapPool(program: Program): Program {
  const uses = new Uses(program);
  const replacements = new Map<Value, Value>();
  for (const pool of uses.nodes) {
    if (pool.op === 'MaxPool' && coversMap(pool))
      new OncePerMap(pool, uses, replacements).rewrite();
  }
  return replaceValues(program, replacements);
}

function coversMap({ attributes, output }: Node): boolean {
  if (stringOf(attributes, 'padding') !== 'SAME') return false;
  if (stringOf(attributes, 'data_format') === 'NCHW') return false;
  if (intList(attributes, 'strides').some((stride) => stride !== 1)) return false;
  const sizes = intList(attributes, 'ksize');
  const [, height = 0, width = 0] = output.shape;
  return (
    height * width > 1 &&
    [height, width].every((pixels, axis) => {
      const size = at(sizes, axis + 1);
      // The window around the first pixel reaches (size - 1) / 2 pixels further.
      return size % 2 === 1 && (size - 1) / 2 >= pixels - 1;
    })
  );
}

/** One such pool and what depends on it. */
class OncePerMap {
  readonly #pixels: number;
  /** Values that are the same at every pixel, (B, H, W, C) or (B·H·W, C), and one pixel's, (B, C). */
  readonly #once = new Map<Value, Value>();
  readonly #sums = new Map<Value, Value>();

  constructor(
    private readonly pool: Node,
    private readonly uses: Uses,
    private readonly replacements: Map<Value, Value>,
  ) {
    const [, height = 0, width = 0] = pool.output.shape;
    this.#pixels = height * width;
  }

  rewrite(): void {
    const { pool } = this;
    const [batch = 0, height = 0, width = 0, channels = 0] = pool.output.shape;
    const ones = { kind: 'int', value: [1, 1, 1, 1] } as const;
    const attributes = {
      ...pool.attributes,
      ksize: { kind: 'int', value: [1, height, width, 1] },
      strides: ones,
      padding: { kind: 'string', value: 'VALID' },
    } as const;
    const pooled = operation('MaxPool', [pool.input(0)], [batch, 1, 1, channels], attributes);
    this.#follow(pool.output, reshape(pooled, [batch, channels]));
    for (const { node, input } of this.uses.of(pool.output)) {
      if (node.op !== 'MaxPoolGrad' || input !== 1) continue;
      const dy = reshape(this.#sum(node.input(2)), pooled.shape);
      this.replacements.set(
        node.output,
        operation('MaxPoolGrad', [node.input(0), pooled, dy], node.output.shape, attributes),
      );
    }
  }

  /** Follows a value as far as it stays the same at every pixel, and repeats it there. */
  #follow(value: Value, once: Value): void {
    this.#once.set(value, once);
    for (const { node, input } of this.uses.of(value)) {
      const result = input === 0 ? this.#sameAtEveryPixel(node, once) : undefined;
      if (result !== undefined) this.#follow(node.output, result);
    }
    this.#backward(value, once);
    this.replacements.set(value, this.#repeated(once, value.shape));
  }

  #sameAtEveryPixel(node: Node, once: Value): Value | undefined {
    switch (node.op) {
      case 'Reshape':
        return node.output.shape.at(-1) === once.shape[1] ? once : undefined;
      case 'MatMul':
        return isFlagged(node, 'transpose_a')
          ? undefined
          : matMul(once, node.input(1), false, isFlagged(node, 'transpose_b'));
      case 'BiasAdd':
        return operation('BiasAdd', [once, node.input(1)], once.shape);
      case 'Relu':
        return operation('Relu', [once], once.shape);
      default:
        return undefined;
    }
  }

  /** The gradients of kernel and bias, from the sum over the pixels. */
  #backward(value: Value, once: Value): void {
    for (const { node, input } of this.uses.of(value)) {
      if (node.op === 'MatMul' && input === 0 && isFlagged(node, 'transpose_a')) {
        const product = matMul(once, this.#sum(node.input(1)), true);
        this.replacements.set(node.output, product);
      } else if (node.op === 'ReluGrad' && input === 1) {
        for (const use of this.uses.of(node.output)) {
          if (use.node.op !== 'BiasAddGrad') continue;
          const sum = operation('BiasAddGrad', [this.#sum(node.output)], use.node.output.shape);
          this.replacements.set(use.node.output, sum);
        }
      }
    }
  }

  /** The sum over the pixels, (B, C), taken as early as it can be. */
  #sum(gradient: Value): Value {
    const sum = this.#sums.get(gradient) ?? this.#sumOf(gradient);
    this.#sums.set(gradient, sum);
    return sum;
  }

  #sumOf(gradient: Value): Value {
    const { node } = gradient;
    const channels = at(gradient.shape, gradient.shape.length - 1);
    if (node.op === 'Reshape' && node.input(0).shape.at(-1) === channels) {
      return this.#sum(node.input(0));
    }
    if (node.op === 'MatMul' && !isFlagged(node, 'transpose_a')) {
      return matMul(this.#sum(node.input(0)), node.input(1), false, isFlagged(node, 'transpose_b'));
    }
    const once = node.op === 'ReluGrad' ? this.#once.get(node.input(1)) : undefined;
    if (once !== undefined) {
      return operation('ReluGrad', [this.#sum(node.input(0)), once], once.shape);
    }
    const batch = sizeOf(gradient.shape) / channels / this.#pixels;
    const byPixel = reshape(gradient, [batch, this.#pixels, channels]);
    return operation('Sum', [byPixel, ints([1])], [batch, channels], {
      keep_dims: { kind: 'bool', value: false },
    });
  }

  #repeated(once: Value, shape: readonly number[]): Value {
    const [batch = 0, channels = 0] = once.shape;
    const tiled = operation(
      'Tile',
      [reshape(once, [batch, 1, channels]), ints([1, this.#pixels, 1])],
      [batch, this.#pixels, channels],
    );
    return reshape(tiled, shape);
  }
}
