// Proof of a state that compiles: its tests, those that reach the change each alone, and benches and examples no worse.
// What the proof is worth as a number is confidence.ts's work.
import type { Observation, TestCount } from '../schemas/types.ts';
import type { TestOutcome } from '../tools/cargo/types.ts';
import type { Contract } from './contract.ts';
import { reachingState } from './coverage.ts';
import type { SearchNode } from './search.ts';
import { CrateState } from './state.ts';
import type { Call, CheckData, TestData, World } from './world.ts';

export interface Evidence {
  /** `partial` when a test speaks against it: such a patch is never applied. */
  readonly status: 'fixed' | 'unsure' | 'partial';
  readonly reason: string;
  readonly tests: TestCount;
  /** Tests that reach the change; null when that could not be found out, and all were taken. */
  readonly reaching: number | null;
  /** Passing tests that bear on the change. */
  readonly covering: number;
  readonly knownFailing: readonly string[];
  /** Other candidates for the same error that compile too. */
  readonly alternatives: number;
  /** One line for each flag of the steps. */
  readonly doubts: readonly string[];
  readonly risks: readonly string[];
  readonly cargoRuns: number;
}

export interface ProofContext {
  readonly contract: Contract;
  readonly world: World;
  readonly testsBefore: TestCount;
  /** `target name` of the tests that did not pass before. */
  readonly failedBefore: ReadonlySet<string>;
  readonly alternatives: number;
  perform(calls: readonly Call[]): Promise<readonly Observation[]>;
}

/** A flaky test has this many runs, and passes with all but one of them. */
const runsOfFlaky = 3;

export async function prove(node: SearchNode, context: ProofContext): Promise<Evidence> {
  const { contract, world } = context;
  const doubts = [...new Set(node.steps.flatMap((step) => step.reasons))];
  const risks: string[] = [];
  let cargoRuns = 0;
  const base = { alternatives: context.alternatives, doubts, risks, knownFailing: [] as string[] };
  const refuse = (reason: string, tests: TestCount): Evidence => ({
    ...base,
    status: 'partial',
    reason,
    tests,
    reaching: null,
    covering: 0,
    cargoRuns,
  });

  if (world.subject.facts.has_extras) {
    const worse = await extrasWorse(node.state, context);
    cargoRuns += worse.cargoRuns;
    if (worse.names.length > 0) return refuse(`${worse.names.join(', ')} compiled before and would not`, null);
  }
  const flagged = node.steps.some(
    (step) => step.candidate.flags.includes('invents') || step.candidate.flags.includes('removes'),
  );
  if (!world.subject.facts.has_tests) {
    risks.push('no test covers the change');
    return {
      ...base,
      status: flagged ? 'unsure' : 'fixed',
      reason: 'it compiles; there are no tests',
      tests: { passed: 0, failed: 0, ignored: 0 },
      reaching: 0,
      covering: 0,
      cargoRuns,
    };
  }

  const run = async (calls: readonly Call[]): Promise<TestData[]> => {
    const answers = await context.perform(calls);
    const data = answers.map((answer) => answer.data as unknown as TestData);
    for (const one of data) cargoRuns += one.cargo_runs;
    return data;
  };
  const coverage = reachingState(node.state);
  const [report, reached] = await run([
    testCall(node.state, {}),
    ...(coverage === null ? [] : [testCall(coverage, {})]),
  ]);
  if (report === undefined || report.failure !== null)
    return refuse(report?.failure?.message ?? 'the tests did not run', null);
  if (!report.built) return refuse('the tests do not compile', null);

  const suspects = report.outcomes.filter((test) => bad(test) && !context.failedBefore.has(key(test)));
  const known = suspects.filter((test) => contract.knownFailing.includes(test.name));
  const flaky = await reruns(
    node.state,
    suspects.filter((test) => !known.includes(test)),
    run,
  );
  const tests = count(report.outcomes, flaky);
  if (flaky.size > 0) risks.push(`flaky: ${[...flaky].join(', ')} (2 of 3 runs passed)`);
  const failing = suspects.filter((test) => !known.includes(test) && !flaky.has(test.name));
  if (failing.length > 0)
    return refuse(`${describe(failing)} (${failing.length} of ${report.outcomes.length} tests)`, tests);
  const broken = report.unlisted.filter((target) => target.code !== 0);
  if (broken.length > 0)
    return refuse(`test target ${broken[0]?.name} (own harness) exits with ${broken[0]?.code}`, tests);

  const passing = report.outcomes.filter((test) => test.verdict === 'passed');
  const known_reach = coverage !== null && reached?.built === true;
  const bearing = known_reach
    ? passing.filter(
        (test) => !reached.outcomes.some((other) => key(other) === key(test) && other.verdict === 'passed'),
      )
    : passing;
  if (bearing.length > 0) {
    const [alone] = await run([testCall(node.state, { alone: true, only: bearing.map((test) => test.name) })]);
    const unproved =
      alone?.outcomes.filter(
        (test) => bad(test) && bearing.some((other) => key(other) === key(test)) && !flaky.has(test.name),
      ) ?? [];
    const again = await reruns(node.state, unproved, run);
    const still = unproved.filter((test) => !again.has(test.name));
    if (still.length > 0) return refuse(`${describe(still)} when it runs alone`, tests);
  }
  if (bearing.length === 0) risks.push('no test covers the change');
  return {
    ...base,
    status: flagged ? 'unsure' : 'fixed',
    reason:
      bearing.length === 0
        ? 'it compiles and its tests pass, but none of them reaches the change'
        : `it compiles and ${tests.passed} test(s) pass, ${bearing.length} of them reach the change`,
    tests,
    reaching: known_reach ? bearing.length : null,
    covering: bearing.length,
    knownFailing: known.map((test) => test.name),
    cargoRuns,
  };
}

function testCall(state: CrateState, args: Record<string, unknown>): Call {
  return { state, action: { v: 1, tool: 'cargo_test', args: { state: state.id, ...args } } };
}

function bad(test: TestOutcome): boolean {
  return test.verdict !== 'passed' && test.verdict !== 'ignored';
}

function key(test: TestOutcome): string {
  return `${test.target.name} ${test.name}`;
}

function describe(failing: readonly TestOutcome[]): string {
  const first = failing[0] as TestOutcome;
  const what = { failed: 'fails', hung: 'does not end', unproved: 'did not prove itself', passed: '', ignored: '' }[
    first.verdict
  ];
  return `test ${first.name} ${what}`;
}

/** Names of the tests that pass in two of three runs. */
async function reruns(
  state: CrateState,
  suspects: readonly TestOutcome[],
  run: (calls: readonly Call[]) => Promise<TestData[]>,
): Promise<Set<string>> {
  const open = suspects.filter((test) => test.verdict === 'failed');
  if (open.length === 0 || open.length !== suspects.length) return new Set();
  const passes = new Map<string, number>();
  for (let attempt = 2; attempt <= runsOfFlaky; attempt += 1) {
    const names = open.map((test) => test.name).filter((name) => attempt === 2 || passes.has(name));
    if (names.length === 0) break;
    const [report] = await run([testCall(state, { alone: true, only: names, attempt })]);
    for (const test of report?.outcomes ?? [])
      if (test.verdict === 'passed') passes.set(test.name, (passes.get(test.name) ?? 0) + 1);
  }
  return new Set([...passes].filter(([, count]) => count >= runsOfFlaky - 1).map(([name]) => name));
}

function count(outcomes: readonly TestOutcome[], flaky: ReadonlySet<string>): NonNullable<TestCount> {
  const counted = { passed: 0, failed: 0, ignored: 0 };
  for (const test of outcomes) {
    if (test.verdict === 'passed' || flaky.has(test.name)) counted.passed += 1;
    else if (test.verdict === 'ignored') counted.ignored += 1;
    else counted.failed += 1;
  }
  return flaky.size === 0 ? counted : { ...counted, flaky: [...flaky] };
}

/** Benches and examples that compiled before and do not with the patch. */
async function extrasWorse(state: CrateState, context: ProofContext): Promise<{ names: string[]; cargoRuns: number }> {
  const check = async (at: CrateState): Promise<CheckData> => {
    const [answer] = await context.perform([
      { state: at, action: { v: 1, tool: 'cargo_check', args: { state: at.id, scope: 'wide' } } },
    ]);
    return (answer as Observation).data as unknown as CheckData;
  };
  const broken = (data: CheckData): Set<string> =>
    new Set(
      data.errors
        .filter((error) => error.target.kind === 'example' || error.target.kind === 'bench')
        .map((error) => `${error.target.kind} ${error.target.name}`),
    );
  const after = await check(state);
  const now = broken(after);
  if (now.size === 0) return { names: [], cargoRuns: after.cargo_runs };
  const before = await check(new CrateState(state.snapshot));
  const was = broken(before);
  // Where the library itself did not compile, nothing that uses it compiled before.
  const lib = before.errors.some((error) => error.target.kind === 'lib');
  return {
    names: lib ? [] : [...now].filter((name) => !was.has(name)),
    cargoRuns: after.cargo_runs + before.cargo_runs,
  };
}
