import { nodesOf, replaceValues } from '../ir';
import type { Attributes, Node, Program, Value } from '../ir';

/** One node in place of several that compute the same from the same. */
export function shareEqual(program: Program): Program {
  const replacements = new Map<Value, Value>();
  const numbers = new Map<Value, number>();
  const known = new Map<string, Node>();
  for (const node of nodesOf(program)) {
    const key = keyOf(node, (value) => {
      const kept = replacements.get(value) ?? value;
      const number = numbers.get(kept) ?? numbers.size;
      numbers.set(kept, number);
      return number;
    });
    const twin = key === undefined ? undefined : known.get(key);
    if (twin !== undefined) {
      node.outputs.forEach((value, i) => {
        const other = twin.outputs[i];
        if (other !== undefined) replacements.set(value, other);
      });
    } else if (key !== undefined) known.set(key, node);
  }
  return replaceValues(program, replacements);
}

/** Larger constants are not compared. */
const comparedElements = 1024;

function keyOf(node: Node, number: (value: Value) => number): string | undefined {
  if (node.op === 'Placeholder') return undefined;
  const attributes = textOf(node.attributes);
  return attributes === undefined
    ? undefined
    : `${node.op}(${node.inputs.map(number).join()})${attributes}${node.outputs[0]?.dtype ?? 0}`;
}

function textOf(attributes: Attributes): string | undefined {
  const parts: string[] = [];
  for (const name of Object.keys(attributes).sort()) {
    const attribute = attributes[name];
    if (attribute?.kind === 'tensor') {
      const { dtype, shape, values } = attribute;
      if (values.length > comparedElements) return undefined;
      // As bytes: 0 and −0 are equal numbers and different constants.
      const bytes = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
      parts.push(`${name}:${dtype}[${shape.join()}]${bytes.toString('base64')}`);
    } else parts.push(`${name}:${JSON.stringify(attribute)}`);
  }
  return parts.join(';');
}
