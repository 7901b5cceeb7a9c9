// Questions to an index: BM25F over sections, codes, item paths, diagnostics by their words. Reads tables alone; what becomes
// of an answer (whether it is shown, which sentences) is explain's work.
//
// BM25F: Robertson, Zaragoza, Taylor, "Simple BM25 extension to multiple weighted fields" (2004).
import { type IndexFile, Strings, u32 } from './format.ts';
import { templateOf } from './messages.ts';
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
  synonym: 0.9,
  page: 0.25,
  unstable: 0.6,
};

const cargoWords =
  /\b(?:cargo|crates?|dependenc\w+|depends? on|packages?|workspaces?|features?|publish\w*|lock ?file|manifest|registry|build scripts?|target directory|Cargo\.toml)\b/i;
const postingBytes = 9;
const fieldCount = 5;

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

  /** How rare a word is, nats; null where no section has it. */
  idf(term: string): number | null {
    const index = this.#term(term);
    if (index < 0) return null;
    const many = (this.#starts[index + 1] as number) - (this.#starts[index] as number);
    return Math.log(1 + (this.count - many + 0.5) / (many + 0.5));
  }

  /** The best sections for a question, best first. */
  search(question: string, most: number = 10, tuning: Tuning = tuned, allowed?: (section: number) => boolean): Hit[] {
    const asked = new Set(termsOf(question));
    const prior = this.#priorsOf(tuning);
    // Cargo's book speaks of building, running and naming things in words that programs use of themselves.
    const aboutCargo = cargoWords.test(question);
    const cargo = aboutCargo ? null : this.matching(/^cargo\//);
    const admit = (section: number): boolean =>
      (cargo === null || !cargo(section)) && (allowed === undefined || allowed(section));
    const scores = new Float64Array(this.count);
    const held = new Float64Array(this.count);
    const best = new Float64Array(this.count);
    const touched = new Uint32Array(this.count);
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
    }
    return this.#best(scores, held, whole, most, tuning, prior, admit);
  }

  #priors: { readonly tuning: Tuning; readonly byPage: Float64Array } | null = null;
  #priorsOf(tuning: Tuning): Float64Array {
    if (this.#priors?.tuning === tuning) return this.#priors.byPage;
    const starts = Object.keys(tuning.priors).sort((a, b) => b.length - a.length);
    const paths = this.#strings('page-paths');
    const byPage = Float64Array.from({ length: this.pageCount }, (_, page) => {
      const path = paths.at(page);
      const start = starts.find((one) => path.startsWith(one));
      return start === undefined ? 1 : (tuning.priors[start] as number);
    });
    this.#priors = { tuning, byPage };
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
    scores: Float64Array,
    held: Float64Array,
    whole: number,
    most: number,
    tuning: Tuning,
    prior: Float64Array,
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
      if (own === 0 || !admit(section)) continue;
      const flags = this.#sections[section * 4 + 3] as number;
      const page = byPage[this.#sections[section * 4] as number] as number;
      const coverage = whole === 0 ? 0 : (held[section] as number) / whole;
      const score =
        (own + tuning.page * page) *
        ((flags & 2) !== 0 ? tuning.unstable : 1) *
        (prior[this.#sections[section * 4] as number] as number) *
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
  codesOf(
    diagnostic: string,
    most: number = 3,
  ): { readonly code: string; readonly page: string; readonly likeness: number }[] {
    const { vectors, rare } = this.#messages();
    const own = vectorOf(diagnostic, rare);
    const norm = normOf(own);
    const best = new Map<string, { code: string; page: string; likeness: number }>();
    for (const { code, page, vector, norm: other } of vectors) {
      const likeness = norm * other === 0 ? 0 : dot(own, vector) / (norm * other);
      if (likeness > (best.get(code)?.likeness ?? 0))
        best.set(code, {
          code,
          page: this.at(`error_codes/${code}.html`) === null ? page : `error_codes/${code}.html`,
          likeness,
        });
    }
    return [...best.values()].sort((a, b) => b.likeness - a.likeness).slice(0, most);
  }

  #vectors: {
    readonly vectors: { code: string; page: string; vector: Map<string, number>; norm: number }[];
    readonly rare: (term: string) => number;
  } | null = null;
  #messages() {
    if (this.#vectors !== null) return this.#vectors;
    const strings = this.#strings('messages');
    const parts = strings.all().map((text) => text.split('\u0001') as [string, string, string]);
    const held = new Map<string, Set<string>>();
    for (const [code, , text] of parts) {
      for (const term of new Set(messageTerms(text))) held.set(term, (held.get(term) ?? new Set()).add(code));
    }
    const codes = new Set(parts.map(([code]) => code)).size;
    const rare = (term: string): number => Math.log(1 + codes / (1 + (held.get(term)?.size ?? 0)));
    const vectors = parts.map(([code, page, text]) => {
      const vector = vectorOf(text, rare);
      return { code, page, vector, norm: normOf(vector) };
    });
    this.#vectors = { vectors, rare };
    return this.#vectors;
  }

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
    const parts = path.replace(/\(\)$/, '').replace(/!$/, '').replace(/<.*>/g, '').split(/::|\./).filter(Boolean);
    const last = parts.at(-1)?.toLowerCase();
    if (last === undefined) return [];
    const strings = this.#strings('items');
    const found: { section: number; fit: number }[] = [];
    for (let at = lowerBound(strings, `${last}\u0001`); at < strings.length; at += 1) {
      const [name, number] = strings.at(at).split('\u0001') as [string, string];
      if (name !== last) break;
      const section = Number(number);
      found.push({ section, fit: this.#fit(section, parts) });
    }
    return found
      .filter(({ fit }) => fit > 0)
      .sort((a, b) => b.fit - a.fit || a.section - b.section)
      .slice(0, most)
      .map(({ section }) => section);
  }

  #fit(section: number, parts: readonly string[]): number {
    const { titles, page, unstable, item } = this.place(section);
    const whole = titles
      .join('::')
      .replace(/!$/, '')
      .replace(/^keyword /, '')
      .split('::');
    let same = 0;
    for (let back = 1; back <= parts.length; back += 1) {
      const [own, asked] = [whole.at(-back), parts.at(-back)];
      if (own === undefined || asked === undefined || own.toLowerCase() !== asked.toLowerCase()) break;
      same += own === asked ? 1 : 0.9;
    }
    if (
      same < parts.length * 0.9 &&
      !(parts.length > 1 && same >= parts.length - 1 && /^(?:std|core|alloc)$/.test(parts[0] as string))
    )
      return 0;
    const common = [
      'std/vec/',
      'std/option/',
      'std/result/',
      'std/string/',
      'std/iter/trait.Iterator',
      'std/primitive.str',
      'std/primitive.slice',
    ];
    return (
      same +
      (unstable ? -0.5 : 0) +
      (page.startsWith('std/') ? 0.2 : 0) +
      (item ? 0 : 0.1) +
      (common.some((start) => page.startsWith(start)) ? 0.05 : 0) -
      whole.length / 1000
    );
  }

  #features: Set<string> | null = null;
  /** Names of nightly features that a text holds. */
  featuresIn(text: string): string[] {
    this.#features ??= new Set(
      this.#strings('features')
        .all()
        .filter((name) => name.includes('_')),
    );
    const names = this.#features;
    return [...new Set(text.toLowerCase().match(/[a-z_0-9]+/g) ?? [])].filter((word) => names.has(word));
  }
}

function lowerBound(strings: Strings, wanted: string): number {
  let low = 0;
  let high = strings.length;
  const bytes = Buffer.from(wanted);
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (Buffer.compare(Buffer.from(strings.at(middle)), bytes) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Words and neighbouring pairs of a diagnostic without what is the user's own. */
function messageTerms(text: string): string[] {
  const words =
    templateOf(text)
      .toLowerCase()
      .match(/[a-z]+/g) ?? [];
  return [...words, ...words.slice(1).map((one, index) => `${words[index]} ${one}`)];
}

/** The message counts thrice, labels and notes once. */
function vectorOf(text: string, rare: (term: string) => number): Map<string, number> {
  const [message = '', ...rest] = text.split(' | ');
  const vector = new Map<string, number>();
  for (const [part, weight] of [
    [message, 3],
    [rest.join(' . '), 1],
  ] as const) {
    for (const term of new Set(messageTerms(part))) vector.set(term, (vector.get(term) ?? 0) + weight * rare(term));
  }
  return vector;
}

function dot(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): number {
  let sum = 0;
  for (const [term, value] of a) sum += value * (b.get(term) ?? 0);
  return sum;
}

function normOf(vector: ReadonlyMap<string, number>): number {
  let sum = 0;
  for (const value of vector.values()) sum += value * value;
  return Math.sqrt(sum);
}
