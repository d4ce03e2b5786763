/**
 * Checks a constructor's named arguments, all of them whole numbers; TypeScript alone does not
 * stop who runs a cell that it objects to, or plain JavaScript.
 *
 * @param what whose arguments they are, for messages
 * @param required names of those that must be given, each at least 1
 * @param optional the least value of each of those that may be left out
 * @throws TypeError for arguments without names, with an unknown name, or missing
 * @throws RangeError for a number that is not whole or too small
 */
export function checkArguments(
  what: string,
  given: unknown,
  required: readonly string[],
  optional: Readonly<Record<string, number>> = {},
): void {
  const names = [...required, ...Object.keys(optional)];
  const usage = `new ${what}({ ${names.join(', ')} })`;
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new TypeError(`${what}: the arguments have names: ${usage}.`);
  }
  for (const name of required) {
    if (!(name in given)) throw new TypeError(`${what}: ${name} is missing: ${usage}.`);
  }
  for (const [name, value] of Object.entries(given) as [string, number | undefined][]) {
    if (!names.includes(name)) {
      throw new TypeError(`${what}: there is no argument ${name}: ${usage}.`);
    }
    const least = optional[name] ?? 1;
    if (value === undefined && name in optional) continue;
    if (!Number.isInteger(value) || (value as number) < least) {
      throw new RangeError(
        `${what}: ${name} must be a whole number of at least ${least}, but is ${value}.`,
      );
    }
  }
}
