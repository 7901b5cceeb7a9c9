// Error codes by the words of a diagnostic: cosine over words and neighbouring pairs, rare ones more, against what the compiler
// says about the failing blocks of the error index. Pure.
import { templateOf } from './messages.ts';

export interface CodeLikeness {
  readonly code: string;
  readonly page: string;
  /** 0 to 1. */
  readonly likeness: number;
}

interface Known {
  readonly code: string;
  readonly page: string;
  readonly vector: ReadonlyMap<string, number>;
  readonly norm: number;
}

export class CodeWords {
  readonly #known: readonly Known[];
  readonly #rare: (term: string) => number;

  /** `messages` as the index holds them: code, page and text, apart by U+0001. */
  constructor(messages: readonly string[]) {
    const parts = messages.map((text) => text.split('\u0001') as [string, string, string]);
    const held = new Map<string, Set<string>>();
    for (const [code, , text] of parts) {
      for (const term of new Set(messageTerms(text))) held.set(term, (held.get(term) ?? new Set()).add(code));
    }
    const codes = new Set(parts.map(([code]) => code)).size;
    this.#rare = (term) => Math.log(1 + codes / (1 + (held.get(term)?.size ?? 0)));
    this.#known = parts.map(([code, page, text]) => {
      const vector = vectorOf(text, this.#rare);
      return { code, page, vector, norm: normOf(vector) };
    });
  }

  /** Best first; a code once. */
  best(diagnostic: string, most: number): CodeLikeness[] {
    const own = vectorOf(diagnostic, this.#rare);
    const norm = normOf(own);
    const best = new Map<string, CodeLikeness>();
    for (const { code, page, vector, norm: other } of this.#known) {
      const likeness = norm * other === 0 ? 0 : dot(own, vector) / (norm * other);
      if (likeness > (best.get(code)?.likeness ?? 0)) best.set(code, { code, page, likeness });
    }
    return [...best.values()].sort((a, b) => b.likeness - a.likeness).slice(0, most);
  }
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
