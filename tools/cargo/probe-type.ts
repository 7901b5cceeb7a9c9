// Asks the compiler for types in a crate that does not compile: questions are written into a copy of the source
// (tools/index/question.ts), rustc alone checks the unit, and the answers are read from its errors.
//
// Questions of one call share a run, since those put late do not disturb each other. What stays open is asked again:
// early, then in text whose broken syntax is out of the way. Nothing is written into the user's tree.
import { type Neutralised, neutralisations } from '../index/neutralise.ts';
import { type Insertion, type QuestionForm, question } from '../index/question.ts';
import { loadGrammar, SourceFile } from '../index/source.ts';
import type { Overlay, Worker } from '../sandbox/types.ts';
import { messagesIn, type RustcMessage } from './diagnostics.ts';
import { readExpected, readType, type TypeAnswer } from './type-answers.ts';
import type { RustcUnit } from './types.ts';
import { aloneArgv } from './units.ts';

export type { TypeAnswer } from './type-answers.ts';

export interface TypeRequest {
  /** Relative to the workspace root. */
  readonly file: string;
  /** Indices of the file's text, as `SourceFile` counts. */
  readonly start: number;
  readonly end: number;
  /** `type` (the default): of the expression or binding there; `expected`: what its context asks of it. */
  readonly want?: 'type' | 'expected';
}

export interface ProbeContext {
  readonly worker: Worker;
  readonly unit: RustcUnit;
  /** The state asked about. */
  readonly overlay: Overlay;
  source(file: string): SourceFile | null;
  readonly signal?: AbortSignal;
  /** Wall time of all runs of rustc together, ms. */
  readonly timeMs?: number;
}

/** Runs of rustc that one call may make; the last ones are for questions that disturbed each other. */
const mostRuns = 8;
const defaultTimeMs = 20_000;
/** So wide that no type is shortened or moved to a `long-type` file. */
const width = '1000000';

export async function probeType(context: ProbeContext, request: TypeRequest): Promise<TypeAnswer> {
  return (await probeTypes(context, [request]))[0] as TypeAnswer;
}

/** What the context expects at a place, whatever stands there now. */
export function expectedType(context: ProbeContext, request: Omit<TypeRequest, 'want'>): Promise<TypeAnswer> {
  return probeType(context, { ...request, want: 'expected' });
}

/** One answer a request, in their order. Throws only what the worker throws. */
export async function probeTypes(context: ProbeContext, requests: readonly TypeRequest[]): Promise<TypeAnswer[]> {
  await loadGrammar();
  const asking = new Asking(context, requests);
  const all = requests.map((_, index) => index);
  const wants = (want: 'type' | 'expected') => (index: number) => (requests[index]?.want ?? 'type') === want;
  for (let version = 0; version < asking.versions; version++) {
    await asking.run(all.filter(wants('type')), 'late', version);
    await asking.run(all.filter(wants('expected')), 'expected', version);
  }
  await asking.run(all.filter(wants('type')), 'early', asking.best);
  for (const index of all.filter(wants('expected')))
    if (asking.disturbed(index)) await asking.run([index], 'expected', asking.best);
  return all.map((index) => asking.answer(index));
}

/** The state of one call: which questions are open, and what was heard about them. */
class Asking {
  readonly versions: number;
  private readonly context: ProbeContext;
  private readonly requests: readonly TypeRequest[];
  private readonly repaired = new Map<string, Neutralised[]>();
  private readonly answers = new Map<number, TypeAnswer>();
  /** Why a question has no answer yet, the best reason so far. */
  private readonly reasons = new Map<number, TypeAnswer>();
  private readonly mixed = new Set<number>();
  private readonly ran: number[] = [];
  private runs = 0;
  private readonly deadline: number;

  constructor(context: ProbeContext, requests: readonly TypeRequest[]) {
    this.context = context;
    this.requests = requests;
    this.deadline = performance.now() + (context.timeMs ?? defaultTimeMs);
    for (const file of new Set(requests.map((request) => request.file))) {
      const source = context.source(file);
      const mine = requests.filter((request) => request.file === file);
      const keep = { start: Math.min(...mine.map((one) => one.start)), end: Math.max(...mine.map((one) => one.end)) };
      this.repaired.set(file, source === null ? [] : neutralisations(source, keep));
    }
    this.versions = 1 + Math.max(0, ...[...this.repaired.values()].map((list) => list.length));
  }

  answer(index: number): TypeAnswer {
    return (
      this.answers.get(index) ?? this.reasons.get(index) ?? { kind: 'undetermined', why: 'the compiler did not say' }
    );
  }

  disturbed(index: number): boolean {
    return this.mixed.has(index) && !this.answers.has(index);
  }

  /** The version nearest to the user's text whose types were checked. */
  get best(): number {
    return this.ran[0] ?? 0;
  }

  /** One run of rustc over the open ones of `indices`. */
  async run(indices: readonly number[], form: QuestionForm, version: number): Promise<void> {
    const open = indices.filter((index) => !this.answers.has(index));
    const timeMs = Math.ceil(this.deadline - performance.now());
    if (open.length === 0 || this.runs >= mostRuns || timeMs <= 0) return;
    const asked = this.write(open, form, version);
    if (asked.inside.size === 0) return;
    this.runs += 1;
    const { worker, unit, signal } = this.context;
    await worker.show(asked.overlay);
    const argv = [...aloneArgv(unit, `${worker.target}/rusta-probe`), `--diagnostic-width=${width}`];
    if (!argv.some((word) => word.startsWith('--cap-lints'))) argv.push('--cap-lints=allow');
    const result = await worker.exec(argv, {
      env: unit.env,
      timeMs,
      maxBytes: 64 * 1024 * 1024,
      ...(signal && { signal }),
    });
    const messages = messagesIn(result.stderr);
    let heard = false;
    for (const [index, place] of asked.inside) {
      const answer = form === 'expected' ? readExpected(messages, index) : readType(messages, index);
      if (answer?.kind === 'type' && !/\b__P\d/.test(answer.type)) this.answers.set(index, answer);
      else if (answer !== null) this.mixed.add(index);
      heard ||= answer !== null;
      if (answer?.kind === 'undetermined') this.reasons.set(index, answer);
      else if (!this.answers.has(index)) this.explain(index, place, messages, result.timedOut, asked.bytes);
    }
    // Errors with codes of the type checker show that it was reached even where no question was answered.
    if (heard || messages.some((each) => /^E0(308|599|282|609|605|277)$/.test(each.code?.code ?? ''))) {
      if (!this.ran.includes(version)) this.ran.push(version);
    }
  }

  /** Why nothing was heard: an error inside what was asked about, or one that ended the compiler early. */
  private explain(
    index: number,
    place: { file: string; start: number; end: number },
    messages: readonly RustcMessage[],
    timedOut: boolean,
    bytes: ReadonlyMap<string, SourceFile>,
  ): void {
    const file = bytes.get(place.file) as SourceFile;
    const errors = messages.filter((each) => each.level === 'error' && each.spans.length > 0);
    const within = errors.find((each) =>
      each.spans.some((span) => {
        if (!span.is_primary || !place.file.endsWith(span.file_name.replace(/^\.\//, ''))) return false;
        const { start, end } = file.range({ start: span.byte_start, end: span.byte_end });
        return place.start <= start && end <= place.end;
      }),
    );
    const fatal = errors.find((each) => each.code === null || each.code.code.startsWith('E07'));
    if (timedOut) this.reasons.set(index, { kind: 'blocked', why: 'rustc took too long' });
    else if (within !== undefined) {
      const open = within.code !== null && /^E028[23]$/.test(within.code.code);
      this.reasons.set(index, { kind: open ? 'undetermined' : 'blocked', why: within.message });
    } else if (!this.reasons.has(index)) {
      if (fatal !== undefined && this.ran.length === 0)
        this.reasons.set(index, { kind: 'blocked', why: fatal.message });
      else if (errors.length === 0)
        this.reasons.set(index, { kind: 'blocked', why: 'this target does not compile the place' });
    }
  }

  /** The state with the questions in it; a question that cannot be put is answered here. */
  private write(
    open: readonly number[],
    form: QuestionForm,
    version: number,
  ): {
    overlay: Overlay;
    inside: Map<number, { file: string; start: number; end: number }>;
    bytes: Map<string, SourceFile>;
  } {
    const overlay = new Map(this.context.overlay);
    const inside = new Map<number, { file: string; start: number; end: number }>();
    const bytes = new Map<string, SourceFile>();
    for (const [path, repairs] of this.repaired) {
      const source = this.context.source(path);
      const mine = open.filter((index) => this.requests[index]?.file === path);
      if (source === null) {
        for (const index of mine) this.answers.set(index, { kind: 'blocked', why: `there is no file ${path}` });
        continue;
      }
      const repair = version === 0 ? null : (repairs[Math.min(version, repairs.length) - 1] ?? null);
      const base = repair === null ? source : new SourceFile(path, repair.text);
      const insertions: (Insertion & { index: number })[] = [];
      for (const index of mine) {
        const request = this.requests[index] as TypeRequest;
        const start = repair === null ? request.start : repair.moved(request.start);
        const last = repair === null ? request.end - 1 : repair.moved(request.end - 1);
        if (start === null || last === null || last < start) {
          const why = request.end > request.start ? 'the place lies in broken syntax' : 'the place is empty';
          this.reasons.set(index, { kind: 'blocked', why });
          continue;
        }
        const asked = question(base, { start, end: last + 1 }, index, form);
        if ('blocked' in asked) {
          const refused = { kind: 'blocked', why: asked.blocked } as const;
          // Repaired text may read differently; only then is it worth asking again.
          if (this.versions === 1) this.answers.set(index, refused);
          else if (!this.reasons.has(index)) this.reasons.set(index, refused);
        } else if (form === 'expected' && asked.insertions.some((each) => overlaps(each, insertions))) {
          this.mixed.add(index);
        } else {
          insertions.push(...asked.insertions.map((each) => ({ ...each, index })));
        }
      }
      const written = insert(base.text, insertions);
      for (const [index, range] of written.ranges) inside.set(index, { file: path, ...range });
      if (repair !== null || insertions.length > 0) {
        overlay.set(path, Buffer.from(written.text));
        bytes.set(path, new SourceFile(path, written.text));
      }
    }
    return { overlay, inside, bytes };
  }
}

const overlaps = (one: Insertion, others: readonly Insertion[]): boolean =>
  others.some((other) => one.at < other.at + other.length && other.at < one.at + one.length);

/** Applies insertions in order; `ranges` holds, by question, where its text with all it encloses now lies. */
function insert(
  text: string,
  insertions: readonly (Insertion & { index: number })[],
): { text: string; ranges: Map<number, { start: number; end: number }> } {
  const sorted = [...insertions].sort((a, b) => a.at - b.at || a.order - b.order);
  const ranges = new Map<number, { start: number; end: number }>();
  let made = '';
  let at = 0;
  for (const each of sorted) {
    made += text.slice(at, each.at);
    const start = ranges.get(each.index)?.start ?? made.length;
    made += each.text;
    at = each.at + each.length;
    ranges.set(each.index, { start, end: made.length });
  }
  return { text: made + text.slice(at), ranges };
}
