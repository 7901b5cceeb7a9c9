// The questions that `rusta explain` is judged by, and what it means to answer one. Reading and judging alone.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { Place, Searcher } from '../../tools/docs/index/search.ts';

export const kinds = ['diagnostics', 'language', 'items', 'unanswerable'] as const;
export type QuestionKind = (typeof kinds)[number];

export interface Question {
  readonly id: string;
  readonly kind: QuestionKind;
  readonly text: string;
  /** Sections that answer it; none for what the documentation does not say. */
  readonly accept: readonly string[];
  /** Thresholds are set on `tune` alone; figures are quoted from `quote`. */
  readonly half: 'tune' | 'quote';
}

export function readQuestions(folder: string): Question[] {
  return kinds.flatMap((kind) =>
    (parse(readFileSync(join(folder, `${kind}.yaml`), 'utf8')) as { id: string; q: string; accept?: string[] }[]).map(
      ({ id, q, accept = [] }): Question => ({
        id,
        kind,
        text: q,
        accept,
        half: Number(id.slice(1)) % 2 === 1 ? 'tune' : 'quote',
      }),
    ),
  );
}

/** A page stands for all of its sections, a section for those beneath it, `*` for any word of a path. */
export function accepts(question: Question, place: Place, search: Searcher): boolean {
  return question.accept.some((accepted) => {
    const [path = '', id] = accepted.split('#');
    const pattern = path.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replace(/\*/g, '[^/]*');
    if (!new RegExp(`^${pattern}$`).test(place.page)) return false;
    // `method.new-1` is the `new` of another impl block.
    if (id === undefined || place.id === id || place.id.replace(/-\d+$/, '') === id) return true;
    const above = search.at(`${place.page}#${id}`);
    return above !== null && search.place(above).titles.every((title, index) => place.titles[index] === title);
  });
}
