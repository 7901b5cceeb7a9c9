// The Sense state: what is wrong with the crate, what of it is in bounds, and what its tests said before.
import type { Diagnostic, Status, TestCount } from '../schemas/types.ts';
import { undeclaredCrates } from '../tools/cargo/lone-file.ts';
import type { TestVerdict } from '../tools/cargo/types.ts';
import { inTestCode } from './guard.ts';
import { loadProposers } from './propose.ts';
import { isBad, noTests, testCount, testKey } from './prove.ts';
import type { Recorder } from './recorder.ts';
import type { EpisodeResult } from './result.ts';
import { type SearchNode, start as startOf } from './search.ts';
import { CrateState } from './state.ts';
import type { UnitId } from './world.ts';

export interface Sensed {
  /** Set when there is nothing to search for. */
  readonly settled: { readonly status: Status; readonly reason: string } | null;
  readonly base: SearchNode | null;
  readonly units: readonly UnitId[];
  /** Why something is out of bounds, for the reason of an `unfixed`. */
  readonly notes: readonly string[];
  readonly testsBefore: TestCount;
  /** What each test said before, by its key; empty where they could not run. */
  readonly verdictsBefore: ReadonlyMap<string, TestVerdict>;
  readonly failingTests: EpisodeResult['failingTests'];
  readonly interrupted: boolean;
}

const nothing: Sensed = {
  settled: null,
  base: null,
  units: [],
  notes: [],
  testsBefore: null,
  verdictsBefore: new Map(),
  failingTests: [],
  interrupted: false,
};

export async function sense(recorder: Recorder): Promise<Sensed> {
  const { world } = recorder;
  const { subject } = world;
  const { facts, snapshot } = subject;
  const start = new CrateState(snapshot);
  if (facts.fetch) await fetchFirst(recorder, start);
  const check = await recorder.check(start);
  world.startClock();
  const { units, errors } = check;
  if (check.failure !== null) {
    const { kind, message, hint } = check.failure;
    const interrupted = kind === 'cancelled';
    const reason = hint === '' ? message : `${message}; ${hint}`;
    return { ...nothing, units, interrupted, settled: { status: interrupted ? 'unfixed' : 'refused', reason } };
  }
  const files = Object.fromEntries(snapshot.paths.map((path) => [path, snapshot.hash(path) as string]));
  recorder.emit({
    v: 1,
    type: 'sense',
    files,
    errors: [...errors],
    hidden: check.hidden ?? 0,
    warnings: check.warnings,
  });
  if (errors.length === 0) return { ...nothing, units, ...(await healthy(recorder, start)) };
  if (facts.check_only)
    return {
      ...nothing,
      units,
      settled: { status: 'unfixed', reason: `${errors.length + (check.hidden ?? 0)} error(s) to fix` },
    };

  await loadProposers();
  const notes: string[] = [];
  const undeclared = facts.kind === 'file' ? undeclaredCrates(errors) : [];
  if (undeclared.length > 0) {
    const message = `it uses ${undeclared.join(', ')}, and a lone file declares no dependencies: put it into a crate`;
    notes.push(message);
    recorder.emit({ v: 1, type: 'notice', level: 'warning', message });
  }
  const outside = outOfBounds(start, errors);
  notes.push(...outside.values());
  const base = { ...startOf(start, errors, new Set(outside.keys())), hidden: check.hidden ?? 0 };
  return { ...nothing, units, notes, base, ...(await testsBefore(recorder, start, errors, units)) };
}

async function fetchFirst(recorder: Recorder, state: CrateState): Promise<void> {
  const [answer] = await recorder.perform([{ state, action: { v: 1, tool: 'cargo_fetch', args: {} } }]);
  const came = (answer?.data.came ?? []) as string[];
  const message = came.length === 0 ? 'fetch: nothing was missing' : `fetched: ${came.join(', ')}`;
  recorder.emit({ v: 1, type: 'notice', level: 'info', message });
}

/** A crate that compiles: nothing to repair, but where it is asked for its failing tests are named. */
async function healthy(
  recorder: Recorder,
  state: CrateState,
): Promise<Pick<Sensed, 'settled' | 'testsBefore' | 'failingTests'>> {
  const clean = (reason: string): Sensed['settled'] => ({ status: 'clean', reason });
  if (!recorder.world.subject.facts.run_tests) {
    const { has_extras } = recorder.world.subject.facts;
    const reason = has_extras
      ? 'its library, programs and tests compile: nothing to repair (examples and benches are not looked at)'
      : 'it compiles: nothing to repair';
    return { settled: clean(reason), testsBefore: null, failingTests: [] };
  }
  const [report] = await recorder.tests([state]);
  const failing = report?.outcomes.filter(isBad) ?? [];
  return {
    settled: clean(
      failing.length === 0
        ? 'it compiles and its tests pass'
        : `it compiles; ${failing.length} test(s) fail (repairing logic is not claimed)`,
    ),
    testsBefore: report?.built === true ? testCount(report.outcomes) : null,
    failingTests: failing.map(({ name, target, verdict, output }) => ({ name, target: target.name, verdict, output })),
  };
}

/** Errors by id whose every primary span is where nothing may be edited, with the reason. */
export function outOfBounds(state: CrateState, errors: readonly Diagnostic[]): Map<string, string> {
  const out = new Map<string, string>();
  for (const error of errors) {
    const spans = error.spans.filter((span) => span.primary);
    const [first] = spans;
    if (first === undefined) continue;
    const unread = /^couldn't read `([^`]+)`.*: (stream did not contain valid UTF-8|Permission denied)/.exec(
      error.message,
    );
    if (unread !== null)
      out.set(
        error.id,
        `${unread[1]} ${unread[2] === 'Permission denied' ? 'cannot be read' : 'is not UTF-8'}, and rustc refuses it: nothing in it can be repaired`,
      );
    else if (spans.every((span) => state.source(span.file) === null)) out.set(error.id, outside(first.file));
    else if (spans.every((span) => inTests(state, span))) {
      out.set(error.id, `${first.file}:${first.line}: the error is inside a test, and tests are never edited`);
    }
  }
  return out;
}

/** Why a file that the compiler read is not among those that may be edited. */
function outside(file: string): string {
  if (file.startsWith('/')) return `${file} is outside of the crate, and so out of bounds: repair it where it belongs`;
  return `${file} is out of bounds: it is a symbolic link, generated, or in a package that was not asked for`;
}

function inTests(state: CrateState, span: Diagnostic['spans'][number]): boolean {
  if (/(^|\/)tests\//.test(span.file)) return true;
  const source = state.source(span.file);
  return source !== null && !source.root.hasError && inTestCode(source, source.range(span));
}

/** Tests can run before only where the libraries compile. */
async function testsBefore(
  recorder: Recorder,
  state: CrateState,
  errors: readonly Diagnostic[],
  units: readonly UnitId[],
): Promise<Pick<Sensed, 'testsBefore' | 'verdictsBefore'>> {
  const broken = errors.some((error) => error.target.kind === 'lib' || error.target.kind === 'proc-macro');
  const none = { testsBefore: null, verdictsBefore: new Map<string, TestVerdict>() };
  if (!recorder.world.subject.facts.has_tests) return { ...none, testsBefore: noTests };
  if (broken || !units.some((unit) => unit.kind === 'lib')) return none;
  const [report] = await recorder.tests([state]);
  if (report === undefined || report.outcomes.length === 0) return none;
  return {
    testsBefore: testCount(report.outcomes),
    verdictsBefore: new Map(report.outcomes.map((test) => [testKey(test), test.verdict])),
  };
}
