// Questions to an index: BM25F over sections, codes, item paths, diagnostics by their words. Reads tables alone; what becomes
// of an answer (whether it is shown, which sentences) is explain's work.
//
// BM25F: Robertson, Zaragoza, Taylor, "Simple BM25 extension to multiple weighted fields" (2004).
import { type CodeLikeness, CodeWords } from './codes.ts';
import { fields, type IndexFile, postingBytes, Strings, saidBytes, u32 } from './format.ts';
import { pagesNamedIn } from './named-types.ts';
import { itemsOf } from './paths.ts';
import { synonymsOf } from './synonyms.ts';
import { termsOf } from './terms.ts';

export interface Hit {
  /** Number of the section in the index. */
  readonly section: number;
  readonly score: number;
  /** Share of the question's information that the section's words hold, 0 to 1. */
  readonly coverage: number;
}

export interface Place {
  readonly page: string;
  /** What stands after `#`; empty for the page's beginning. */
  readonly id: string;
  readonly titles: readonly string[];
  readonly item: boolean;
  readonly unstable: boolean;
  /** sha256 of the page's text, and the section's span in it, bytes. */
  readonly sha256: string;
  readonly start: number;
  readonly end: number;
}

/** Weights and shapes. Those in force were searched for on the odd questions of datasets/questions (docs/EXPLAIN.md). */
export interface Tuning {
  /** Of title, lead, body, code, links: in a section of prose, and in an item. */
  readonly weights: readonly number[];
  readonly itemWeights: readonly number[];
  /** Factors by the start of a page's path; the longest that fits. */
  readonly priors: Readonly<Record<string, number>>;
  /** How much it counts that one section holds all of a question's words: a power of the share that it holds. */
  readonly cover: number;
  readonly k1: number;
  readonly b: number;
  /** What a word counts that stands for one of the question's. */
  readonly synonym: number;
  /** What the page's own score adds to its sections'. */
  readonly page: number;
  readonly unstable: number;
  /** How much the share of a question counts that crates say of functions of an item's name: an exponent. */
  readonly said: number;
  /** The same in nats of the question, added. */
  readonly saidMore: number;
  /** What a word that is only said of namesakes counts where it is asked which share of the words is there. */
  readonly saidCover: number;
  /** Factors for a question in a sentence, by the start of a page's path: chapters answer it rather than items. */
  readonly asked: Readonly<Record<string, number>>;
  /** Factor of methods and functions for what is no sentence but describes something. */
  readonly described: number;
  /** A further factor of those that belong to a type or module that the question names. */
  readonly owned: number;
}

export const tuned: Tuning = {
  weights: [2.8, 1.8, 1, 0.25, 0.7],
  itemWeights: [4.3, 3.1, 0.4, 0.05, 0.35],
  priors: {
    error_codes: 0.75,
    rustc: 0.3,
    'style-guide': 0.5,
    rustdoc: 0.6,
    clippy: 0.4,
    'edition-guide': 0.5,
    'cargo/reference/semver': 0.4,
    'std/os': 0.7,
    'std/simd': 0.5,
    'core/': 0.6,
    'alloc/': 0.5,
    book: 0.65,
  },
  cover: 0.8,
  k1: 1.6,
  b: 0.4,
  synonym: 0.7,
  page: 0.25,
  unstable: 0.6,
  said: 1,
  saidMore: 0.1,
  saidCover: 0.2,
  asked: { reference: 1.7, book: 1.7, nomicon: 1.7, cargo: 1.7, 'rust-by-example': 1.3 },
  described: 1.35,
  owned: 1.5,
};

/** A sentence that asks, as against words that describe. */
export const asks: RegExp =
  /\?\s*$|^\s*(?:how|what|when|where|why|which|who|can|may|must|should|do|does|did|is|are|will)\b/i;

const cargoWords =
  /\b(?:cargo|crates?|dependenc\w+|depends? on|packages?|workspaces?|features?|publish\w*|lock ?file|manifest|registry|build scripts?|target directory|Cargo\.toml)\b/i;
const fieldCount = fields.length;

/** What a question's words come to in each section. */
interface Sums {
  readonly scores: Float64Array;
  /** Weights of the words that it holds. */
  readonly held: Float64Array;
  /** Weights of the words that are said of its namesakes. */
  readonly said: Float64Array;
  /** Weight of all words. */
  readonly whole: number;
}

export class Searcher {
  readonly #file: IndexFile;
  readonly #sections: Uint32Array;
  readonly count: number;
  readonly pageCount: number;

  constructor(file: IndexFile) {
    this.#file = file;
    this.#sections = u32(file.table('sections'));
    this.count = this.#sections.length / 4;
    this.pageCount = u32(file.table('pages')).length / 2;
  }

  place(section: number): Place {
    const [page = 0, start = 0, end = 0, flags = 0] = this.#sections.subarray(section * 4, section * 4 + 4);
    return {
      page: this.#strings('page-paths').at(page),
      id: this.#strings('section-ids').at(section),
      titles: this.#strings('section-titles').at(section).split('\u0001'),
      item: (flags & 1) !== 0,
      unstable: (flags & 2) !== 0,
      sha256: this.#strings('page-hashes').at(page),
      start,
      end,
    };
  }

  /** Where the text of a section's page lies in the file of texts, bytes. */
  span(section: number): { readonly at: number; readonly bytes: number } {
    const page = this.#sections[section * 4] as number;
    const pages = u32(this.#file.table('pages'));
    return { at: pages[page * 2] as number, bytes: pages[page * 2 + 1] as number };
  }

  readonly #held = new Map<string, Strings>();
  #strings(name: string): Strings {
    let held = this.#held.get(name);
    if (held === undefined) {
      held = new Strings(this.#file, name);
      this.#held.set(name, held);
    }
    return held;
  }

  /** The section at `page.html` or `page.html#id`; null where there is none. */
  at(place: string): number | null {
    const found = this.#strings('places').find(place);
    return found < 0 ? null : (u32(this.#file.table('place-sections'))[found] as number);
  }

  readonly #asked = new Map<string, number>();
  /** The number of a word in the tables; -1 where no section has it. */
  #term(term: string): number {
    let index = this.#asked.get(term);
    if (index === undefined) {
      index = this.#strings('terms').find(term);
      this.#asked.set(term, index);
    }
    return index;
  }

  #startsOf: Uint32Array | null = null;
  get #starts(): Uint32Array {
    this.#startsOf ??= u32(this.#file.table('postings-at'));
    return this.#startsOf;
  }

  /** Sections that hold a word. */
  frequency(term: string): number {
    const index = this.#term(term);
    return index < 0 ? 0 : (this.#starts[index + 1] as number) - (this.#starts[index] as number);
  }

  /** How rare a word is, nats; null where no section has it. */
  idf(term: string): number | null {
    const many = this.frequency(term);
    // Words that are only said of namesakes are none of the documentation's.
    if (many === 0) return null;
    return Math.log(1 + (this.count - many + 0.5) / (many + 0.5));
  }

  /** The best sections for a question, best first. */
  search(question: string, most: number = 10, tuning: Tuning = tuned, allowed?: (section: number) => boolean): Hit[] {
    const asked = new Set(termsOf(question));
    // Cargo's book speaks of building, running and naming things in words that programs use of themselves.
    const aboutCargo = cargoWords.test(question);
    const cargo = aboutCargo ? null : this.matching(/^cargo\//);
    const admit = (section: number): boolean =>
      (cargo === null || !cargo(section)) && (allowed === undefined || allowed(section));
    const scores = new Float64Array(this.count);
    const held = new Float64Array(this.count);
    const best = new Float64Array(this.count);
    const touched = new Uint32Array(this.count);
    const said = new Float64Array(this.count);
    let whole = 0;
    for (const term of asked) {
      const own = this.idf(term);
      // A word that nobody uses is as rare as can be.
      const weight = own ?? Math.log(1 + (this.count + 0.5) / 0.5);
      whole += weight;
      let count = this.#score(term, 1, tuning, best, touched, 0);
      for (const other of synonymsOf(term))
        count = this.#score(other, tuning.synonym, tuning, best, touched, count, own ?? undefined);
      for (let at = 0; at < count; at += 1) {
        const section = touched[at] as number;
        scores[section] = (scores[section] as number) + (best[section] as number);
        held[section] = (held[section] as number) + weight;
        best[section] = 0;
      }
      this.#addSaid(term, weight, said);
    }
    return this.#best({ scores, held, said, whole }, most, tuning, this.#wording(question, tuning), admit);
  }

  #saidStartsOf: Uint32Array | null = null;
  /** Adds a word's weight to the items of whose namesakes it is said. */
  #addSaid(term: string, weight: number, into: Float64Array): void {
    const index = this.#term(term);
    if (index < 0) return;
    this.#saidStartsOf ??= u32(this.#file.table('said-at'));
    const from = (this.#saidStartsOf[index] as number) * saidBytes;
    const to = (this.#saidStartsOf[index + 1] as number) * saidBytes;
    const bytes = this.#file.part('said', from, to);
    for (let at = from; at < to; at += saidBytes) {
      const section =
        (bytes[at] as number) |
        ((bytes[at + 1] as number) << 8) |
        ((bytes[at + 2] as number) << 16) |
        ((bytes[at + 3] as number) << 24);
      into[section] = (into[section] as number) + (weight * (bytes[at + 4] as number)) / 9;
    }
  }

  /** What a question's form says about where its answer stands, a factor for each section. */
  #wording(question: string, tuning: Tuning): (section: number) => number {
    const pages = this.#priorsOf(tuning.priors);
    const pageOf = (section: number): number => this.#sections[section * 4] as number;
    if (asks.test(question)) {
      const chapters = this.#priorsOf(tuning.asked);
      return (section) => (pages[pageOf(section)] as number) * (chapters[pageOf(section)] as number);
    }
    const functions = this.matching(/\/fn\./);
    const owners = pagesNamedIn(question).map((pattern) => this.matching(pattern));
    return (section) => {
      const page = pages[pageOf(section)] as number;
      if (((this.#sections[section * 4 + 3] as number) & 1) === 0 && !functions(section)) return page;
      return page * tuning.described * (owners.some((owner) => owner(section)) ? tuning.owned : 1);
    };
  }

  readonly #priors = new Map<Tuning['priors'], Float64Array>();
  /** A factor for each page, by the longest start of its path. */
  #priorsOf(factors: Tuning['priors']): Float64Array {
    let byPage = this.#priors.get(factors);
    if (byPage === undefined) {
      const starts = Object.keys(factors).sort((a, b) => b.length - a.length);
      const paths = this.#strings('page-paths');
      byPage = Float64Array.from({ length: this.pageCount }, (_, page) => {
        const path = paths.at(page);
        const start = starts.find((one) => path.startsWith(one));
        return start === undefined ? 1 : (factors[start] as number);
      });
      this.#priors.set(factors, byPage);
    }
    return byPage;
  }

  readonly #masks = new Map<string, Uint8Array>();
  /** Whether the path of a section's page matches, looked up once a page. */
  matching(pattern: RegExp): (section: number) => boolean {
    let mask = this.#masks.get(pattern.source);
    if (mask === undefined) {
      const paths = this.#strings('page-paths');
      mask = Uint8Array.from({ length: this.pageCount }, (_, page) => (pattern.test(paths.at(page)) ? 1 : 0));
      this.#masks.set(pattern.source, mask);
    }
    const found = mask;
    return (section) => found[this.#sections[section * 4] as number] === 1;
  }

  #shapesOf: { readonly tuning: Tuning; readonly byField: Float64Array } | null = null;
  /** What a word in each field of each section counts: its weight over the field's length. */
  #shapes(tuning: Tuning): Float64Array {
    if (this.#shapesOf?.tuning === tuning) return this.#shapesOf.byField;
    const lengths = u32(this.#file.table('lengths'));
    const sums = new Array<number>(fieldCount).fill(0);
    for (let at = 0; at < lengths.length; at += 1)
      sums[at % fieldCount] = (sums[at % fieldCount] as number) + (lengths[at] as number);
    const mean = sums.map((sum) => Math.max(1, sum / this.count));
    const byField = new Float64Array(lengths.length);
    for (let section = 0; section < this.count; section += 1) {
      const weights = ((this.#sections[section * 4 + 3] as number) & 1) !== 0 ? tuning.itemWeights : tuning.weights;
      for (let field = 0; field < fieldCount; field += 1) {
        const at = section * fieldCount + field;
        const shape = 1 - tuning.b + (tuning.b * (lengths[at] as number)) / (mean[field] as number);
        byField[at] = (weights[field] as number) / shape;
      }
    }
    this.#shapesOf = { tuning, byField };
    return byField;
  }

  /** Raises the scores in `into` to this word's, notes the sections that had none, and returns how many are noted now. */
  #score(
    term: string,
    factor: number,
    tuning: Tuning,
    into: Float64Array,
    touched: Uint32Array,
    noted: number,
    bound?: number,
  ): number {
    const index = this.#term(term);
    if (index < 0) return noted;
    const from = this.#starts[index] as number;
    const to = this.#starts[index + 1] as number;
    const idf = Math.log(1 + (this.count - (to - from) + 0.5) / (to - from + 0.5));
    const rare = bound === undefined ? idf : Math.min(idf, bound);
    const shapes = this.#shapes(tuning);
    const bytes = this.#file.part('postings', from * postingBytes, to * postingBytes);
    let count = noted;
    for (let at = from * postingBytes; at < to * postingBytes; at += postingBytes) {
      const section =
        (bytes[at] as number) |
        ((bytes[at + 1] as number) << 8) |
        ((bytes[at + 2] as number) << 16) |
        ((bytes[at + 3] as number) << 24);
      let sum = 0;
      for (let field = 0; field < fieldCount; field += 1) {
        const times = bytes[at + 4 + field] as number;
        if (times !== 0) sum += times * (shapes[section * fieldCount + field] as number);
      }
      const score = (factor * rare * sum * (tuning.k1 + 1)) / (tuning.k1 + sum);
      const before = into[section] as number;
      if (score <= before) continue;
      if (before === 0) touched[count++] = section;
      into[section] = score;
    }
    return count;
  }

  #best(
    { scores, held, said, whole }: Sums,
    most: number,
    tuning: Tuning,
    prior: (section: number) => number,
    admit: (section: number) => boolean,
  ): Hit[] {
    const byPage = new Float64Array(this.pageCount);
    for (let section = 0; section < this.count; section += 1) {
      const page = this.#sections[section * 4] as number;
      if ((scores[section] as number) > (byPage[page] as number)) byPage[page] = scores[section] as number;
    }
    const hits: Hit[] = [];
    for (let section = 0; section < this.count; section += 1) {
      const own = scores[section] as number;
      const others = said[section] as number;
      if ((own === 0 && others === 0) || !admit(section)) continue;
      const flags = this.#sections[section * 4 + 3] as number;
      const page = byPage[this.#sections[section * 4] as number] as number;
      const coverage = whole === 0 ? 0 : Math.min(1, ((held[section] as number) + tuning.saidCover * others) / whole);
      const score =
        (own + tuning.saidMore * others + tuning.page * page) *
        Math.exp((tuning.said * others) / whole) *
        ((flags & 2) !== 0 ? tuning.unstable : 1) *
        prior(section) *
        coverage ** tuning.cover;
      const last = hits[most - 1];
      if (last !== undefined && score <= last.score) continue;
      const hit = { section, score, coverage };
      let at = Math.min(hits.length, most - 1);
      while (at > 0 && (hits[at - 1] as Hit).score < score) at -= 1;
      hits.splice(at, 0, hit);
      if (hits.length > most) hits.pop();
    }
    return hits;
  }

  /** Error codes by the words of a diagnostic, best first, with how alike the words are, 0 to 1. */
  codesOf(diagnostic: string, most: number = 3): CodeLikeness[] {
    this.#codes ??= new CodeWords(this.#strings('messages').all());
    return this.#codes.best(diagnostic, most).map((one) => {
      const page = `error_codes/${one.code}.html`;
      return this.at(page) === null ? one : { ...one, page };
    });
  }
  #codes: CodeWords | null = null;

  /** Sections of other books about an error code: those that show it failing first, then those that its page refers to. */
  rulesOf(code: string): number[] {
    const strings = this.#strings('rules');
    const found: { readonly kind: string; readonly section: number }[] = [];
    for (let index = 0; index < strings.length; index += 1) {
      const [owner, kind, place] = strings.at(index).split('\u0001') as [string, string, string];
      if (owner !== code) continue;
      const section = this.at(place) ?? this.at(place.split('#')[0] as string);
      if (section !== null) found.push({ kind, section });
    }
    const book = ({ section }: { section: number }): number =>
      ['reference', 'book', 'nomicon'].findIndex((name) => this.place(section).page.startsWith(name));
    return [
      ...new Set(
        found
          .sort((a, b) => (a.kind < b.kind ? 1 : a.kind > b.kind ? -1 : book(a) - book(b)))
          .map(({ section }) => section),
      ),
    ];
  }

  /** Items whose path ends like `path` (`Vec::swap_remove`, `swap_remove`, `std::mem::take`), the most fitting first. */
  items(path: string, most: number = 5): number[] {
    return itemsOf(path, this.#strings('items'), (section) => this.place(section)).slice(0, most);
  }

  #features: Set<string> | null = null;
  #phrases: readonly string[] = [];
  /**
   * Features of nightly compilers that a text names: by name, in its words one after another (`async drop`) unless a stable
   * section has them for its title, or by an item that only such a feature has.
   */
  featuresIn(text: string): string[] {
    if (this.#features === null) {
      const all = this.#strings('features').all();
      this.#features = new Set(all.filter((name) => name.includes('_')));
      this.#phrases = this.#strings('feature-phrases').all();
    }
    const names = this.#features;
    const words = [...new Set(text.match(/[A-Za-z_0-9]+/g) ?? [])];
    const found = words.map((word) => word.toLowerCase()).filter((word) => names.has(word));
    const terms = ` ${termsOf(text).join(' ')} `;
    found.push(
      ...this.#phrases.flatMap((line) => {
        const [name, phrase] = line.split('\u0001') as [string, string];
        return terms.includes(` ${phrase} `) ? [name] : [];
      }),
    );
    for (const word of words.filter((one) => /^[a-z][a-z0-9]*_[a-z0-9_]+$/.test(one))) {
      const items = this.items(word, 20);
      if (items.length > 0 && items.every((section) => this.place(section).unstable)) found.push(word);
    }
    return [...new Set(found)];
  }
}
