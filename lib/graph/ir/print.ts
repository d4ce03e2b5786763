import { constantValues } from './build';
import type { Attribute } from './attributes';
import {
  nodesOf,
  type Effect,
  type InputSource,
  type Node,
  type Program,
  type Value,
} from './program';
import { typeName } from './tensor';

/**
 * The program as text, one operation a line, in the order in which each comes after its inputs:
 *
 *     %1 = argument 0 : float32[8,4,4,96]
 *     %2 = variable kernel : float32[3,3,96,128]
 *     %3 = Conv2D(%1, %2, padding: SAME) : float32[8,4,4,128]
 *     %4 = Relu(%3) : float32[8,4,4,128]
 *     %5 = Max(%4, [0,1,2,3]) : float32[]
 *     AssignVariableOp(variable largest, %5)
 *     return %4
 *
 * Of a program for several workers each operation ends with its worker's number, as in `Relu(%3) @ 1`.
 * Small constants stand where they are used; attributes that say nothing (the usual ones, and types,
 * which the results show) are left out.
 */
export function print(program: Program): string {
  const names = new Map<Value, string>();
  const nameOf = (value: Value): string => names.get(value) ?? inline(value) ?? '?';
  const lines: string[] = [];
  for (const node of nodesOf(program)) {
    if (inline(node.output) !== undefined) continue;
    const results = node.outputs.map((value) => {
      names.set(value, `%${names.size + 1}`);
      return nameOf(value);
    });
    const types = node.outputs.map(({ dtype, shape }) => `${typeName(dtype)}[${shape.join()}]`);
    const text = operationText(node, nameOf) + workerText(node);
    lines.push(`${results.join(', ')} = ${text} : ${types.join(', ')}`);
  }
  for (const effect of program.effects) {
    lines.push(
      callText(effect, [
        ...effect.variables.map(({ name }) => `variable ${name}`),
        ...effect.inputs.map(nameOf),
      ]) + workerText(effect),
    );
  }
  lines.push(`return ${program.results.map(nameOf).join(', ')}`.trimEnd());
  return lines.join('\n');
}

/** ` @ 1`, of what the second of several workers computes or keeps. */
function workerText({ worker }: { readonly worker?: number | undefined }): string {
  return worker === undefined ? '' : ` @ ${worker}`;
}

function operationText(node: Node, nameOf: (value: Value) => string): string {
  if (node.source !== undefined) return sourceText(node.source);
  if (node.op === 'Const') return 'constant';
  return callText(node, node.inputs.map(nameOf));
}

function sourceText(source: InputSource): string {
  switch (source.kind) {
    case 'argument':
      return `argument ${source.index}`;
    case 'variable':
      return `variable ${source.variable.name}`;
    case 'capture':
      return 'captured tensor';
    case 'learningRate':
      return source.factor === 1 ? 'learning rate' : '−learning rate';
    case 'callNumber':
      return 'number of the call';
  }
}

function callText(
  { op, attributes }: Pick<Effect, 'op' | 'attributes'>,
  inputs: readonly string[],
): string {
  const settings = Object.entries(attributes).flatMap(([name, attribute]) => {
    const text = attributeText(attribute);
    return text === undefined || usual.get(name) === text ? [] : [`${name}: ${text}`];
  });
  return `${op}(${[...inputs, ...settings].join(', ')})`;
}

/** What most operations have. */
const usual = new Map([
  ['data_format', 'NHWC'],
  ['strides', '[1,1,1,1]'],
  ['dilations', '[1,1,1,1]'],
  ['use_cudnn_on_gpu', 'true'],
]);

/** Undefined for what says nothing: types, what is false or empty. */
function attributeText(attribute: Attribute): string | undefined {
  if (attribute.kind === 'type' || attribute.kind === 'shape' || attribute.kind === 'tensor') {
    return undefined;
  }
  const { value } = attribute;
  if (value === false || (Array.isArray(value) && value.length === 0)) return undefined;
  return Array.isArray(value) ? `[${value.join()}]` : String(value);
}

const longestInline = 8;

/** A small constant as it is written in JavaScript: `0.5`, `[0,1]`, `[[1,2],[3,4]]`. */
function inline(value: Value): string | undefined {
  const values = constantValues(value);
  if (values === undefined || values.length > longestInline) return undefined;
  const digits = Array.from(values, (number) => String(Number(number.toPrecision(6))));
  return nested(digits, value.shape);
}

function nested(elements: readonly string[], [length, ...rest]: readonly number[]): string {
  if (length === undefined) return elements.join();
  const size = elements.length / (length || 1);
  const rows = Array.from({ length }, (_, i) =>
    nested(elements.slice(i * size, (i + 1) * size), rest),
  );
  return `[${rows.join()}]`;
}
