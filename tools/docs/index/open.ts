// The index of a toolchain's documentation: built once into the cache folder, opened from there, built again where it is
// damaged, half built or of another version. Texts are read by position when they are asked for.

import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { RustaError } from '../../../schemas/errors.ts';
import { shortHash } from '../../../schemas/hash.ts';
import { extractPage } from '../extract.ts';
import { attribute, hasClass, pageTree, type Tree, textOf } from '../html.ts';
import { findDocs, type Installed, listPages } from '../install.ts';
import { IndexBuilder } from './build.ts';
import { type Head, indexVersion, readIndex, writeAll, writeIndex } from './format.ts';
import { askCompiler, type Block } from './messages.ts';
import { Searcher } from './search.ts';

export interface OpenOptions {
  /** Folder of all indexes: rusta's cache folder. */
  readonly cache: string;
  readonly sysroot: string;
  readonly rustc: string;
  /** `rustc -V`, part of the index's name. */
  readonly version: string;
  readonly signal?: AbortSignal;
  onProgress?(done: number, of: number, what: string): void;
  /** Pages instead of all that are installed: for tests. */
  readonly pages?: readonly string[];
  /** False to open what is there or fail. */
  readonly build?: boolean;
  /** True to build it again, whatever is there. */
  readonly rebuild?: boolean;
}

/** An opened index with its texts. */
export class Docs {
  readonly search: Searcher;
  readonly installed: Installed;
  readonly #head: Head;
  readonly #texts: string;

  constructor(folder: string, installed: Installed) {
    const { head, tables } = readIndex(join(folder, 'index.bin'));
    this.#texts = join(folder, 'texts.bin');
    if (statSync(this.#texts, { throwIfNoEntry: false })?.size !== head.texts.bytes) throw damagedTexts(this.#texts);
    this.#head = head;
    this.search = new Searcher(tables);
    this.installed = installed;
  }

  get source(): string {
    return this.#head.source;
  }

  /** The whole text of the page that a section is on. Throws RustaError `index-damaged` where it is not what was indexed. */
  pageText(section: number): string {
    const { at, bytes } = this.search.span(section);
    const buffer = Buffer.alloc(bytes);
    const file = openSync(this.#texts, 'r');
    try {
      readSync(file, buffer, 0, bytes, at);
    } finally {
      closeSync(file);
    }
    if (createHash('sha256').update(buffer).digest('hex') !== this.search.place(section).sha256)
      throw damagedTexts(this.#texts);
    return buffer.toString('utf8');
  }

  /** The text of a section, heading included. */
  sectionText(section: number): string {
    const { start, end } = this.search.place(section);
    return Buffer.from(this.pageText(section)).subarray(start, end).toString('utf8');
  }
}

function damagedTexts(path: string): RustaError {
  return new RustaError(`the texts at ${path} are not those of the index`, {
    code: 'index-damaged',
    op: 'docs',
    hint: 'the index is built again',
  });
}

/** Opens the index, building it where there is none that is whole. Throws RustaError `docs-missing`, `disk-full`. */
export async function openDocs(options: OpenOptions): Promise<Docs> {
  const installed = findDocs(options.sysroot);
  const folder = indexFolder(options, installed);
  if (options.rebuild !== true) {
    try {
      return new Docs(folder, installed);
    } catch (error) {
      if (!(error instanceof RustaError) || error.code !== 'index-damaged' || options.build === false) throw error;
    }
  }
  await buildIndex(folder, installed, options);
  return new Docs(folder, installed);
}

/** True where opening costs no build. */
export function isBuilt(options: OpenOptions): boolean {
  return existsSync(join(indexFolder(options, findDocs(options.sysroot)), 'index.bin'));
}

function indexFolder({ cache, version, pages }: OpenOptions, installed: Installed): string {
  const name = shortHash('docs', `${indexVersion}`, installed.root, installed.version ?? '', version, ...(pages ?? []));
  return join(cache, 'docs', name);
}

async function buildIndex(folder: string, installed: Installed, options: OpenOptions): Promise<void> {
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
  const builder = new IndexBuilder();
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
  for (const name of unstableFeatures(installed.root)) builder.addFeature(name);
  const messages = await askCompiler(options.rustc, blocks, {
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    onProgress: (done, of) => options.onProgress?.(done, of, 'what the compiler says about the error index'),
  });
  const source = `rust-docs ${installed.version ?? 'unknown'}, ${pages.length} pages, ${options.version}`;
  writeIndex(join(part, 'index.bin'), source, builder.tables(messages), { bytes, sha256: hash.digest('hex') });
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
