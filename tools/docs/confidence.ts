// How sure a ranking of sections is, from what can be seen of it. Pure. The numbers come from the odd questions of
// datasets/questions (`npm run eval -- explain --fit`); what they give on the even ones is in docs/EXPLAIN.md.
import type { Hit, Searcher } from './index/search.ts';
import { termsOf } from './index/terms.ts';

export const thresholds = {
  /** An answer to a question is shown from here on. */
  shown: 0.308,
  /** Likeness of a diagnostic's words to those about a code, from which it is taken for that code. */
  code: 0.45,
  /** From here on the code is at least mentioned. */
  maybeCode: 0.3,
  /** Share of a diagnostic's words that a rule must hold. */
  rule: 0.25,
} as const;

export interface Signs {
  /** Share of the question's information that the best section holds. */
  readonly coverage: number;
  /** How much better it is than the best section of another page, relative. */
  readonly margin: number;
  /** Information of words that nobody uses, as a share. */
  readonly strange: number;
  /** Score for each nat of the question. */
  readonly strength: number;
}

/** Weights of a logistic model over the signs. */
export const model = { bias: -2.19, coverage: 0.4, margin: 1.18, strange: -2.36, strength: 1.1 } as const;

export function signsOf(search: Searcher, question: string, hits: readonly Hit[]): Signs {
  const rare = Math.log(search.count);
  let whole = 0;
  let strange = 0;
  for (const term of new Set(termsOf(question))) {
    const idf = search.idf(term);
    whole += idf ?? rare;
    if (idf === null) strange += rare;
  }
  const [first] = hits;
  if (first === undefined || whole === 0) return { coverage: 0, margin: 0, strange: 1, strength: 0 };
  const page = search.place(first.section).page;
  const other = hits.find(({ section }) => search.place(section).page !== page);
  return {
    coverage: first.coverage,
    margin: other === undefined ? 0 : 1 - other.score / first.score,
    strange: strange / whole,
    strength: first.score / whole,
  };
}

export function confidenceOf(search: Searcher, question: string, hits: readonly Hit[]): number {
  const signs = signsOf(search, question, hits);
  const sum =
    model.bias +
    model.coverage * signs.coverage +
    model.margin * signs.margin +
    model.strange * signs.strange +
    model.strength * signs.strength;
  return 1 / (1 + Math.exp(-sum));
}
