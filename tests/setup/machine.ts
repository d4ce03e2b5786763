/**
 * A machine on which only these programs answer: for each the words, one of which must be in what
 * it is asked.
 */
export function machine(programs: Record<string, string[]>) {
  return {
    platform: 'linux',
    arch: 'x64',
    musl: false,
    ask: (command: string, args: readonly string[]) => {
      const question = args.join(' ');
      return programs[command]?.some((word) => question.includes(word)) ? 'yes' : undefined;
    },
  } as const;
}
