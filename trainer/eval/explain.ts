// How well `rusta explain` finds the section that answers a question, beside three simple ways to find one. Measuring alone:
// the questions are questions.ts's, the printing is cli/eval/explain.ts's.
import { type Signs, signNames, signsOf } from '../../tools/docs/confidence.ts';
import { explainQuestion, explainWords } from '../../tools/docs/explain.ts';
import type { Docs } from '../../tools/docs/index/open.ts';
import { termsOf } from '../../tools/docs/index/terms.ts';
import { accepts, kinds, type Question, type QuestionKind } from './questions.ts';

export interface Ranked {
  /** False where it says that it does not know. */
  readonly shown: boolean;
  /** Sections, the first one first. */
  readonly sections: readonly number[];
}

export interface Contender {
  readonly name: string;
  /** True where it names pages only: then any section of the page is right. */
  readonly pages: boolean;
  ask(question: Question): Ranked;
}

export interface Score {
  readonly kind: QuestionKind | 'all';
  readonly questions: number;
  readonly shown: number;
  readonly first: number;
  readonly three: number;
  /** Query times, ms. */
  readonly p50: number;
  readonly p95: number;
}

export function rusta(docs: Docs): Contender {
  return {
    name: 'rusta explain',
    pages: false,
    ask: ({ kind, text }) => {
      const { known, sections } = kind === 'diagnostics' ? explainWords(docs, text) : explainQuestion(docs, text);
      return { shown: known, sections };
    },
  };
}

export function score(
  docs: Docs,
  contender: Contender,
  questions: readonly Question[],
): { readonly scores: Score[]; readonly wrong: string[] } {
  const wrong: string[] = [];
  const rows = questions.map((question) => {
    const from = performance.now();
    const { shown, sections } = contender.ask(question);
    const ms = performance.now() - from;
    const right = sections.slice(0, 3).map((section) => {
      const place = docs.search.place(section);
      return contender.pages
        ? question.accept.some((accepted) => pageMatches(accepted, place.page))
        : accepts(question, place, docs.search);
    });
    const answerable = question.kind !== 'unanswerable';
    if (answerable ? !shown || right[0] !== true : shown) {
      const names = sections
        .slice(0, 3)
        .map((section) => `${docs.search.place(section).page}#${docs.search.place(section).id}`);
      wrong.push(`${question.id} ${shown ? 'shown' : 'declined'}: ${question.text.slice(0, 70)} → ${names.join(' ')}`);
    }
    return { kind: question.kind, shown, first: shown && right[0] === true, three: shown && right.includes(true), ms };
  });
  const scores = ([...kinds, 'all'] as const).map((kind): Score => {
    const own = rows.filter((row) => (kind === 'all' ? row.kind !== 'unanswerable' : row.kind === kind));
    const times = own.map(({ ms }) => ms).sort((a, b) => a - b);
    const many = (of: 'shown' | 'first' | 'three'): number => own.filter((row) => row[of]).length;
    return {
      kind,
      questions: own.length,
      shown: many('shown'),
      first: many('first'),
      three: many('three'),
      p50: times[times.length >> 1] ?? 0,
      p95: times[Math.floor(times.length * 0.95)] ?? 0,
    };
  });
  return { scores, wrong };
}

function pageMatches(accepted: string, page: string): boolean {
  const path = (accepted.split('#')[0] ?? '').replace(/[.+?^${}()|[\]\\]/g, '\\$&').replace(/\*/g, '[^/]*');
  return new RegExp(`^${path}$`).test(page);
}

/** Okapi BM25 over whole texts, no fields, no synonyms: what a search box does. */
class PlainBm25 {
  readonly #counts: Map<string, number>[] = [];
  readonly #frequency = new Map<string, number>();
  #length = 0;

  add(text: string): void {
    const counts = new Map<string, number>();
    for (const term of termsOf(text)) counts.set(term, (counts.get(term) ?? 0) + 1);
    for (const [term, count] of counts) {
      this.#frequency.set(term, (this.#frequency.get(term) ?? 0) + 1);
      this.#length += count;
    }
    this.#counts.push(counts);
  }

  /** Numbers of the best texts, as they were added. */
  best(question: string, most: number): number[] {
    const asked = new Set(termsOf(question));
    const mean = this.#length / this.#counts.length;
    return this.#counts
      .map((counts, index) => {
        let length = 0;
        for (const count of counts.values()) length += count;
        let sum = 0;
        for (const term of asked) {
          const times = counts.get(term) ?? 0;
          const held = this.#frequency.get(term) ?? 0;
          const rare = Math.log(1 + (this.#counts.length - held + 0.5) / (held + 0.5));
          sum += (rare * times * 2.2) / (times + 1.2 * (0.25 + (0.75 * length) / mean));
        }
        return { index, sum };
      })
      .filter(({ sum }) => sum > 0)
      .sort((a, b) => b.sum - a.sum)
      .slice(0, most)
      .map(({ index }) => index);
  }
}

/** Plain BM25 over pages, search by title, and what `rustc --explain` has: the error index's texts alone. */
export function baselines(docs: Docs): Contender[] {
  const firsts: number[] = [];
  const pages = new PlainBm25();
  const errors = new PlainBm25();
  const errorPages: number[] = [];
  const titles = new PlainBm25();
  let page = '';
  for (let section = 0; section < docs.search.count; section += 1) {
    const place = docs.search.place(section);
    titles.add(place.titles.join(' '));
    if (place.page === page) continue;
    page = place.page;
    firsts.push(section);
    const text = docs.pageText(section);
    pages.add(text);
    if (!page.startsWith('error_codes/E')) continue;
    errorPages.push(section);
    errors.add(text);
  }
  const always = (sections: readonly number[]): Ranked => ({ shown: sections.length > 0, sections });
  return [
    {
      name: 'BM25 over pages',
      pages: true,
      ask: ({ text }) => always(pages.best(text, 3).map((index) => firsts[index] as number)),
    },
    {
      name: 'rustc --explain, searched',
      pages: true,
      ask: ({ text }) => always(errors.best(text, 3).map((index) => errorPages[index] as number)),
    },
    { name: 'search by title', pages: false, ask: ({ text }) => always(titles.best(text, 3)) },
  ];
}

export interface Fit {
  readonly weights: Readonly<Record<keyof Signs | 'bias', number>>;
  /** Confidence from which an answer is shown, and what that does on the half it was set on. */
  readonly threshold: number;
}

/** A logistic model of "the first section is right" over the signs, by gradient descent; the threshold that declines least. */
export function fitConfidence(docs: Docs, questions: readonly Question[]): Fit {
  const rows = questions
    .filter(({ kind }) => kind !== 'diagnostics')
    .map((question) => {
      const hits = docs.search.search(question.text, 12);
      const [first] = hits;
      const right = first !== undefined && accepts(question, docs.search.place(first.section), docs.search);
      const signs = signsOf(docs.search, question.text, hits);
      return {
        signs: signNames.map((name) => signs[name]),
        right: right ? 1 : 0,
        answerable: question.kind !== 'unanswerable',
      };
    });
  const weights = [0, ...signNames.map(() => 0)];
  const guess = (signs: readonly number[]): number =>
    1 /
    (1 +
      Math.exp(
        -((weights[0] as number) + signs.reduce((sum, sign, index) => sum + sign * (weights[index + 1] as number), 0)),
      ));
  for (let step = 0; step < 20_000; step += 1) {
    const slope = weights.map((weight, index) => (index === 0 ? 0 : 0.002 * weight));
    for (const { signs, right } of rows) {
      const error = (guess(signs) - right) / rows.length;
      slope[0] = (slope[0] as number) + error;
      for (const [index, sign] of signs.entries()) slope[index + 1] = (slope[index + 1] as number) + error * sign;
    }
    for (const [index, by] of slope.entries()) weights[index] = (weights[index] as number) - 0.5 * by;
  }
  // Words and weights were chosen on this half, and on others more is below any threshold: half of the bound is spent here.
  const answerable = rows
    .filter((row) => row.answerable)
    .map(({ signs }) => guess(signs))
    .sort((a, b) => a - b);
  const threshold = answerable[Math.floor(answerable.length * 0.08)] ?? 0.5;
  const [bias = 0, ...rest] = weights;
  const named = Object.fromEntries(signNames.map((name, index) => [name, rest[index] ?? 0]));
  return { weights: { bias, ...named } as Fit['weights'], threshold };
}
