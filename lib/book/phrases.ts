/** What a text is cut at, the first of these that it has. */
const CUTS = [/(<[^>]*>|\n)/, /(\. |\.$)/, /(; )/, /(: )/, /(, )/];

/** What a placeholder of an entry stands for: it does not reach over the first three cuts. */
const PLACEHOLDER = '((?:(?!<|\\n|\\. |\\.$|; ).)+?)';

/** A number that the figure puts in. */
const INSERTED = /%\{[^}]*\}/g;

interface Pattern {
  expression: RegExp;
  korean: string;
  /** Characters outside the placeholders. */
  literal: number;
}

/** The Korean of figures' and tables' texts, by the rules of notebooks/ko/README.md. */
export class Phrases {
  /** The texts that no entry fitted. */
  readonly missing = new Set<string>();
  private readonly exact: ReadonlyMap<string, string>;
  private readonly patterns: readonly Pattern[];

  /** @param entries from English to Korean */
  constructor(entries: Readonly<Record<string, string>>) {
    this.exact = new Map(Object.entries(entries));
    this.patterns = Object.entries(entries)
      .filter(([english]) => english.includes('{}'))
      .map(([english, korean]) => {
        const literals = english.split('{}');
        const expression = literals.map((literal) =>
          literal.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'),
        );
        return {
          expression: new RegExp(`^${expression.join(PLACEHOLDER)}$`),
          korean,
          literal: literals.join('').length,
        };
      })
      .sort((a, b) => b.literal - a.literal);
  }

  /** The Korean of a text, or what of it there is. */
  translate(text: string): string {
    const [, before = '', core = '', after = ''] = /^(\s*)([^]*?)(\s*)$/.exec(text) ?? [];
    return before + this.translateTrimmed(core) + after;
  }

  private translateTrimmed(text: string): string {
    if (staysAsItIs(text)) return text;
    const exact = this.exact.get(text);
    if (exact !== undefined) return exact;
    for (const { expression, korean } of this.patterns) {
      const match = expression.exec(text);
      if (match) return this.fill(korean, match.slice(1));
    }
    const cut = CUTS.find((candidate) => candidate.test(text));
    if (cut === undefined) {
      this.missing.add(text);
      return text;
    }
    // With a group in the expression, what the text was cut at stands between its parts.
    return text
      .split(cut)
      .map((part, at) => (at % 2 === 0 ? this.translate(part) : part))
      .join('');
  }

  private fill(korean: string, values: readonly string[]): string {
    let next = 0;
    return korean.replace(/(?<!%)\{(\d*)\}/g, (_, number: string) =>
      this.translate(values[number === '' ? next++ : Number(number)] ?? ''),
    );
  }
}

/** Whether a text has no word, or is one name such as `icp_3a`. */
function staysAsItIs(text: string): boolean {
  const written = text.replace(INSERTED, '');
  return !/\p{L}{2}/u.test(written) || /^\S*[\d_]\S*$/.test(written);
}
