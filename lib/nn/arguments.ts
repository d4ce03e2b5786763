/**
 * What an argument may be: a whole number of at least this one, a number from … to …, one of some
 * words, true or false.
 */
type Allowed =
  number | readonly [from: number, to: number] | { oneOf: readonly string[] } | 'boolean';

/**
 * Checks a constructor's named arguments; TypeScript alone does not stop who runs a cell that it
 * objects to, or plain JavaScript.
 *
 * @param what whose arguments they are, for messages
 * @param required names of those that must be given, whole numbers of at least 1
 * @param optional what each of those may be that may be left out
 * @param before arguments without names that stand before them, for messages
 * @throws TypeError for arguments without names, with an unknown name, missing, or of a wrong type
 * @throws RangeError for a number that is not whole, too small or too large
 */
export function checkArguments(
  what: string,
  given: unknown,
  required: readonly string[],
  optional: Readonly<Record<string, Allowed>> = {},
  before: readonly string[] = [],
): void {
  const names = [...required, ...Object.keys(optional)];
  const usage = `new ${what}(${[...before, `{ ${names.join(', ')} }`].join(', ')})`;
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new TypeError(`${what}: the arguments have names: ${usage}.`);
  }
  for (const name of required) {
    if (!(name in given)) throw new TypeError(`${what}: ${name} is missing: ${usage}.`);
  }
  for (const [name, value] of Object.entries(given) as [string, unknown][]) {
    if (!names.includes(name)) {
      throw new TypeError(`${what}: there is no argument ${name}: ${usage}.`);
    }
    if (value === undefined && name in optional) continue;
    checkValue(`${what}: ${name}`, value, optional[name] ?? 1);
  }
}

function checkValue(name: string, value: unknown, allowed: Allowed): void {
  const got = `but is ${String(value)}`;
  if (allowed === 'boolean') {
    if (typeof value !== 'boolean') throw new TypeError(`${name} must be true or false, ${got}.`);
    return;
  }
  if (typeof allowed === 'number') {
    if (Number.isInteger(value) && (value as number) >= allowed) return;
    throw new RangeError(`${name} must be a whole number of at least ${allowed}, ${got}.`);
  }
  if ('oneOf' in allowed) {
    if (allowed.oneOf.includes(value as string)) return;
    throw new TypeError(`${name} must be one of ${allowed.oneOf.join(', ')}, ${got}.`);
  }
  const [from, to] = allowed;
  if (typeof value === 'number' && value >= from && value <= to) return;
  throw new RangeError(`${name} must be a number from ${from} to ${to}, ${got}.`);
}
