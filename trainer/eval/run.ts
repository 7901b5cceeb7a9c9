// Runs an evaluation: each case that is not done yet is attempted by the contender, judged, and recorded. What it learns
// on the way it tells by callbacks; printing is cli/'s work.
import { loadGrammar } from '../../tools/index/source.ts';
import { countLines, unifiedDiff } from '../../tools/patch/diff.ts';
import type { Contender } from './contenders/contender.ts';
import { type Facts, factsOf } from './facts.ts';
import { judge, type Verdict } from './judge.ts';
import type { Case, Texts } from './layout.ts';
import type { CaseRecord, Results } from './record.ts';
import { removedFrom } from './removed.ts';

/** Characters of a repair's diff that are kept in its record. */
const keptDiff = 20_000;

export interface EvaluationOptions {
  readonly contender: Contender;
  readonly toolchain: string;
  /** Cases worked on at the same time. */
  readonly jobs: number;
  readonly signal: AbortSignal;
  onRecord(record: CaseRecord): void;
}

/** Attempts, judges and records the cases that `results` lacks. Stops between two steps when `signal` aborts. */
export async function evaluate(cases: readonly Case[], results: Results, options: EvaluationOptions): Promise<void> {
  await loadGrammar();
  const queue = cases.filter((one) => !results.done(one.name, one.hash));
  const worker = async (): Promise<void> => {
    for (let one = queue.shift(); one !== undefined && !options.signal.aborted; one = queue.shift()) {
      const record = await recordOf(one, options);
      if (options.signal.aborted) return; // half judged is not judged
      await results.add(record);
      options.onRecord(record);
    }
  };
  await Promise.all(Array.from({ length: options.jobs }, worker));
}

async function recordOf(one: Case, { contender, toolchain, signal }: EvaluationOptions): Promise<CaseRecord> {
  const facts = await factsOf(one, toolchain, signal);
  const blank = blankRecord(one, facts);
  if (facts.excluded !== null || signal.aborted) return blank;
  const { kind, broken } = one;
  const attempt = await contender.attempt({ kind, broken, edition: facts.edition }, signal);
  if (signal.aborted) return blank;
  const verdict = await judge(one, facts, attempt.state, signal);
  const offered: Verdict | null = attempt.offered === null ? null : await judge(one, facts, attempt.offered, signal);
  const repaired = attempt.offered ?? attempt.state;
  const changes = changesOf(broken, repaired);
  const { status, reason, confidence, evidence, seconds, cargoRuns, candidates, candidatesBefore, proposers } = attempt;
  return {
    ...blank,
    status,
    reason,
    verdict,
    offered,
    confidence,
    evidence,
    lines: changes.length === 0 ? null : lineCount(broken, repaired),
    removed: removedFrom(broken, attempt.state),
    seconds,
    cargoRuns,
    candidates,
    candidatesBefore,
    proposers,
    diff: unifiedDiff(changes).slice(0, keptDiff),
  };
}

function blankRecord(one: Case, facts: Facts): CaseRecord {
  return {
    v: 1,
    case: one.name,
    hash: one.hash,
    group: one.group,
    half: one.half,
    recipe: one.meta.recipe ?? null,
    class: facts.class,
    code: facts.code,
    errors: facts.errors,
    excluded: facts.excluded,
    status: null,
    reason: null,
    verdict: null,
    offered: null,
    confidence: null,
    evidence: null,
    lines: null,
    removed: null,
    linesKnown: one.fixed === null ? null : lineCount(one.broken, one.fixed),
    seconds: null,
    cargoRuns: null,
    candidates: null,
    candidatesBefore: null,
    proposers: [],
    diff: '',
  };
}

function changesOf(before: Texts, after: Texts): { path: string; before: string; after: string }[] {
  const text = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? new Uint8Array()).toString('utf8');
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter((path) => path !== 'Cargo.lock')
    .map((path) => ({ path, before: text(before.get(path)), after: text(after.get(path)) }))
    .filter((change) => change.before !== change.after);
}

function lineCount(before: Texts, after: Texts): number {
  const { added, removed } = countLines(changesOf(before, after));
  return added + removed;
}
