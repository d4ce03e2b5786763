import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import * as path from 'node:path';
import { PROJECT_DIRECTORY } from '../files';
import { mapMarkdown, type Notebook } from './notebook';

/** A file of the book's source, by its path there, which is that in the project. */
export interface Page {
  file: string;
  content: string | Buffer;
}

/** Pygments' names for the code that a page can show; other files are downloaded. */
const CODE: Readonly<Record<string, string>> = {
  '.cjs': 'javascript',
  '.json': 'json',
  '.mjs': 'javascript',
  '.py': 'python',
  '.sh': 'bash',
  '.ts': 'typescript',
  '.yaml': 'yaml',
};
const LINK = /\]\(([^)\s]+)\)/g;
/** Pages that no table of contents lists. */
const UNLISTED = '---\norphan: true\n---\n\n';
/** Code is read where a text links to it; among what the search finds it would hide the texts. */
const UNLISTED_AND_UNSEARCHED = '---\norphan: true\nnosearch: true\n---\n\n';

/**
 * The pages that a book's texts link to, and those that these link to: texts of the project as they
 * are, its code as pages of code, folders as lists of their files,
 * and other files to download.
 */
export class LinkedPages {
  private readonly wanted = new Set<string>();

  /** @param given files that the book has already */
  constructor(private readonly given: ReadonlySet<string>) {}

  /**
   * A text whose links lead to the book's pages.
   * @param file where it stands, from the project's folder
   * @throws Error for a link to what is not there
   */
  relink(text: string, file: string): string {
    return text.replace(LINK, (link, target: string) => {
      if (/^([a-z]+:|#)/.test(target)) return link;
      const [pathname = '', anchor] = target.split('#');
      const wanted = path.posix.join(path.posix.dirname(file), pathname);
      if (!this.given.has(wanted)) this.want(wanted, file);
      const page = pageOf(wanted);
      const relative = path.posix.relative(path.posix.dirname(file), page);
      return `](${relative}${anchor === undefined ? '' : `#${anchor}`})`;
    });
  }

  /** As {@link relink}, in every markdown cell. */
  relinkNotebook(notebook: Notebook, file: string): Notebook {
    return mapMarkdown(notebook, (text) => this.relink(text, file));
  }

  /** All of them; links that they have themselves are followed. */
  all(): Page[] {
    const pages: Page[] = [];
    // A set's iteration reaches what is added meanwhile.
    for (const file of this.wanted) pages.push({ file: pageOf(file), content: this.content(file) });
    return pages;
  }

  private want(file: string, from: string): void {
    if (file.startsWith('..') || !existsSync(path.join(PROJECT_DIRECTORY, file))) {
      throw new Error(`${from} links to ${file}, which is not there`);
    }
    this.wanted.add(file);
  }

  private content(file: string): string | Buffer {
    const whole = path.join(PROJECT_DIRECTORY, file);
    if (statSync(whole).isDirectory()) {
      const links = readdirSync(whole)
        .sort()
        .map((name) => `- [${name}](${name})`);
      return this.relink(
        `${UNLISTED_AND_UNSEARCHED}# \`${file}\`\n\n${links.join('\n')}\n`,
        `${file}/index.md`,
      );
    }
    const language = CODE[path.extname(file)];
    if (language === undefined && !file.endsWith('.md')) return readFileSync(whole);
    const text = readFileSync(whole, 'utf8');
    if (language === undefined) return UNLISTED + this.relink(text, file);
    return `${UNLISTED_AND_UNSEARCHED}# \`${file}\`\n\n\`\`\`\`\`${language}\n${text}\`\`\`\`\`\n`;
  }
}

/** Where the book has a file's page. */
function pageOf(file: string): string {
  if (path.extname(file) in CODE) return `${file}.md`;
  return statSync(path.join(PROJECT_DIRECTORY, file)).isDirectory() ? `${file}/index.md` : file;
}
