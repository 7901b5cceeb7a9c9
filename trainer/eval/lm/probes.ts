// The probes of a served model, run: held-out function bodies that it writes, and held-out lines that it fills in.
import type { Decoder } from '../../../engine/generate/decoder.ts';
import { generate } from '../../../engine/generate/generate.ts';
import { type InfillOrder, infillEnd, infillPrompt } from '../../../engine/model/infill.ts';
import { symbols } from '../../../engine/model/symbols.ts';
import { loadGrammar } from '../../../tools/index/source.ts';
import { type Answers, freshAnswers } from './answers.ts';
import {
  type BodyFigures,
  type BodyTask,
  type BodyVerdict,
  bodyFigures,
  bodyTasks,
  drawn,
  judgeBody,
} from './bodies.ts';
import { copiedLine, type LineKind, type LineTask, lineTasks } from './lines.ts';

/** A text that nothing was trained on. */
export interface HeldOut {
  readonly file: string;
  readonly text: string;
}

export interface ProbeOptions {
  readonly count: number;
  readonly seed: number;
  readonly signal?: AbortSignal;
  /** Where answers are kept; nowhere by default. */
  readonly answers?: Answers;
  onProgress?(done: number, of: number): void;
}

/** Twice the original's length and this many bytes more: a body that is not closed by then is not closed. */
const slack = 512;
/** Of the context at most is for what is written; what stands before it keeps the rest. */
const writtenShare = 0.75;
const bodyTemperature = 0.8;

const encoder = new TextEncoder();

export async function probeBodies(
  decoder: Decoder,
  texts: readonly HeldOut[],
  { count, seed, signal, answers = freshAnswers, onProgress }: ProbeOptions,
): Promise<BodyFigures & { readonly verdicts: readonly BodyVerdict[] }> {
  await loadGrammar();
  const tasks = drawn(
    texts.flatMap(({ file, text }) => bodyTasks(file, text)),
    count,
    seed,
  );
  const verdicts: BodyVerdict[] = [];
  for (const [index, task] of tasks.entries()) {
    onProgress?.(index, tasks.length);
    const parts = ['body', `${seed + index}`, task.prompt];
    const body = await answers.of(parts, () => writeBody(decoder, task, seed + index, signal));
    verdicts.push(judgeBody(task, body));
  }
  return { ...bodyFigures(tasks, verdicts), verdicts };
}

async function writeBody(
  decoder: Decoder,
  task: BodyTask,
  seed: number,
  signal: AbortSignal | undefined,
): Promise<string> {
  const most = Math.min(2 * Buffer.byteLength(task.body) + slack, Math.floor(decoder.config.context * writtenShare));
  const bytes: number[] = [];
  let open = true;
  const [done] = await generate(decoder, promptOf(task.prompt, decoder.config.context - most), {
    temperature: bodyTemperature,
    maxBytes: most,
    seed,
    constraint: 'utf8',
    // Nothing is asked for once the function has ended: every byte is refused, which ends the completion.
    mask: (completion) => {
      if (completion.length > bytes.length) {
        bytes.push(...completion.slice(bytes.length));
        if (bytes.at(-1) === 0x7d && judgeBody(task, Buffer.from(bytes).toString('utf8')).why === 'parsed')
          open = false;
      }
      return open ? null : nothing;
    },
    ...(signal === undefined ? {} : { signal }),
  });
  return Buffer.from(done?.bytes ?? []).toString('utf8');
}

const nothing = new Uint8Array(256);

/** A document's text before a place, as it was trained: after the document symbol where it fits, else its end alone. */
function promptOf(text: string, most: number): Uint8Array {
  const bytes = encoder.encode(text);
  if (bytes.length + 1 <= most) return Uint8Array.from([symbols.document, ...bytes]);
  return tail(bytes, most);
}

/** The last bytes, from the beginning of a line on where there is one. */
function tail(bytes: Uint8Array, most: number): Uint8Array {
  const cut = bytes.subarray(Math.max(0, bytes.length - most));
  const line = cut.indexOf(0x0a);
  return cut.length === bytes.length || line < 0 || line > most / 2 ? cut : cut.subarray(line + 1);
}

export interface LineFigures {
  readonly tasks: number;
  readonly exact: number;
  /** Exact matches of copying the line that follows the most similar one. */
  readonly copied: number;
  /** The same by kind of line. */
  readonly by: Readonly<
    Partial<Record<LineKind, { readonly tasks: number; readonly exact: number; readonly copied: number }>>
  >;
}

/**
 * Bytes around the hole that the model sees, more before than after, and bytes of a line at most; less in a short context. As much
 * as a part of a document held in training (collate/infill.ts): with more around it, fewer lines come out right.
 */
const before = 450;
const after = 250;
const longestLine = 160;

export async function probeLines(
  decoder: Decoder,
  texts: readonly HeldOut[],
  order: InfillOrder,
  { count, seed, signal, answers = freshAnswers, onProgress }: ProbeOptions,
): Promise<LineFigures> {
  const tasks = drawn(
    texts.flatMap(({ file, text }) => lineTasks(file, text)),
    count,
    seed,
  );
  const by: Partial<Record<LineKind, { tasks: number; exact: number; copied: number }>> = {};
  let exact = 0;
  let copied = 0;
  for (const [index, task] of tasks.entries()) {
    onProgress?.(index, tasks.length);
    const own = await answers.of(['line', task.prefix, task.suffix], () => fillLine(decoder, task, order, signal));
    const entry = by[task.kind] ?? { tasks: 0, exact: 0, copied: 0 };
    entry.tasks += 1;
    if (own.trim() === task.line) {
      exact += 1;
      entry.exact += 1;
    }
    if (copiedLine(task) === task.line) {
      copied += 1;
      entry.copied += 1;
    }
    by[task.kind] = entry;
  }
  return { tasks: tasks.length, exact, copied, by };
}

/** What the model puts into the hole, greedily, up to the line's end. */
export async function fillLine(
  decoder: Decoder,
  { prefix, suffix }: Pick<LineTask, 'prefix' | 'suffix'>,
  order: InfillOrder,
  signal?: AbortSignal,
): Promise<string> {
  const scale = Math.min(1, (decoder.config.context - 4) / (before + after + longestLine));
  const left = tail(encoder.encode(prefix), Math.floor(before * scale));
  const right = encoder.encode(suffix).subarray(0, Math.floor(after * scale));
  const prompt = Uint8Array.from([symbols.document, ...infillPrompt(left, right, order)]);
  const [done] = await generate(decoder, prompt, {
    maxBytes: Math.floor(longestLine * scale),
    stop: [0x0a, infillEnd],
    constraint: 'none',
    ...(signal === undefined ? {} : { signal }),
  });
  return Buffer.from(done?.bytes ?? []).toString('utf8');
}
