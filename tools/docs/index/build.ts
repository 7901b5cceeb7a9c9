// From pages to the tables of an index. Pure but for the clock of its callers: pages come in, tables go out. Where pages come
// from and where tables go is open.ts's work.
import { createHash } from 'node:crypto';
import type { Aliases } from '../aliases.ts';
import { apiPath, type Page, type Section } from '../extract.ts';
import { fields, packStrings, postingBytes, saidBytes, type Tables } from './format.ts';
import { termsOf } from './terms.ts';

/**
 * What others say of functions that are named like an item, by name: words with a digit from 1 to 9 for how much they are
 * said. Made by datasets/namesakes.ts.
 */
export type NamesakeTable = Readonly<Record<string, string>>;

/** What a compiler says about a failing block of the error index. */
export interface Message {
  readonly code: string;
  /** Path of the page. */
  readonly page: string;
  readonly text: string;
}

/** Words from references to one section: a page that everyone mentions would answer everything. */
const mostLinkWords = 150;

/** Characters of a text from which two that are equal are one. */
const shortest = 120;

const linksField = fields.indexOf('links');

function none(): number[] {
  return fields.map(() => 0);
}

function lastName({ titles }: Section): string {
  return titles.at(-1)?.split('::').at(-1)?.replace(/!$/, '') ?? '';
}

interface Posting {
  readonly section: number;
  readonly counts: number[];
}

/** Collects pages; `tables` ends it. */
export class IndexBuilder {
  readonly #pages: { path: string; title: string; item: string; sha256: string; at: number; bytes: number }[] = [];
  readonly #sections: { page: number; start: number; end: number; section: Section }[] = [];
  readonly #postings = new Map<string, Posting[]>();
  readonly #lengths: number[][] = [];
  readonly #byPlace = new Map<string, number>();
  readonly #links: { from: number; to: string; text: string }[] = [];
  readonly #features: string[] = [];
  readonly #texts = new Set<string>();
  readonly #aliases: Aliases;
  #textBytes = 0;

  constructor(aliases: Aliases = new Map()) {
    this.#aliases = aliases;
  }

  /** Takes a page in; returns its text as the file of texts holds it. */
  add(page: Page): Buffer {
    const bytes = Buffer.from(page.text);
    const number = this.#pages.length;
    const sha = createHash('sha256').update(bytes).digest('hex');
    this.#pages.push({
      path: page.path,
      title: page.title,
      item: page.item ?? '',
      sha256: sha,
      at: this.#textBytes,
      bytes: bytes.length,
    });
    this.#textBytes += bytes.length;
    let unit = 0;
    let byte = 0;
    const byteAt = (to: number): number => {
      byte += Buffer.byteLength(page.text.slice(unit, to));
      unit = to;
      return byte;
    };
    // What stands on the page of an unstable item is as unstable.
    const unstable = page.sections[0]?.unstable === true && page.item !== null;
    for (const found of page.sections) {
      const section = unstable ? { ...found, unstable } : found;
      const start = byteAt(section.start);
      const end = byteAt(section.end);
      const id = this.#sections.push({ page: number, start, end, section }) - 1;
      const place = section.id === '' ? page.path : `${page.path}#${section.id}`;
      if (!this.#byPlace.has(place)) this.#byPlace.set(place, id);
      if (!this.#byPlace.has(page.path)) this.#byPlace.set(page.path, id);
      this.#addTerms(id, page, section);
      for (const { to, text } of section.links) this.#links.push({ from: id, to, text });
    }
    return bytes;
  }

  /** A feature of nightly compilers, by its page's name in the unstable book. */
  addFeature(name: string): void {
    this.#features.push(name);
  }

  #addTerms(id: number, page: Page, section: Section): void {
    const text = page.text.slice(section.start, section.end);
    const { lead, body, code } = partsOf(text);
    const title = section.titles.join(' ');
    // std shows what core and alloc have, and some of it at two places: the words count at the first.
    const same = createHash('sha256')
      .update(text.length > shortest ? text : `${id}`)
      .digest('base64');
    if (this.#texts.has(same)) {
      this.#lengths[id] = none();
      return;
    }
    this.#texts.add(same);
    const api = apiPath(page.path) !== null;
    const named =
      api && (section.kind === 'item' || section.id === '') ? this.#aliases.get(lastName(section)) : undefined;
    const words = [
      termsOf(`${title} ${api ? (page.item ?? '') : ''} ${named?.join(' ') ?? ''}`),
      termsOf(lead),
      termsOf(body),
      termsOf(code),
      [],
    ];
    this.#lengths[id] = words.map((list) => list.length);
    for (const [field, list] of words.entries()) for (const term of list) this.#count(term, id, field);
  }

  #count(term: string, id: number, field: number): void {
    const list = this.#postings.get(term);
    const last = list?.at(-1);
    if (list !== undefined && last?.section === id) {
      last.counts[field] = Math.min(255, (last.counts[field] ?? 0) + 1);
      return;
    }
    const counts = none();
    counts[field] = 1;
    if (list === undefined) this.#postings.set(term, [{ section: id, counts }]);
    else list.push({ section: id, counts });
  }

  /** What others say where they refer to a section counts among its words, as on the web. */
  #addLinks(): void {
    const said = new Map<number, Set<string>>();
    for (const { from, to, text } of this.#links) {
      const target = this.#byPlace.get(to);
      if (target === undefined || (this.#sections[target]?.page === this.#sections[from]?.page && target === from))
        continue;
      const words = said.get(target) ?? new Set<string>();
      if (words.size < mostLinkWords) for (const term of termsOf(text)) words.add(term);
      said.set(target, words);
    }
    const added = new Map<string, number[]>();
    for (const [target, words] of said) {
      (this.#lengths[target] as number[])[linksField] = words.size;
      for (const term of words) {
        const list = added.get(term);
        if (list === undefined) added.set(term, [target]);
        else list.push(target);
      }
    }
    for (const [term, targets] of added) {
      const list = this.#postings.get(term) ?? [];
      const held = new Map(list.map((posting) => [posting.section, posting]));
      for (const target of targets) {
        const own = held.get(target);
        const counts = own?.counts ?? none();
        counts[linksField] = 1;
        if (own === undefined) list.push({ section: target, counts });
      }
      this.#postings.set(
        term,
        list.sort((a, b) => a.section - b.section),
      );
    }
  }

  readonly #said = new Map<string, { readonly section: number; readonly digit: number }[]>();
  /** What others say of functions that are named like an item. */
  addNamesakes(table: NamesakeTable): void {
    for (const [id, { page, section }] of this.#sections.entries()) {
      const { path } = this.#pages[page] as { path: string };
      if (apiPath(path) === null || !(section.kind === 'item' || section.id === '')) continue;
      // A text that stands at two places counts at the first.
      if (this.#lengths[id]?.every((length) => length === 0)) continue;
      const name = section.titles.at(-1)?.split('::').at(-1) ?? '';
      if (!Object.hasOwn(table, name)) continue;
      for (const said of table[name]?.split(' ') ?? []) {
        const [term, digit] = said.split(':') as [string, string];
        const list = this.#said.get(term) ?? [];
        list.push({ section: id, digit: Number(digit) });
        this.#said.set(term, list);
      }
    }
  }

  /** All tables; `messages` as the compiler says them, none where it could not be asked. */
  tables(messages: readonly Message[]): Tables {
    this.#addLinks();
    const terms = [...new Set([...this.#postings.keys(), ...this.#said.keys()])]
      .map((term) => ({ term, bytes: Buffer.from(term) }))
      .sort((a, b) => Buffer.compare(a.bytes, b.bytes));
    const total = terms.reduce((sum, { term }) => sum + (this.#postings.get(term)?.length ?? 0), 0);
    const postings = Buffer.alloc(total * postingBytes);
    const starts = new Uint32Array(terms.length + 1);
    let at = 0;
    for (const [index, { term }] of terms.entries()) {
      for (const { section, counts } of this.#postings.get(term) ?? []) {
        postings.writeUInt32LE(section, at * postingBytes);
        for (const [field, count] of counts.entries()) postings[at * postingBytes + 4 + field] = count;
        at += 1;
      }
      starts[index + 1] = at;
    }
    const { said, saidAt } = this.#saidTables(terms.map(({ term }) => term));
    const sections = new Uint32Array(this.#sections.length * 4);
    for (const [index, { page, start, end, section }] of this.#sections.entries()) {
      sections.set([page, start, end, (section.kind === 'item' ? 1 : 0) | (section.unstable ? 2 : 0)], index * 4);
    }
    const pages = new Uint32Array(this.#pages.length * 2);
    for (const [index, { at: place, bytes }] of this.#pages.entries()) pages.set([place, bytes], index * 2);
    const places = [...this.#byPlace.keys()]
      .map((place) => Buffer.from(place))
      .sort(Buffer.compare)
      .map(String);
    return {
      ...packStrings(
        'terms',
        terms.map(({ term }) => term),
      ),
      'postings-at': bytesOf(starts),
      postings,
      'said-at': bytesOf(saidAt),
      said,
      lengths: bytesOf(Uint32Array.from(this.#lengths.flat())),
      sections: bytesOf(sections),
      ...packStrings(
        'section-ids',
        this.#sections.map(({ section }) => section.id),
      ),
      ...packStrings(
        'section-titles',
        this.#sections.map(({ section }) => section.titles.join('\u0001')),
      ),
      pages: bytesOf(pages),
      ...packStrings(
        'page-paths',
        this.#pages.map(({ path }) => path),
      ),
      ...packStrings(
        'page-titles',
        this.#pages.map(({ title }) => title),
      ),
      ...packStrings(
        'page-items',
        this.#pages.map(({ item }) => item),
      ),
      ...packStrings(
        'page-hashes',
        this.#pages.map(({ sha256 }) => sha256),
      ),
      ...packStrings('places', places),
      'place-sections': bytesOf(Uint32Array.from(places, (place) => this.#byPlace.get(place) as number)),
      ...packStrings('rules', this.#rules()),
      ...packStrings('items', this.#items()),
      ...packStrings(
        'messages',
        messages.map(({ code, page, text }) => `${code}\u0001${page}\u0001${text}`),
      ),
      ...packStrings('features', this.#features),
      ...packStrings('feature-phrases', this.#featurePhrases()),
    };
  }

  #saidTables(terms: readonly string[]): { readonly said: Buffer; readonly saidAt: Uint32Array } {
    const all = terms.map((term) => this.#said.get(term) ?? []);
    const said = Buffer.alloc(all.reduce((sum, list) => sum + list.length, 0) * saidBytes);
    const saidAt = new Uint32Array(terms.length + 1);
    let at = 0;
    for (const [index, list] of all.entries()) {
      for (const { section, digit } of list) {
        said.writeUInt32LE(section, at * saidBytes);
        said[at * saidBytes + 4] = digit;
        at += 1;
      }
      saidAt[index + 1] = at;
    }
    return { said, saidAt };
  }

  /** For each error code the sections of other books that show it, or that its page refers to: `E0382\u0001place`, sorted. */
  #rules(): string[] {
    const rules = new Set<string>();
    for (const { page, section } of this.#sections) {
      const { path } = this.#pages[page] as { path: string };
      if (path.startsWith('error_codes/')) continue;
      for (const code of section.fails) rules.add(`${code}\u0001shows\u0001${path}#${section.id}`);
    }
    for (const { from, to } of this.#links) {
      const { page } = this.#sections[from] as { page: number };
      const code = /^error_codes\/(E\d{4})\.html$/.exec(this.#pages[page]?.path ?? '')?.[1];
      if (code !== undefined && /^(?:reference|book|nomicon)\//.test(to)) rules.add(`${code}\u0001refers\u0001${to}`);
    }
    return [...rules].sort();
  }

  /** Features whose words no stable section has in its title: `async_drop\u0001async drop`. */
  #featurePhrases(): string[] {
    const titles = this.#sections
      // What core alone has a page for is mostly a road to std's.
      .filter(({ section, page }) => !section.unstable && !/^(?:core|alloc)\//.test(this.#pages[page]?.path ?? ''))
      .map(({ section }) => ` ${section.titles.flatMap((title) => termsOf(title)).join(' ')} `);
    return this.#features.flatMap((name) => {
      const words = termsOf(name.replaceAll('_', ' '));
      const phrase = words.join(' ');
      if (words.length < 2 || titles.some((title) => title.includes(` ${phrase} `))) return [];
      return [`${name}\u0001${phrase}`];
    });
  }

  /** Last segment of each item's path, lower case, with its section: `swap_remove\u0001123`. */
  #items(): string[] {
    const items: string[] = [];
    for (const [id, { page, section }] of this.#sections.entries()) {
      const { path, title } = this.#pages[page] as { path: string; title: string };
      if (apiPath(path) === null) continue;
      const name =
        section.kind === 'item' ? section.titles.at(-1) : section.id === '' ? title.split('::').at(-1) : undefined;
      if (name !== undefined)
        items.push(
          `${name
            .replace(/^keyword /, '')
            .replace(/!$/, '')
            .toLowerCase()}\u0001${id}`,
        );
    }
    return items
      .map((item) => Buffer.from(item))
      .sort(Buffer.compare)
      .map(String);
  }
}

function bytesOf(numbers: Uint32Array): Uint8Array {
  return new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
}

/** A section's text without its heading: the first sentence or two, the rest of the prose, and the code. */
export function partsOf(text: string): { readonly lead: string; readonly body: string; readonly code: string } {
  const code: string[] = [];
  const prose = text
    .replace(/^#+ [^\n]*\n/, (heading) => {
      // An item's heading is its signature.
      if (/\bfn\b|[(<]/.test(heading)) code.push(heading.replace(/^#+ /, ''));
      return '';
    })
    .replace(/```[^\n]*\n([\s\S]*?)\n```/g, (_, inner: string) => {
      code.push(inner);
      return '';
    });
  const first = /\S[^\n]*/.exec(prose)?.[0] ?? '';
  const rest = prose.slice(prose.indexOf(first) + first.length);
  return { lead: first, body: rest, code: code.join('\n') };
}
