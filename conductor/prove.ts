// Proof of a state that compiles: its tests, those that reach the change each alone, and benches and examples no worse.
// What the proof is worth as a number is confidence.ts's work.
import type { TestCount } from '../schemas/types.ts';
import type { TestOutcome, TestVerdict } from '../tools/cargo/types.ts';
import type { Contract } from './contract.ts';
import { reachingState } from './coverage.ts';
import type { Recorder } from './recorder.ts';
import type { SearchNode } from './search.ts';
import { CrateState } from './state.ts';
import type { CandidateFlag } from './types.ts';
import type { CheckData, TestData } from './world.ts';

export interface Evidence {
  /** `partial` when a test speaks against it: such a patch is never applied. */
  readonly status: 'fixed' | 'unsure' | 'partial';
  readonly reason: string;
  readonly tests: TestCount;
  /** Passing tests that bear on the change. */
  readonly covering: number;
  readonly knownFailing: readonly string[];
  /** One line for each flag of the steps. */
  readonly doubts: readonly string[];
  readonly risks: readonly string[];
}

export interface ProofContext {
  readonly contract: Contract;
  readonly recorder: Recorder;
  /** What each test said before, by its key; empty where they could not run. */
  readonly verdictsBefore: ReadonlyMap<string, TestVerdict>;
}

/** What a person has to look at, whatever compiles and passes. */
const doubtful: ReadonlySet<CandidateFlag> = new Set(['guesses', 'invents', 'removes']);
/** A flaky test has this many runs, and passes with all but one of them. */
const runsOfFlaky = 3;

export async function prove(node: Pick<SearchNode, 'state' | 'steps'>, context: ProofContext): Promise<Evidence> {
  const { contract, recorder, verdictsBefore } = context;
  const { facts } = recorder.world.subject;
  const risks: string[] = [];
  const base = {
    risks,
    knownFailing: [],
    doubts: [...new Set(node.steps.flatMap((step) => step.reasons))],
  };
  const refuse = (reason: string, tests: TestCount): Evidence => ({
    ...base,
    status: 'partial',
    reason,
    tests,
    covering: 0,
  });
  const status = node.steps.some(({ candidate }) => candidate.flags.some((flag) => doubtful.has(flag)))
    ? 'unsure'
    : 'fixed';

  if (facts.has_extras) {
    const worse = await extrasWorse(node.state, recorder);
    if (worse.length > 0) return refuse(`${worse.join(', ')} compiled before and would not`, null);
  }
  const untested = (): Evidence => {
    risks.push('no test covers the change');
    return { ...base, status, reason: 'it compiles; there are no tests', tests: noTests, covering: 0 };
  };
  if (!facts.has_tests) return untested();

  const coverage = reachingState(node.state);
  const [report, reached] = await recorder.tests(coverage === null ? [node.state] : [node.state, coverage]);
  if (report === undefined || report.failure !== null)
    return refuse(report?.failure?.message ?? 'the tests did not run', null);
  if (!report.built) return refuse('the tests do not compile', null);
  if (report.outcomes.length === 0 && report.unlisted.length === 0 && verdictsBefore.size === 0) return untested();

  const suspects = report.outcomes.filter((test) => {
    const before = verdictsBefore.get(testKey(test));
    // A test can print that it was ignored: one that passed before has to pass.
    return before === undefined ? isBad(test) : before === 'passed' && test.verdict !== 'passed';
  });
  const known = suspects.filter((test) => contract.knownFailing.includes(test.name));
  const unknown = suspects.filter((test) => !known.includes(test));
  const flaky = await passOften(node.state, unknown, recorder);
  const tests = testCount(report.outcomes, flaky);
  if (flaky.size > 0) risks.push(`flaky: ${[...flaky].join(', ')} (2 of 3 runs passed)`);
  const failing = unknown.filter((test) => !flaky.has(test.name));
  if (failing.length > 0)
    return refuse(`${describe(failing)} (${failing.length} of ${report.outcomes.length} tests)`, tests);
  const broken = report.unlisted.find((target) => target.code !== 0);
  if (broken !== undefined) return refuse(`test target ${broken.name} (own harness) exits with ${broken.code}`, tests);

  const bearing = reaching(report, reached, flaky);
  const unproved = await failAlone(node.state, bearing, flaky, recorder);
  if (unproved.length > 0) return refuse(`${describe(unproved)} when it runs alone`, tests);
  if (bearing.length === 0) risks.push('no test covers the change');
  const passed = `it compiles and ${tests.passed} test(s) pass`;
  return {
    ...base,
    status,
    reason:
      bearing.length === 0
        ? `${passed}, but none of them reaches the change`
        : `${passed}, ${bearing.length} of them reach the change`,
    tests,
    covering: bearing.length,
    knownFailing: known.map((test) => test.name),
  };
}

/** Passing tests that fail once the changed functions panic; all passing ones where that could not be run. */
function reaching(report: TestData, reached: TestData | undefined, flaky: ReadonlySet<string>): TestOutcome[] {
  const passing = report.outcomes.filter((test) => test.verdict === 'passed' || flaky.has(test.name));
  if (reached === undefined || !reached.built) return passing;
  const spared = new Set(reached.outcomes.filter((test) => test.verdict === 'passed').map(testKey));
  return passing.filter((test) => !spared.has(testKey(test)));
}

/** The tests among `bearing` that do not prove themselves in a process of their own. */
async function failAlone(
  state: CrateState,
  bearing: readonly TestOutcome[],
  flaky: ReadonlySet<string>,
  recorder: Recorder,
): Promise<TestOutcome[]> {
  if (bearing.length === 0) return [];
  const keys = new Set(bearing.map(testKey));
  const [alone] = await recorder.tests([state], { alone: true, only: bearing.map((test) => test.name) });
  const bad = alone?.outcomes.filter((test) => isBad(test) && keys.has(testKey(test)) && !flaky.has(test.name)) ?? [];
  const again = await passOften(state, bad, recorder);
  return bad.filter((test) => !again.has(test.name));
}

/** Names of the tests that pass in two of three runs, the failed one counted. */
async function passOften(
  state: CrateState,
  suspects: readonly TestOutcome[],
  recorder: Recorder,
): Promise<Set<string>> {
  // One that hangs or breaks its result line is not flaky but broken: then no other one is worth the time.
  if (suspects.some((test) => test.verdict !== 'failed')) return new Set();
  let names = suspects.map((test) => test.name);
  for (let attempt = 2; attempt <= runsOfFlaky && names.length > 0; attempt += 1) {
    const [report] = await recorder.tests([state], { alone: true, only: names, attempt });
    const passed = new Set(report?.outcomes.filter((test) => test.verdict === 'passed').map((test) => test.name));
    names = names.filter((name) => passed.has(name));
  }
  return new Set(names);
}

export function isBad(test: TestOutcome): boolean {
  return test.verdict !== 'passed' && test.verdict !== 'ignored';
}

/** Names a test over all targets of the workspace. */
export function testKey(test: TestOutcome): string {
  return `${test.target.package} ${test.target.kind} ${test.target.name} ${test.name}`;
}

/** Of code that holds none. */
export const noTests: NonNullable<TestCount> = { passed: 0, failed: 0, ignored: 0 };

export function testCount(
  outcomes: readonly TestOutcome[],
  flaky: ReadonlySet<string> = new Set(),
): NonNullable<TestCount> {
  const counted = { passed: 0, failed: 0, ignored: 0 };
  for (const test of outcomes) {
    if (test.verdict === 'passed' || flaky.has(test.name)) counted.passed += 1;
    else if (test.verdict === 'ignored') counted.ignored += 1;
    else counted.failed += 1;
  }
  return flaky.size === 0 ? counted : { ...counted, flaky: [...flaky] };
}

function describe(failing: readonly TestOutcome[]): string {
  const first = failing[0] as TestOutcome;
  const what = { failed: 'fails', hung: 'does not end', unproved: 'did not prove itself', passed: '', ignored: '' };
  return `test ${first.name} ${what[first.verdict]}`;
}

/** Benches and examples that compiled before and do not with the patch. */
async function extrasWorse(state: CrateState, recorder: Recorder): Promise<string[]> {
  const check = async (at: CrateState): Promise<CheckData> => {
    const [answer] = await recorder.perform([
      { state: at, action: { v: 1, tool: 'cargo_check', args: { state: at.id, scope: 'wide' } } },
    ]);
    return answer?.data as unknown as CheckData;
  };
  const broken = (data: CheckData): Set<string> =>
    new Set(
      data.errors.flatMap(({ target: { kind, name } }) =>
        kind === 'example' || kind === 'bench' ? [`${kind} ${name}`] : [],
      ),
    );
  const now = broken(await check(state));
  if (now.size === 0) return [];
  const before = await check(new CrateState(state.snapshot));
  // Where the library itself did not compile, nothing that uses it compiled before.
  if (before.errors.some((error) => error.target.kind === 'lib')) return [];
  const was = broken(before);
  return [...now].filter((name) => !was.has(name));
}
