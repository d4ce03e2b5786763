import type { ClassName } from './drawings';
import texts from './texts.json';

type Language = keyof typeof texts;
type Key = Exclude<keyof (typeof texts)['en'], 'classes'>;

const language = document.documentElement.lang as Language;

/** A text in the page's language, its `{placeholders}` filled. */
export function text(key: Key, values: Readonly<Record<string, string | number>> = {}): string {
  return texts[language][key].replace(/\{(\w+)\}/g, (_, name: string) => String(values[name]));
}

/** What a class is called in the page's language. */
export function classText(name: ClassName): string {
  return texts[language].classes[name];
}

/** A share, as the page's language writes it: `87.3 %`. */
export function percent(share: number): string {
  return new Intl.NumberFormat(language, {
    style: 'percent',
    minimumFractionDigits: 1,
    maximumFractionDigits: 1,
  }).format(share);
}

/** A whole number, as the page's language writes it: `10,000`. */
export function whole(value: number): string {
  return new Intl.NumberFormat(language).format(value);
}
