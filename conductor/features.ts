// How the features of one candidate are measured, each within the bounds that the table of policy.ts names. Pure.
import type { HabitRecord } from '../memory/habits.ts';
import { descendants, enclosing, type Node, type SourceFile } from '../tools/index/source.ts';
import { agreementOf } from './agreement.ts';
import { familiarity } from './familiar.ts';
import { deedOf, habitOf } from './habits.ts';
import type { Candidate, LessonCount, RankContext } from './types.ts';

/** The features of one candidate, each within the bounds that the table names. Pure. */
export function features(
  candidate: Candidate,
  context: RankContext,
  habits: readonly HabitRecord[] = [],
): Record<string, number> {
  const own = candidate.features;
  const repeats = Math.max(1, own.repeats ?? 1);
  const size = sizeOf(candidate, context);
  const near = nearnessOf(candidate, context);
  const signature = signatureOf(candidate, context);
  const syntax = context.diagnostic.class === 'syntax';
  const types = agreementOf(candidate, context.observations);
  const natural = familiarity(candidate.edits, (file) => context.source(file));
  const measured: Record<string, number> = {
    machine_applicable: own.applicability === 3 ? 1 : 0,
    maybe_incorrect: own.applicability === 2 ? 1 : 0,
    has_placeholders: own.applicability === 0 ? 1 : 0,
    order: log2(1 + (own.order ?? 0), 5),
    tokens: log2(1 + size.tokens / repeats, 8),
    places: log2(Math.max(1, size.places / repeats), 5),
    lines: log2(1 + size.lines / repeats, 6),
    repeats: log2(repeats, 4),
    at_primary: near === 'primary' ? 1 : 0,
    near_label: near === 'label' ? 1 : 0,
    far: near === 'far' && !syntax ? 1 : 0,
    far_in_syntax: near === 'far' && syntax ? 1 : 0,
    trial_cost: bounded(own.prior ?? 0, 0, 6),
    still_broken: (own.syntax_damage ?? 0) > 0 ? 1 : 0,
    similarity: bounded(own.similarity ?? 0, 0, 1),
    agreement: types === 'unknown' ? bounded(own.agreement ?? 0, 0, 1) : Number(types === 'agrees'),
    disagreement: Number(types === 'differs'),
    idiom: bounded(own.idiom ?? 0, 0, 1),
    agreed: bounded(own.agreed ?? 0, 0, 2),
    literals: bounded(newLiterals(candidate, context), 0, 3),
    familiar: Math.round(natural.familiar * 1e4) / 1e4,
    novel: log2(1 + natural.novel, 3),
    clones: log2(1 + candidate.edits.filter(({ text }) => text.includes('.clone()')).length / repeats, 3),
    signature: signature === 'none' ? 0 : 1,
    public_signature: signature === 'public' ? 1 : 0,
    qualified: own.qualified === undefined ? 0 : 1,
    reorders: own.reorders === undefined ? 0 : 1,
    removes: candidate.flags.includes('removes') ? 1 : 0,
    invents: candidate.flags.includes('invents') ? 1 : 0,
    promises: candidate.edits.some(({ text }) => /\.(?:unwrap|expect)\(/.test(text)) ? 1 : 0,
    unlikely: candidate.flags.includes('unlikely') ? 1 : 0,
    ...lessonsOf(candidate, context),
    ...decisionsOn(candidate, context, habits),
  };
  return Object.fromEntries(Object.entries(measured).filter(([, value]) => value !== 0 && Number.isFinite(value)));
}

function bounded(value: number, low: number, high: number): number {
  return Number.isFinite(value) ? Math.min(high, Math.max(low, value)) : 0;
}

function log2(value: number, most: number): number {
  return Math.round(bounded(Math.log2(Math.max(1, value)), 0, most) * 1e4) / 1e4;
}

interface Size {
  readonly tokens: number;
  readonly places: number;
  readonly lines: number;
}

/** A token, roughly: a word or number, a string, or one other character. */
const TOKEN = /[\p{XID_Start}_][\p{XID_Continue}]*|\d[\w.]*|"(?:[^"\\]|\\.)*"|[^\s]/gu;

function sizeOf(candidate: Candidate, context: RankContext): Size {
  let tokens = 0;
  let lines = 0;
  const gone = candidate.edits.map((edit) => replaced(edit, context.source(edit.file)).trim());
  for (const edit of candidate.edits) {
    const old = replaced(edit, context.source(edit.file));
    const [before, after] = [old.match(TOKEN) ?? [], edit.text.match(TOKEN) ?? []];
    // What only changes its place is one change where it leaves and one where it arrives.
    const moved = (text: string, others: readonly string[]): boolean =>
      text.trim() !== '' && others.includes(text.trim());
    const arrives = old === '' && moved(edit.text, gone);
    const leaves =
      edit.text === '' &&
      moved(
        old,
        candidate.edits.map((other) => other.text.trim()),
      );
    tokens += arrives || leaves ? 1 : Math.max(1, different(before, after));
    lines += arrives || leaves ? 1 : Math.abs(edit.text.split('\n').length - old.split('\n').length);
  }
  return { tokens, places: candidate.edits.length, lines };
}

function replaced(edit: Candidate['edits'][number], source: SourceFile | null): string {
  return source === null ? '' : source.slice(source.range(edit));
}

/** Tokens outside the common beginning and end, on the larger side. */
function different(before: readonly string[], after: readonly string[]): number {
  let head = 0;
  while (head < before.length && head < after.length && before[head] === after[head]) head += 1;
  let tail = 0;
  const most = Math.min(before.length, after.length) - head;
  while (tail < most && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail += 1;
  return Math.max(before.length, after.length) - head - tail;
}

/** Whether the edits touch a primary span, another span, the line of one, or none. */
function nearnessOf(candidate: Candidate, context: RankContext): 'primary' | 'label' | 'line' | 'far' {
  let line = false;
  let label = false;
  for (const edit of candidate.edits) {
    const source = context.source(edit.file);
    const at = source === null ? 0 : source.lineOf(source.indexOfByte(edit.start)) + 1;
    for (const span of [...context.diagnostic.spans, ...context.diagnostic.notes.flatMap((note) => note.spans)]) {
      if (span.file !== edit.file) continue;
      if (edit.start <= span.end && span.start <= edit.end) {
        if (span.primary && context.diagnostic.spans.includes(span)) return 'primary';
        label = true;
      }
      if (at >= span.line && at <= span.end_line) line = true;
    }
  }
  return label ? 'label' : line ? 'line' : 'far';
}

const LITERAL = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)'|(?<![\w.])\d[\w.]*/gu;

/** Literals in the new text that stand nowhere in the file. */
function newLiterals(candidate: Candidate, context: RankContext): number {
  const fresh = new Set<string>();
  for (const edit of candidate.edits) {
    const source = context.source(edit.file);
    for (const literal of edit.text.match(LITERAL) ?? []) {
      const digits = literal.replace(/\.0+$/, '');
      if (source !== null && !source.text.includes(literal) && !replaced(edit, source).includes(digits))
        fresh.add(literal);
    }
  }
  return fresh.size;
}

/** Whether an edit lies in the parameters or the result of a function, and of a public one. */
function signatureOf(candidate: Candidate, context: RankContext): 'none' | 'private' | 'public' {
  let found: 'none' | 'private' | 'public' = 'none';
  for (const edit of candidate.edits) {
    const source = context.source(edit.file);
    if (source === null) continue;
    const range = source.range(edit);
    // `&self` to `&mut self` changes what a method may do, and a bound for which types, and not how it is called.
    if (enclosing(source.nodeAt(range), 'self_parameter') !== null || isBound(edit.text, source.nodeAt(range)))
      continue;
    for (let at: Node | null = source.nodeAt(range); at !== null; at = at.parent) {
      if (at.type !== 'function_item' && at.type !== 'function_signature_item') continue;
      const body = at.childForFieldName('body');
      const name = at.childForFieldName('name');
      if (name === null || range.start < name.endIndex || (body !== null && range.start >= body.startIndex)) break;
      const isPublic = descendants(at, 'visibility_modifier').some(
        (modifier) => modifier.startIndex === at?.startIndex,
      );
      if (isPublic) return 'public';
      found = 'private';
      break;
    }
  }
  return found;
}

function isBound(text: string, at: Node): boolean {
  if (/^\s*(?:where\b|\+\s*['?\w])/.test(text)) return true;
  return ['type_parameters', 'where_clause'].some((type) => enclosing(at, type) !== null);
}

function lessonsOf(candidate: Candidate, context: RankContext): Record<string, number> {
  const of = (lessons: readonly LessonCount[]): { worked: number; failed: number } => ({
    worked: lessons.reduce((sum, lesson) => sum + lesson.worked, 0),
    failed: lessons.reduce((sum, lesson) => sum + lesson.failed, 0),
  });
  const deed = deedOf(context.diagnostic, candidate);
  const same = of(context.lessons.filter((lesson) => lesson.candidate === deed));
  const kin = of(
    context.lessons.filter(
      (lesson) =>
        lesson.candidate !== deed && lesson.proposer === candidate.proposer && lesson.code === context.diagnostic.code,
    ),
  );
  return {
    worked_here: log2(1 + same.worked, 3),
    failed_here: log2(1 + same.failed, 3),
    proposer_record: bounded(Math.log((kin.worked + 1) / (kin.failed + 1)), -2, 2),
  };
}

/** What the user did with such a repair of such an error before. */
function decisionsOn(
  candidate: Candidate,
  context: RankContext,
  habits: readonly HabitRecord[],
): Record<string, number> {
  if (habits.length === 0) return {};
  const { situation, shape } = habitOf(context.diagnostic, candidate.edits);
  const known = habits.find((habit) => habit.situation === situation && habit.shape === shape);
  if (known === undefined) return {};
  return { kept_here: log2(1 + known.kept, 3), undone_here: log2(1 + known.undone + known.refused, 3) };
}
