// How sure a ranking of sections is, from what can be seen of it. Pure. The numbers come from the odd questions of
// datasets/questions (`npm run eval -- explain --fit`); what they give on the even ones is in docs/EXPLAIN.md.
import { asks, type Hit, type Searcher } from './index/search.ts';
import { termsOf } from './index/terms.ts';

export const thresholds = {
  /** An answer to a question is shown from here on. */
  shown: 0.3,
  /** Likeness of a diagnostic's words to those about a code, from which it is taken for that code. */
  code: 0.45,
  /** From here on it is taken for that code whatever page the diagnostic refers to. */
  sureCode: 0.7,
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
  /** Words that nobody uses and that look like names: `Python`, `log4rs`, `par_iter`, or what stands after "with". */
  readonly names: number;
  /** 1 where only nightly compilers have what the best section is about. */
  readonly unstable: number;
  /** 1 for a sentence that asks, 0 for words that describe. */
  readonly sentence: number;
}

export const signNames: readonly (keyof Signs)[] = [
  'coverage',
  'margin',
  'strange',
  'strength',
  'names',
  'unstable',
  'sentence',
];

/** Weights of a logistic model over the signs. */
export const model: Readonly<Record<keyof Signs | 'bias', number>> = {
  bias: -3.11,
  coverage: 0.79,
  margin: 1.31,
  strange: -1.17,
  strength: 1.05,
  names: -1.49,
  unstable: -1.59,
  sentence: 0.46,
};

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
  if (first === undefined || whole === 0)
    return { coverage: 0, margin: 0, strange: 1, strength: 0, names: 0, unstable: 0, sentence: 0 };
  const { page, unstable } = search.place(first.section);
  const other = hits.find(({ section }) => search.place(section).page !== page);
  return {
    coverage: first.coverage,
    margin: other === undefined ? 0 : 1 - other.score / first.score,
    strange: strange / whole,
    strength: first.score / whole,
    names: unknownNames(search, question),
    unstable: unstable ? 1 : 0,
    sentence: asks.test(question) ? 1 : 0,
  };
}

/** Words that the documentation does not hold and that stand where names stand. */
function unknownNames(search: Searcher, question: string): number {
  let count = 0;
  for (const found of question.matchAll(
    /(?<before>\b(?:with|using|in|via|by|from|of|for)\s+(?:an?\s+|the\s+)?)?(?<word>[A-Za-z_][\w-]*)/g,
  )) {
    const { before, word } = found.groups as { before?: string; word: string };
    const unknown = termsOf(word).some((term) => search.frequency(term) === 0);
    const looks = found.index > 0 && /^[A-Z]|[a-z][A-Z]|_|\d/.test(word);
    if (unknown && (looks || before !== undefined)) count += 1;
  }
  return Math.min(2, count);
}

export function confidenceOf(search: Searcher, question: string, hits: readonly Hit[]): number {
  const signs = signsOf(search, question, hits);
  const sum = signNames.reduce((total, name) => total + model[name] * signs[name], model.bias as number);
  return 1 / (1 + Math.exp(-sum));
}
