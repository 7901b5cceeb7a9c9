// The rendered sources of std, core and alloc: what the pages of the items do not show.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { extractSource } from './extract.ts';

/** Texts of the files that hold a word, the rest unparsed; none where the rendered sources are not installed. */
export function* sourcesWith(root: string, word: string): Generator<string> {
  for (const crate of ['std', 'core', 'alloc']) {
    const folder = join(root, 'src', crate);
    for (const path of listed(folder)) {
      const html = readFileSync(join(folder, path), 'utf8');
      const source = html.includes(word) ? extractSource(html) : null;
      if (source !== null) yield source;
    }
  }
}

function listed(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.html'))
      .sort();
  } catch {
    return []; // rust-docs without sources: what they say is a help, not a need
  }
}
