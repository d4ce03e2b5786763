/**
 * The number an option gives, or another where the option is left out.
 * @throws RangeError for a text that is no number
 */
export function number(option: string, text: string | undefined, otherwise = NaN): number {
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (text.trim() === '' || Number.isNaN(value)) {
    throw new RangeError(`--${option} is "${text}"; it must be a number`);
  }
  return value;
}

/** Whether parseArgs refused what was typed. */
export function isArgumentError(error: unknown): boolean {
  return String((error as NodeJS.ErrnoException).code).startsWith('ERR_PARSE_ARGS');
}
