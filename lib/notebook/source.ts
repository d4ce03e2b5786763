import { readdirSync, readFileSync } from 'node:fs';
import * as path from 'node:path';
import { PACKAGE_DIRECTORY } from '../files';

const NN = path.join(PACKAGE_DIRECTORY, 'nn');

/**
 * How a class of `lib/nn` is written, from the file that it is compiled from
 * (`inspect.getsource` of Python).
 *
 * @param Class such as `Inception`
 * @returns the file's name in a comment, and the class
 * @throws Error if it is none of `lib/nn`
 */
export function source(Class: { readonly name: string }): string {
  const declaration = new RegExp(`^export (?:abstract )?class ${Class.name}\\b.*?^}$`, 'ms');
  for (const file of readdirSync(NN)) {
    if (!file.endsWith('.ts')) continue;
    const found = declaration.exec(readFileSync(path.join(NN, file), 'utf8'))?.[0];
    if (found !== undefined) return `// ${path.posix.join('lib', 'nn', file)}\n${found}`;
  }
  throw new Error(`source: ${Class.name} is no class of lib/nn`);
}
