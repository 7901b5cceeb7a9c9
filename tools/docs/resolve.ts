// Resolves anchors against what is on this machine: pages of the installed documentation, files of a crate, the compiler's
// messages that an anchor carries in its title.
import { readFileSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';
import { sha256 } from '../../schemas/hash.ts';
import type { Anchor } from '../../schemas/types.ts';
import { findToolchain } from '../sandbox/toolchain.ts';
import { type Resolved, resolveAnchor, spanHash } from './anchor.ts';
import { extractPage } from './extract.ts';
import { findDocs, listPages } from './install.ts';

export interface Texts {
  /** Clean text of a page; null where it is not installed. */
  page(path: string): string | null;
  /** The page's HTML. */
  html(path: string): string | null;
  /** Paths of all pages, for what moved to another one. */
  pages(): readonly string[];
}

/** The documentation of the toolchain in force at `cwd`; nothing where it is not installed. */
export async function installedTexts(cwd: string): Promise<Texts> {
  let root: string;
  try {
    root = findDocs((await findToolchain(cwd)).sysroot).root;
  } catch {
    return { page: () => null, html: () => null, pages: () => [] };
  }
  const html = (path: string): string | null => {
    const whole = resolve(root, path);
    if (!whole.startsWith(root + sep)) return null;
    try {
      return readFileSync(whole, 'utf8');
    } catch {
      return null;
    }
  };
  return {
    html,
    page(path) {
      const text = html(path);
      return text === null ? null : (extractPage(path, text)?.text ?? null);
    },
    pages: () => listPages(root, [...new Set(['reference', 'book', 'nomicon', 'error_codes', 'rust-by-example'])]),
  };
}

/** `root`: the folder that a code anchor's file is in. */
export function resolveIn(anchor: Anchor, root: string | null, texts: Texts): Resolved {
  switch (anchor.kind) {
    case 'doc': {
      const text = texts.page(anchor.source);
      const found = text === null ? null : resolveAnchor(anchor, text);
      if (found !== null && found.state !== 'lost') return found;
      return (
        elsewhere(anchor, texts) ??
        found ?? { state: 'lost', why: `${anchor.source} is not installed (component rust-docs)` }
      );
    }
    case 'error-index': {
      const text = texts.html(anchor.source);
      return text === null
        ? { state: 'lost', why: `${anchor.source} is not installed (component rust-docs)` }
        : resolveAnchor(anchor, text);
    }
    case 'compiler-note': {
      const text = anchor.title.find((one) => sha256(one) === anchor.sha256);
      if (text === undefined || spanHash(text) !== anchor.span_sha256)
        return { state: 'lost', why: 'the compiler said it, and only its hash was kept' };
      return { state: 'same', text, start: 0, end: anchor.end };
    }
    case 'code':
      return inFile(anchor, root);
  }
}

/** Chapters are renamed between versions: a span of some length is looked for in the other pages of its book. */
function elsewhere(anchor: Anchor, texts: Texts): Resolved | null {
  if ((anchor.words ?? 0) < 6) return null;
  const book = anchor.source.split('/')[0];
  for (const path of texts.pages()) {
    if (path === anchor.source || path.split('/')[0] !== book) continue;
    const text = texts.page(path);
    const found = text === null ? null : resolveAnchor(anchor, text);
    if (found !== null && found.state !== 'lost') return found;
  }
  return null;
}

function inFile(anchor: Anchor, root: string | null): Resolved {
  const path = resolve(root ?? '.', anchor.source);
  try {
    return resolveAnchor(anchor, readFileSync(path, 'utf8'));
  } catch {
    return { state: 'lost', why: `${join(anchor.source)} is not there` };
  }
}
