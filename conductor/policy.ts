// The prior policy: candidates ranked by a small table of features and weights, no training. How the features are
// measured on one candidate is here too; what a proof adds to them is confidence.ts's.
import type { HabitRecord } from '../memory/habits.ts';
import { descendants, enclosing, type Node, type SourceFile } from '../tools/index/source.ts';
import { agreementOf } from './agreement.ts';
import { deedOf, habitOf } from './habits.ts';
import type { Candidate, LessonCount, Policy, RankContext } from './types.ts';
import { fitted } from './weights.ts';

/** One feature of a candidate and what a unit of it adds to the log-odds that the candidate is the right repair. */
export interface Weight {
  readonly feature: string;
  /** What it is without any fit, and what a fit is drawn to. weights.ts has the fitted one. */
  readonly prior: number;
  /** What is counted, and in which bounds. */
  readonly meaning: string;
  /** Where the weight came from. "Judged" weights wait for tuning on the development half of `npm run eval`. */
  readonly source: string;
}

/**
 * The table. Sizes are from 390 natural human errors with known fixes: 15% change 1-2 tokens, 14% 3-5, 21% 6-10, 28%
 * 11-25, 22% more; 30% touch one place, 36% two or three, 34% more. There are exponentially more large edits than small
 * ones, so a single large one is unlikely although large ones together are not: hence the logarithm.
 */
export const WEIGHTS: readonly Weight[] = [
  {
    feature: 'machine_applicable',
    prior: 1.4,
    meaning: '1 for a suggestion that the compiler calls MachineApplicable',
    source: 'natural errors: 8-13% compile by these alone, most of them rightly',
  },
  {
    feature: 'maybe_incorrect',
    prior: 0.5,
    meaning: '1 for a suggestion that the compiler calls MaybeIncorrect',
    source:
      'natural errors: all suggestions reach 22% compiling, 18% right: worth less than the machine-applicable ones',
  },
  {
    feature: 'has_placeholders',
    prior: -2.5,
    meaning: '1 for a suggestion whose text a person would have to fill in',
    source: 'by definition: it does not compile as it stands, or invents what it fills in',
  },
  {
    feature: 'order',
    prior: -0.35,
    meaning: "log2(1 + place in its proposer's own list), 0 to 5",
    source: 'judged: proposers give their best first, and a second draft is right about half as often',
  },
  {
    feature: 'tokens',
    prior: -0.45,
    meaning: 'log2(1 + tokens changed), one repeat of a repeated slip counted, 0 to 8',
    source: 'natural errors: tokens changed by the known fix, against the number of edits of each size',
  },
  {
    feature: 'places',
    prior: -0.15,
    meaning: 'log2(places touched), one repeat of a repeated slip counted, 0 to 5',
    source: 'natural errors: 30% in one place, 36% in two or three, 34% in more: nearly flat',
  },
  {
    feature: 'lines',
    prior: -0.25,
    meaning: 'log2(1 + lines that the edits add or remove), 0 to 6',
    source: 'natural errors: two thirds of the known fixes change three lines or fewer',
  },
  {
    feature: 'repeats',
    prior: 0.4,
    meaning: 'log2 of how often one slip is repaired at once, 0 to 4',
    source: 'judged: a slip that repeats is evidence for its repair',
  },
  {
    feature: 'at_primary',
    prior: 0.5,
    meaning: '1 when an edit touches a primary span of the diagnostic',
    source: 'judged: blind edits at the spans reach 40% compiling',
  },
  {
    feature: 'near_label',
    prior: 0.2,
    meaning: '1 when an edit touches another labelled span',
    source: 'judged: declarations that a label points at are the other half of the mistake',
  },
  {
    feature: 'far',
    prior: -0.8,
    meaning: '1 when no edit stands on a line of any span, errors of syntax apart',
    source: 'judged: the compiler names the place of most errors',
  },
  {
    feature: 'far_in_syntax',
    prior: -0.2,
    meaning: '1 the same, of an error of syntax',
    source: 'judged: where a brace is missing the parser notices it far behind',
  },
  {
    feature: 'trial_cost',
    prior: -0.3,
    meaning: 'how unlikely the slip is by its own proposer, 0 to 6 (repairs of syntax only)',
    source: 'judged: makes the drafts of several proposers of syntax comparable',
  },
  {
    feature: 'still_broken',
    prior: -1.0,
    meaning: '1 when the text has errors of syntax afterwards',
    source: 'judged: one slip leaves none',
  },
  {
    feature: 'similarity',
    prior: 2.0,
    meaning: 'likeness of the new name to the old one, 0 to 1 (names only)',
    source: 'judged: a typo keeps most of its letters',
  },
  {
    feature: 'agreement',
    prior: 1.0,
    meaning:
      'how far the types leave no other reading, 0 to 1; 1 where a probe shows that the type in place is the expected one',
    source: 'judged: found and expected type determine the conversion; answers of probes go before the proposer',
  },
  {
    feature: 'disagreement',
    prior: -1.5,
    meaning: '1 when a probe shows that what is put in place has another type than the expected one',
    source: 'by definition: it does not compile without a second change',
  },
  {
    feature: 'idiom',
    prior: 1.6,
    meaning: '1 when the code around shows the whole pattern that the repair is for',
    source: 'judged: an accumulator that a loop hands over is taken, not cloned; found on development cases',
  },
  {
    feature: 'agreed',
    prior: 0.6,
    meaning: 'other proposers that made the same text, 0 to 2',
    source: 'judged: independent votes',
  },
  {
    feature: 'likelihood',
    prior: 0.8,
    meaning:
      'nats by which the byte language model finds its text likelier than those compared with it, -8 to 8 (policy bytelm)',
    source: 'tuning half of a fault set: docs/S0.md',
  },
  {
    feature: 'literals',
    prior: -1.2,
    meaning: 'literal values that the text did not hold nearby, 0 to 3',
    source: 'natural errors: one fix in five brings in a new literal, out of very many possible ones',
  },
  {
    feature: 'signature',
    prior: -0.6,
    meaning: "1 when a function's parameters or result change",
    source: 'judged: callers depend on it, tests too',
  },
  {
    feature: 'public_signature',
    prior: -0.7,
    meaning: '1 more when that function is `pub`',
    source: 'judged: tests and other crates call it as it was',
  },
  {
    feature: 'qualified',
    prior: -1.5,
    meaning: '1 where a path is written out instead of imported',
    source: 'judged: people import, and code that is laid beside the repair expects it',
  },
  {
    feature: 'reorders',
    prior: -0.6,
    meaning: '1 where statements change places',
    source: 'judged: what runs first changes with them',
  },
  {
    feature: 'removes',
    prior: -3.5,
    meaning: '1 when it removes or deadens code',
    source: 'deleting the lines of errors compiles 298 of 311 error-index snippets and repairs none',
  },
  {
    feature: 'invents',
    prior: -3,
    meaning: '1 when it brings in behaviour without a source',
    source: 'the contract: such a result can be no more than `unsure`',
  },
  {
    feature: 'promises',
    prior: -1,
    meaning: '1 when it unwraps or expects a value where nothing did',
    source: 'judged: what leaves with `?` or by a pattern goes before what may panic',
  },
  {
    feature: 'unlikely',
    prior: -3,
    meaning: '1 when its own proposer calls it unlikely',
    source: 'by definition: behind all others',
  },
  {
    feature: 'worked_here',
    prior: 1.5,
    meaning: 'log2(1 + times this very candidate worked on this crate before), 0 to 3',
    source: 'lessons of earlier episodes',
  },
  {
    feature: 'failed_here',
    prior: -2,
    meaning: 'log2(1 + times this very candidate failed on this crate before), 0 to 3',
    source: 'lessons of earlier episodes',
  },
  {
    feature: 'kept_here',
    prior: 2,
    meaning: 'log2(1 + times such a repair of such an error was applied to this crate and kept), 0 to 3',
    source: "judged: the user's own style; kept three times, it goes before a suggestion that the compiler is sure of",
  },
  {
    feature: 'undone_here',
    prior: -4,
    meaning: 'log2(1 + times such a repair of such an error was taken back, or passed over for another), 0 to 3',
    source: 'by definition: what the user took back comes behind what was not tried yet, though it compiled',
  },
  {
    feature: 'proposer_record',
    prior: 0.8,
    meaning: 'log-odds of this proposer on this code and crate, (worked + 1) / (failed + 1), -2 to 2',
    source: 'lessons of earlier episodes, with one success and one failure assumed',
  },
];

/** Before any feature and any fit: a candidate out of some ten is right about half the time that one of them is. */
export const PRIOR_BIAS: number = -1;

/** Log-odds for each feature, and before any. */
export interface PolicyWeights {
  readonly bias: number;
  readonly weights: Readonly<Record<string, number>>;
}

export const priors: PolicyWeights = {
  bias: PRIOR_BIAS,
  weights: Object.fromEntries(WEIGHTS.map(({ feature, prior }) => [feature, prior])),
};

/** The fitted ones where there are any. */
export const weightsInForce: PolicyWeights = {
  bias: fitted.policy.bias ?? PRIOR_BIAS,
  weights: { ...priors.weights, ...fitted.policy.weights },
};

/** Ranks by the table above. */
export class PriorPolicy implements Policy {
  readonly name: string = 'prior';
  private readonly weights: PolicyWeights;
  private readonly habits: readonly HabitRecord[];

  constructor(weights: PolicyWeights = weightsInForce, habits: readonly HabitRecord[] = []) {
    this.weights = weights;
    this.habits = habits;
  }

  async rank(candidates: readonly Candidate[], context: RankContext): Promise<readonly number[]> {
    return candidates.map((candidate) => scoreOf(this.explain(candidate, context), this.weights));
  }

  explain(candidate: Candidate, context: RankContext): Readonly<Record<string, number>> {
    return features(candidate, context, this.habits);
  }
}

/** Log-odds of a set of features; names that the table does not know count nothing. */
export function scoreOf(
  measured: Readonly<Record<string, number>>,
  { bias, weights }: PolicyWeights = weightsInForce,
): number {
  let sum = bias;
  for (const { feature } of WEIGHTS) sum += (weights[feature] ?? 0) * (measured[feature] ?? 0);
  return Math.round(sum * 1e6) / 1e6;
}

/** The table as text for people, one line a weight: feature, weight in force, prior. */
export function weightTable(): string {
  const width = Math.max(...WEIGHTS.map(({ feature }) => feature.length));
  return WEIGHTS.map(({ feature, prior, meaning, source }) => {
    const now = weightsInForce.weights[feature] ?? prior;
    return `${feature.padEnd(width)} ${now.toFixed(2).padStart(6)} ${prior.toFixed(2).padStart(6)}  ${meaning} (prior: ${source})`;
  }).join('\n');
}

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
    // `&self` to `&mut self` changes what a method may do, and not how it is called.
    if (enclosing(source.nodeAt(range), 'self_parameter') !== null) continue;
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
