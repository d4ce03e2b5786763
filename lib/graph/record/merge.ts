import { DataType, float, inputNode, integer, ints, Node, operation, replaceValues } from '../ir';
import type { Attribute, Attributes, InputSource, Program, Value } from '../ir';
import { parametersOf, type Draw } from './random';
import type { Recording } from './recording';
import { refusal } from './refusal';
import { structureOf } from './structure';

/**
 * Makes one program of two recordings of the same step: random tensors become operations that draw
 * anew, and everything else must be equal, since a difference was made in JavaScript and would be
 * frozen.
 *
 * @param seed of the random operations, an integer
 * @throws UnsupportedStepError that names the first difference
 */
export function merge(first: Recording, second: Recording, seed: number): Program {
  compare(first, second);
  if (first.draws.length === 0) return first.program;
  const callNumber = inputNode({ kind: 'callNumber' }, DataType.int32, []).output;
  const replacements = new Map<Value, Value>();
  first.draws.forEach((draw, index) => {
    const again = second.draws[index];
    if (again === undefined) throw new Error('two recordings draw different numbers of tensors');
    replacements.set(
      draw.node.output,
      randomValue(draw, again, placeSeed(seed, index), callNumber),
    );
  });
  return replaceValues(first.program, replacements);
}

function compare(first: Recording, second: Recording): void {
  const numbers = new Map(
    [first, second].flatMap(({ nodes }) => [...nodes.entries()].map(([i, node]) => [node, i])),
  );
  const sameValues = (one: readonly Value[], other: readonly Value[]) =>
    one.length === other.length &&
    one.every(({ node, index }, k) => {
      const value = other[k];
      return value?.index === index && numbers.get(value.node) === numbers.get(node);
    });
  const draws = new Map(first.draws.map((draw) => [draw.node, draw]));
  const drawsAgain = new Map(second.draws.map((draw) => [draw.node, draw]));
  for (let i = 0; i < Math.max(first.nodes.length, second.nodes.length); i++) {
    const a = first.nodes[i];
    const b = second.nodes[i];
    if (
      a === undefined ||
      b === undefined ||
      a.op !== b.op ||
      a.inputs.length !== b.inputs.length
    ) {
      throw refusal(
        `the step is not the same at each call: its operation ${i} is ${a?.op ?? 'missing'} once ` +
          `and ${b?.op ?? 'missing'} the next time. What it does must not depend on JavaScript ` +
          `state that changes.`,
      );
    }
    const wiring = sameValues(a.inputs, b.inputs);
    const draw = draws.get(a);
    const again = drawsAgain.get(b);
    const same =
      draw === undefined && again === undefined
        ? wiring && sameAttributes(a, b) && sameSource(a.source, b.source)
        : sameDraw(draw, again);
    if (same) continue;
    throw refusal(
      `a value made in JavaScript changes from call to call (${draw === undefined ? describe(a) : draw.distribution}); ` +
        `in a graph it would stay what it was at the first call. Pass it to the step as a tensor, ` +
        `or keep it in a tf.Variable.`,
      again?.origin ?? second.origins.get(b),
    );
  }
  const { results, effects } = first.program;
  const again = second.program;
  const sameEffects =
    effects.length === again.effects.length &&
    effects.every((effect, i) => {
      const other = again.effects[i];
      return (
        other?.op === effect.op &&
        effect.variables.every((variable, k) => variable === other.variables[k]) &&
        sameValues(effect.inputs, other.inputs)
      );
    });
  const sameTree = structureOf(first.result) === structureOf(second.result);
  if (sameEffects && sameTree && sameValues(results, again.results)) return;
  throw refusal(
    `the step does not ${sameEffects ? 'return' : 'assign'} the same at each call. What it does must not depend on JavaScript state that changes.`,
  );
}

function sameDraw(a: Draw | undefined, b: Draw | undefined): boolean {
  return (
    a !== undefined &&
    b !== undefined &&
    a.distribution === b.distribution &&
    a.isDropout === b.isDropout &&
    a.node.output.shape.join() === b.node.output.shape.join()
  );
}

function describe({ op, output: { shape } }: Node): string {
  if (op !== 'Const') return op;
  return shape.length === 0 ? 'a number' : `a constant of shape [${shape.join(', ')}]`;
}

function sameAttributes(a: Node, b: Node): boolean {
  const names = Object.keys(a.attributes);
  return (
    names.length === Object.keys(b.attributes).length &&
    names.every((name) => sameAttribute(a.attributes[name], b.attributes[name]))
  );
}

function sameAttribute(a: Attribute | undefined, b: Attribute | undefined): boolean {
  if (a === undefined || b === undefined || a.kind !== b.kind) return false;
  if (a.kind === 'tensor' && b.kind === 'tensor') {
    const bytes = ({ values }: typeof a): Buffer =>
      Buffer.from(values.buffer, values.byteOffset, values.byteLength);
    return a.dtype === b.dtype && a.shape.join() === b.shape.join() && bytes(a).equals(bytes(b));
  }
  return JSON.stringify(a) === JSON.stringify(b);
}

function sameSource(a: InputSource | undefined, b: InputSource | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  switch (a.kind) {
    case 'argument':
      return b.kind === 'argument' && a.index === b.index;
    case 'variable':
      return b.kind === 'variable' && a.variable === b.variable;
    case 'capture':
      return b.kind === 'capture' && a.capture.dataId === b.capture.dataId;
    case 'learningRate':
      return b.kind === 'learningRate' && a.optimizer === b.optimizer && a.factor === b.factor;
    case 'callNumber':
      return b.kind === 'callNumber';
  }
}

const operations = {
  randomUniform: 'StatelessRandomUniform',
  randomNormal: 'StatelessRandomNormal',
  truncatedNormal: 'StatelessTruncatedNormal',
} as const;

/** shift + scale × a draw that depends on the seed and the number of the call. */
function randomValue(draw: Draw, again: Draw, seedOfPlace: number, callNumber: Value): Value {
  const { shape } = draw.node.output;
  const { shift, scale } = parametersOf(draw, again);
  const seed = seedOf(draw, again, seedOfPlace);
  const key = operation('Pack', [integer(seed), callNumber], [2], {
    axis: { kind: 'int', value: 0 },
  });
  const { float32 } = DataType;
  const type: Attributes = { dtype: { kind: 'type', value: float32 } };
  const drawn = operation(operations[draw.distribution], [ints(shape), key], shape, type, float32);
  const scaled = scale === 1 ? drawn : operation('Mul', [drawn, float(scale)], shape);
  return shift === 0 ? scaled : operation('AddV2', [scaled, float(shift)], shape);
}

/** The seed of the nth draw of a step: 2³² over the golden ratio keeps those of small seeds apart. */
function placeSeed(seed: number, place: number): number {
  return (Math.imul(seed, 0x9e3779b1) + place) | 0;
}

/** The seed of the draw's place, unless it has one of its own: then what that made of the first number. */
function seedOf(draw: Draw, again: Draw, seedOfPlace: number): number {
  if (draw.sample !== again.sample) return seedOfPlace;
  return new Int32Array(Float32Array.of(draw.sample).buffer)[0] ?? seedOfPlace;
}
