import { uniformValue, withoutCast } from './build';
import type { Value } from './program';

/** An operation, a number that every element has, or a name for whatever stands there. */
type Part = { readonly op: string; readonly inputs: readonly Part[] } | number | string;

/**
 * Finds what a text as `print` writes it describes:
 *
 *     const complement = pattern<'x'>('Sub(1, x)');
 *     complement(value)?.x // the value x that 1 − x was made of
 *
 * A name stands for any value, and for the same one wherever it is repeated; `Add` is AddV2 too.
 * Casts to the type that a value has already are looked through.
 *
 * @returns the values by their names, or undefined if the value is something else
 */
export function pattern<Name extends string>(
  text: string,
): (value: Value) => Readonly<Record<Name, Value>> | undefined {
  const whole = parse(text.match(/\w+|[()]/g) ?? []);
  return (value) => {
    const found = new Map<string, Value>();
    return matches(whole, value, found)
      ? (Object.fromEntries(found) as Record<Name, Value>)
      : undefined;
  };
}

/** Takes one part from the front of the tokens. */
function parse(tokens: string[]): Part {
  const token = tokens.shift() ?? '';
  if (tokens.at(0) !== '(') return /^\d/.test(token) ? Number(token) : token;
  const inputs: Part[] = [];
  for (tokens.shift(); tokens[0] !== ')';) inputs.push(parse(tokens));
  tokens.shift();
  return { op: token, inputs };
}

function matches(part: Part, value: Value, found: Map<string, Value>): boolean {
  if (typeof part === 'number') return uniformValue(value) === part;
  if (typeof part === 'string') {
    const known = found.get(part) ?? value;
    found.set(part, known);
    return known === value;
  }
  const { op, inputs } = withoutCast(value).node;
  return (
    op.replace('AddV2', 'Add') === part.op &&
    part.inputs.every((input, i) => {
      const given = inputs[i];
      return given !== undefined && matches(input, given, found);
    })
  );
}
