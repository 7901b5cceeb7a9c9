// Makes the index of a toolchain's documentation: pages read, the compiler asked, the files written beside and moved into place
// whole. Opening it is open.ts's work.
import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { join } from 'node:path';
import { RustaError } from '../../../schemas/errors.ts';
import { readAliases } from '../aliases.ts';
import { extractPage } from '../extract.ts';
import { attribute, hasClass, pageTree, type Tree, textOf } from '../html.ts';
import { type Installed, listPages } from '../install.ts';
import { readUnmet, unmetCode } from '../unmet.ts';
import { IndexBuilder, type NamesakeTable } from './build.ts';
import { writeAll, writeIndex } from './format.ts';
import { askCompiler, type Block } from './messages.ts';
import type { OpenOptions } from './open.ts';

/** Builds it at `folder`. Throws RustaError `disk-full`; what was half built is removed. */
export async function buildIndex(folder: string, installed: Installed, options: OpenOptions): Promise<void> {
  const pages = options.pages ?? listPages(installed.root);
  const part = `${folder}.${process.pid}.part`;
  try {
    rmSync(part, { recursive: true, force: true });
    mkdirSync(part, { recursive: true, mode: 0o700 });
    await writeAllOf(part, pages, installed, options);
    rmSync(folder, { recursive: true, force: true });
    renameSync(part, folder);
    // Indexes of toolchains that were updated since: each is 40 MB.
    for (const other of readdirSync(join(folder, '..'))) {
      if (join(folder, '..', other) !== folder && !other.endsWith('.part') && options.pages === undefined)
        rmSync(join(folder, '..', other), { recursive: true, force: true });
    }
  } catch (error) {
    rmSync(part, { recursive: true, force: true });
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    throw new RustaError(`the disk is full at ${folder}`, {
      code: 'disk-full',
      op: 'docs',
      hint: 'free some space, or set XDG_CACHE_HOME to a folder on another disk',
      exit: 'refused',
      cause: error,
    });
  }
}

async function writeAllOf(
  part: string,
  pages: readonly string[],
  installed: Installed,
  options: OpenOptions,
): Promise<void> {
  const builder = new IndexBuilder(readAliases(installed.root));
  const blocks: Block[] = [];
  const hash = createHash('sha256');
  let bytes = 0;
  const texts = openSync(join(part, 'texts.bin'), 'w', 0o600);
  try {
    for (const [index, path] of pages.entries()) {
      if (index % 20 === 0) {
        options.onProgress?.(index, pages.length, path);
        await new Promise((turn) => setImmediate(turn));
        options.signal?.throwIfAborted();
      }
      const html = readPage(join(installed.root, path));
      if (html === null) continue;
      const page = extractPage(path, html);
      if (page === null) continue;
      const text = builder.add(page);
      writeAll(texts, text);
      hash.update(text);
      bytes += text.length;
      if (path.startsWith('error_codes/')) blocks.push(...failingBlocks(path, html));
    }
    fsyncSync(texts);
  } finally {
    closeSync(texts);
  }
  builder.addNamesakes(JSON.parse(readFileSync(new URL('namesakes.json', import.meta.url), 'utf8')) as NamesakeTable);
  for (const name of unstableFeatures(installed.root)) builder.addFeature(name);
  const messages = await askCompiler(options.rustc, blocks, {
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    onProgress: (done, of) => options.onProgress?.(done, of, 'what the compiler says about the error index'),
  });
  const unmet = readUnmet(installed.root).map((text) => ({
    code: unmetCode,
    page: `error_codes/${unmetCode}.html`,
    text,
  }));
  const source = `rust-docs ${installed.version ?? 'unknown'}, ${pages.length} pages, ${options.version}`;
  writeIndex(join(part, 'index.bin'), source, builder.tables([...messages, ...unmet]), {
    bytes,
    sha256: hash.digest('hex'),
  });
}

function readPage(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null; // a page that the list of pages names and the disk has not is not there
  }
}

function failingBlocks(page: string, html: string): Block[] {
  const blocks: Block[] = [];
  const visit = (node: Tree): void => {
    if (node.nodeName === 'code' && hasClass(node, 'compile_fail')) {
      const words = attribute(node, 'class') ?? '';
      const code = /\bE\d{4}\b/.exec(words)?.[0];
      const text = textOf(node);
      if (code !== undefined && !/#!\[feature/.test(text)) {
        blocks.push({ page, code, source: asProgram(text), edition: /edition(\d{4})/.exec(words)?.[1] ?? '2021' });
      }
      return;
    }
    for (const child of node.childNodes ?? []) visit(child);
  };
  visit(pageTree(html));
  return blocks;
}

/** rustdoc's own rule: what has no `main` is the body of one. */
function asProgram(text: string): string {
  if (/\bfn\s+main\s*\(/.test(text)) return text;
  const lines = text.split('\n');
  const outside = lines.filter((line) => /^\s*#!\[/.test(line));
  return [...outside, 'fn main() {', ...lines.filter((line) => !outside.includes(line)), '}', ''].join('\n');
}

/** Features of nightly compilers, by the names of their pages. */
function unstableFeatures(root: string): string[] {
  return ['language-features', 'library-features'].flatMap((kind) => {
    const folder = join(root, 'unstable-book', kind);
    return existsSync(folder)
      ? readdirSync(folder)
          .filter((name) => name.endsWith('.html'))
          .map((name) => name.replace(/\.html$/, '').replaceAll('-', '_'))
      : [];
  });
}
