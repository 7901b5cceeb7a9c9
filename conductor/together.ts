// Several root causes repaired in one patch: which candidates fit beside each other, and which of them did their part when
// the compiler looked at all of them at once. Pure; checking is episode.ts's work.
import { shortHash } from '../schemas/hash.ts';
import type { Diagnostic, Edit } from '../schemas/types.ts';
import { phaseOf, phases } from '../tools/cargo/causes.ts';
import { enclosing, type SourceFile } from '../tools/index/source.ts';
import type { Ranked } from './search.ts';
import type { Candidate } from './types.ts';

/**
 * Those of several root causes that have nothing to do with each other: no two point at the same line, and none stands inside
 * a function whose signature another one is about. The earlier one stays.
 */
export function independent(
  errors: readonly Diagnostic[],
  source: (file: string) => SourceFile | null,
): readonly Diagnostic[] {
  const kept: Diagnostic[] = [];
  const reach = new Map(errors.map((error) => [error, reachOf(error, source)]));
  for (const error of errors) {
    const own = reach.get(error) ?? [];
    const meets = (other: Diagnostic): boolean =>
      (reach.get(other) ?? []).some((a) => own.some((b) => a.file === b.file && a.from <= b.to && b.from <= a.to));
    if (!kept.some(meets)) kept.push(error);
  }
  return kept;
}

interface Lines {
  readonly file: string;
  readonly from: number;
  readonly to: number;
}

/** The lines that an error points at; the whole function where its signature is among them. */
function reachOf({ spans }: Diagnostic, source: (file: string) => SourceFile | null): Lines[] {
  return spans.flatMap((span): Lines[] => {
    const lines = { file: span.file, from: span.line, to: span.end_line };
    const file = source(span.file);
    // A label over many lines says where something lies, not what is wrong.
    if (!span.primary && span.end_line > span.line) return [];
    if (file === null) return [lines];
    const range = file.range(span);
    const item = enclosing(file.nodeAt(range), 'function_item');
    const body = item?.childForFieldName('body');
    if (!item || !body || !span.primary || range.start >= body.startIndex) return [lines];
    return [{ file: span.file, from: item.startPosition.row + 1, to: item.endPosition.row + 1 }];
  });
}

/** One root cause, and the candidates that may end it, best first. */
export interface Part {
  readonly diagnostic: Diagnostic;
  readonly ranked: readonly Ranked[];
}

/** A candidate for each of several root causes: what stands at a part's place repairs that part; null where none does. */
export interface Joint {
  readonly chosen: readonly (Ranked | null)[];
  /** All of their edits; equal ones once. */
  readonly edits: readonly Edit[];
}

/** Puts the chosen candidates together; one that does not fit beside those before it is left out. */
export function join(chosen: readonly (Ranked | null)[]): Joint {
  const edits: Edit[] = [];
  const fitting = chosen.map((ranked) => {
    if (ranked === null) return null;
    const own = ranked.candidate.edits.filter((edit) => !edits.some((other) => same(edit, other)));
    if (own.some((edit) => edits.some((other) => overlap(edit, other)))) return null;
    edits.push(...own);
    return ranked;
  });
  return { chosen: fitting, edits };
}

/** How many repairs a joint is made of: candidates with the same edits are one. */
export function repairsIn({ chosen }: Joint): readonly Ranked[] {
  const found = new Map<string, Ranked>();
  for (const ranked of chosen) if (ranked !== null) found.set(ranked.candidate.id, ranked);
  return [...found.values()];
}

/** The joint as a candidate of its own, for the log. */
export function asCandidate(joint: Joint): Candidate {
  const repairs = repairsIn(joint);
  const edits = [...joint.edits].sort((a, b) =>
    a.file < b.file ? -1 : a.file > b.file ? 1 : a.start - b.start || a.end - b.end,
  );
  return {
    id: shortHash(...edits.flatMap((edit) => [edit.file, `${edit.start}`, `${edit.end}`, edit.text])),
    proposer: 'together',
    title: repairs.map(({ candidate }) => candidate.title).join('; '),
    edits,
    flags: [...new Set(repairs.flatMap(({ flags }) => flags))],
    features: {},
  };
}

/**
 * For each part, whether its error is gone and nothing new stands where its candidate edited, or says something else of the same
 * slip: an argument that was too many, taken away where another repair made room for it, is one too few.
 */
export function didTheirPart(
  parts: readonly Part[],
  joint: Joint,
  before: readonly Diagnostic[],
  after: readonly Diagnostic[],
): readonly boolean[] {
  if (after.length > 0 && earliest(after) < earliest(before)) return parts.map(() => false);
  const moved = movement(joint.edits);
  const now = new Set(after.map((error) => place(error, unmoved)));
  const fresh = freshErrors(joint, before, after);
  return parts.map(({ diagnostic }, index) => {
    const ranked = joint.chosen[index] ?? null;
    if (now.has(place(diagnostic, moved))) return false;
    const again = (error: Diagnostic): boolean =>
      error.code !== null && spot(error, unmoved) === spot(diagnostic, moved);
    return ranked !== null && !fresh.some((error) => again(error) || standsAt(error, ranked.candidate.edits, joint));
  });
}

/** Errors of the text after that were not there before. */
function freshErrors(joint: Joint, before: readonly Diagnostic[], after: readonly Diagnostic[]): readonly Diagnostic[] {
  const moved = movement(joint.edits);
  const old = new Set(before.map((error) => place(error, moved)));
  return after.filter((error) => !old.has(place(error, unmoved)));
}

const unmoved: Movement = (_, at) => at;

type Movement = (file: string, at: number) => number;

/** Where a byte offset of the text before stands in the text after. */
function movement(edits: readonly Edit[]): Movement {
  return (file, at) => {
    let shift = 0;
    for (const edit of edits) {
      if (edit.file !== file || edit.end > at || (edit.start === at && edit.end === at)) continue;
      shift += Buffer.byteLength(edit.text) - (edit.end - edit.start);
    }
    return at + shift;
  };
}

/** Names an error by what it says and where: the same name before and after, however the text around has moved. */
function place(error: Diagnostic, moved: Movement): string {
  return [error.message, spot(error, moved)].join('\0');
}

/** Names an error by its code and where it is. */
function spot({ code, spans }: Diagnostic, moved: Movement): string {
  const places = spans
    .filter((span) => span.primary)
    // The end moves with what stands before it alone: an edit within the span changes the text that is meant.
    .map((span) => `${span.file}:${moved(span.file, span.start)}`);
  return [code ?? '', ...places].join('\0');
}

/** Whether an error of the text after points into what one of these edits put there. */
function standsAt(error: Diagnostic, edits: readonly Edit[], joint: Joint): boolean {
  const moved = movement(joint.edits);
  return edits.some((edit) => {
    const start = moved(edit.file, edit.start);
    const end = start + Buffer.byteLength(edit.text);
    return error.spans.some(
      (span) => span.primary && span.file === edit.file && span.start <= end && span.end >= start,
    );
  });
}

function earliest(errors: readonly Diagnostic[]): number {
  return Math.min(...errors.map((error) => phases.indexOf(phaseOf(error))));
}

function same(a: Edit, b: Edit): boolean {
  return a.file === b.file && a.start === b.start && a.end === b.end && a.text === b.text;
}

/** Whether two edits share text, or insert at the same place: which of the two comes first would be a guess. */
function overlap(a: Edit, b: Edit): boolean {
  if (a.file !== b.file) return false;
  return (a.start < b.end && b.start < a.end) || a.start === b.start;
}
