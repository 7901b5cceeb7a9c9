// Judges the state that a repair left: does it compile, do the hidden tests pass, does it print what the known fix
// prints. It never sees who made the state or what they claim of it.
import { type Facts, passed } from './facts.ts';
import { type Case, sameTexts, type Texts, withHidden } from './layout.ts';
import { Workbench } from './workbench.ts';

export interface Verdict {
  /** All targets, without the hidden tests. */
  readonly compiles: boolean;
  /** `none`: there are no hidden tests, or it does not compile. */
  readonly tests: 'pass' | 'fail' | 'none';
  /** Hidden and visible tests that pass on the known fix and not here. */
  readonly failing: readonly string[];
  /** `none`: nothing to compare with, or it does not compile. */
  readonly output: 'same' | 'different' | 'none';
  /** True or false where hidden tests or an output could tell; null where nothing could. */
  readonly right: boolean | null;
}

/** Whether anything of the case can tell a right repair from one that merely compiles. */
export function canTell(one: Case, facts: Facts): boolean {
  return one.hidden !== null || facts.output !== null;
}

export async function judge(one: Case, facts: Facts, state: Texts, signal: AbortSignal): Promise<Verdict> {
  const edition = facts.edition === null ? {} : { edition: facts.edition };
  const bench = await Workbench.open(one.kind, state, { signal, ...edition });
  try {
    return await judgeIn(bench, one, facts, state);
  } finally {
    await bench.close();
  }
}

/** `judge` in a sandbox that is open already, for many states of one case. */
export async function judgeIn(bench: Workbench, one: Case, facts: Facts, state: Texts): Promise<Verdict> {
  const wrong = canTell(one, facts) ? false : null;
  const bad: Verdict = { compiles: false, tests: 'none', failing: [], output: 'none', right: wrong };
  if (sameTexts(state, one.broken) || !(await bench.check(state)).ok) return bad;
  const printed = facts.output === null ? null : await bench.output(state);
  const same = JSON.stringify(printed) === JSON.stringify(facts.output);
  const output = facts.output === null ? 'none' : same ? 'same' : 'different';
  const { tests, failing } = await hiddenTests(one, facts, state, bench);
  const right = wrong === null ? null : tests !== 'fail' && output !== 'different';
  return { compiles: true, tests, failing, output, right };
}

async function hiddenTests(
  one: Case,
  facts: Facts,
  state: Texts,
  bench: Workbench,
): Promise<Pick<Verdict, 'tests' | 'failing'>> {
  if (one.hidden === null) return { tests: 'none', failing: [] };
  const report = await bench.tests(withHidden(state, one.hidden, one.kind));
  if (!report.built) return { tests: 'fail', failing: ['(the tests do not compile)'] };
  const passing = passed(report);
  if (facts.passing === null) {
    // Without a known fix all of them are expected to pass, and there has to be one.
    const failing = report.outcomes
      .filter(({ verdict }) => verdict !== 'passed' && verdict !== 'ignored')
      .map(({ name }) => name);
    return { tests: failing.length === 0 && passing.length > 0 ? 'pass' : 'fail', failing };
  }
  const failing = facts.passing.filter((name) => !passing.includes(name));
  return { tests: failing.length === 0 ? 'pass' : 'fail', failing };
}
