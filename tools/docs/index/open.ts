// The index of a toolchain's documentation: opened from the cache folder, built there where there is none, or one that is
// damaged or of another version. Texts are read by position when they are asked for. Building is make.ts's work, loaded then.
import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { RustaError } from '../../../schemas/errors.ts';
import { sha256, shortHash } from '../../../schemas/hash.ts';
import { findDocs, type Installed } from '../install.ts';
import { type Head, IndexFile, indexVersion } from './format.ts';
import { Searcher } from './search.ts';

/** Pages whose texts are held: an answer cites three or four, each more than once. */
const mostTexts = 12;

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
    const file = new IndexFile(join(folder, 'index.bin'));
    const { head } = file;
    this.#texts = join(folder, 'texts.bin');
    if (statSync(this.#texts, { throwIfNoEntry: false })?.size !== head.texts.bytes) throw damagedTexts(this.#texts);
    this.#head = head;
    this.search = new Searcher(file);
    this.installed = installed;
  }

  get source(): string {
    return this.#head.source;
  }

  readonly #held = new Map<number, { readonly bytes: Buffer; readonly text: string }>();
  #page(section: number): { readonly bytes: Buffer; readonly text: string } {
    const { at, bytes: length } = this.search.span(section);
    const held = this.#held.get(at);
    if (held !== undefined) return held;
    const bytes = Buffer.alloc(length);
    const file = openSync(this.#texts, 'r');
    try {
      readSync(file, bytes, 0, length, at);
    } finally {
      closeSync(file);
    }
    if (sha256(bytes) !== this.search.place(section).sha256) throw damagedTexts(this.#texts);
    const page = { bytes, text: bytes.toString('utf8') };
    if (this.#held.size >= mostTexts) this.#held.clear();
    this.#held.set(at, page);
    return page;
  }

  /** The whole text of the page that a section is on. Throws RustaError `index-damaged` where it is not what was indexed. */
  pageText(section: number): string {
    return this.#page(section).text;
  }

  /** The same, as the bytes that an anchor counts. */
  pageBytes(section: number): Buffer {
    return this.#page(section).bytes;
  }

  /** The text of a page with a section's span in it, UTF-16 units, heading included. */
  section(section: number): { readonly text: string; readonly from: number; readonly to: number } {
    const { bytes, text } = this.#page(section);
    const { start, end } = this.search.place(section);
    const from = bytes.toString('utf8', 0, start).length;
    return { text, from, to: from + bytes.toString('utf8', start, end).length };
  }

  /** The text of a section, heading included. */
  sectionText(section: number): string {
    const { start, end } = this.search.place(section);
    return this.#page(section).bytes.toString('utf8', start, end);
  }
}

function damagedTexts(path: string): RustaError {
  return new RustaError(`the texts at ${path} are not those of the index`, {
    code: 'index-damaged',
    op: 'docs',
    hint: 'rusta explain --rebuild builds it again',
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
  const { buildIndex } = await import('./make.ts');
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
