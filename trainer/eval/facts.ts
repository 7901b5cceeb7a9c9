// What is true of a case whoever repairs it: how it is broken, and whether its known fix and hidden tests can judge
// anything. Found once for each content and compiler, and kept beside the caches.
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RustaError } from '../../schemas/errors.ts';
import { shortHash } from '../../schemas/hash.ts';
import type { TaxonomyClass } from '../../schemas/types.ts';
import { isError } from '../../tools/cargo/causes.ts';
import type { TestReport } from '../../tools/cargo/types.ts';
import { cacheFolder } from '../../tools/sandbox/cache.ts';
import { type Case, withHidden } from './layout.ts';
import { type Output, Workbench } from './workbench.ts';

/** Changes whenever facts found by older code must not be believed. */
const factsVersion = 1;

export interface Facts {
  /** Of a lone file: the edition in which its known fix, or else its broken text, does best. */
  readonly edition: string | null;
  /** Code and class of the first root error. */
  readonly code: string | null;
  readonly class: TaxonomyClass | null;
  /** Root errors of the broken state. */
  readonly errors: number;
  /** Tests that pass on the known fix with the hidden ones laid over it: `target: name`. Null without a fix or hidden tests. */
  readonly passing: readonly string[] | null;
  /** What the known fix prints; null where there is nothing to compare with (no program, or it varies, or it hangs). */
  readonly output: Output | null;
  /** Why the case can judge nobody; null when it can. */
  readonly excluded: string | null;
}

/** The facts of a case; `toolchain` is the compiler's version. Never throws for what the case holds. */
export async function factsOf(one: Case, toolchain: string, signal: AbortSignal): Promise<Facts> {
  const folder = join(cacheFolder(), 'eval');
  const path = join(folder, `${shortHash(String(factsVersion), toolchain, one.hash)}.json`);
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Facts;
  } catch {
    // not known yet
  }
  const facts = await find(one, signal);
  if (signal.aborted) return facts;
  await mkdir(folder, { recursive: true });
  const draft = `${path}.${process.pid}`;
  await writeFile(draft, JSON.stringify(facts));
  await rename(draft, path);
  return facts;
}

const nothing: Facts = {
  edition: null,
  code: null,
  class: null,
  errors: 0,
  passing: null,
  output: null,
  excluded: null,
};

async function find(one: Case, signal: AbortSignal): Promise<Facts> {
  let bench: Workbench;
  try {
    bench = await Workbench.open(one.kind, one.fixed ?? one.broken, { signal });
  } catch (error) {
    if (!(error instanceof RustaError) || error.exit === 'refused' || error.exit === 'toolchain') throw error;
    return { ...nothing, excluded: `no project: ${error.message}` };
  }
  try {
    const { edition } = bench;
    const broken = await bench.check(one.broken);
    if (broken.failure !== null) return { ...nothing, edition, excluded: `cannot be built: ${broken.failure.message}` };
    const roots = broken.diagnostics.filter((each) => isError(each) && each.root === null);
    const [first] = roots;
    if (broken.ok || first === undefined) return { ...nothing, edition, excluded: 'the broken state compiles' };
    const facts = { ...nothing, edition, code: first.code, class: first.class, errors: roots.length };
    return { ...facts, ...(await ofFix(one, bench)) };
  } finally {
    await bench.close();
  }
}

/** What the known fix says, twice over: what differs between two runs of the same thing decides nothing. */
async function ofFix(one: Case, bench: Workbench): Promise<Pick<Facts, 'passing' | 'output' | 'excluded'>> {
  const { fixed, hidden, kind, meta } = one;
  const none = { passing: null, output: null };
  if (fixed === null) return { ...none, excluded: null };
  const compiled = await bench.check(fixed);
  if (!compiled.ok) {
    const error = compiled.diagnostics.find(isError)?.message ?? compiled.failure?.message ?? 'it does not build';
    return { ...none, excluded: `the known fix does not compile: ${error}` };
  }
  const compared = meta.compare_output !== false;
  const output = compared ? steady(await bench.output(fixed), await bench.output(fixed)) : null;
  if (hidden === null) return { passing: null, output, excluded: null };
  const judged = withHidden(fixed, hidden, kind);
  const passing: string[][] = [];
  for (let round = 0; round < 2; round += 1) {
    const report = await bench.tests(judged);
    if (!report.built) {
      const error = report.diagnostics.find(isError)?.message ?? report.failure?.message ?? 'they do not build';
      return { ...none, excluded: `the hidden tests do not compile on the known fix: ${error}` };
    }
    const bad = report.outcomes.filter(({ verdict }) => verdict !== 'passed' && verdict !== 'ignored');
    const hung = bad.filter(({ verdict }) => verdict === 'hung');
    if (round === 0 && hung.length > 0)
      return { ...none, excluded: `hidden tests hang on the known fix: ${names(hung)}` };
    if (round === 0 && bad.length > 0) {
      // A second look tells a failing test from a flaky one.
      const again = await bench.tests(judged);
      const flaky = bad.filter(({ name }) =>
        again.outcomes.some((other) => other.name === name && other.verdict === 'passed'),
      );
      const what =
        flaky.length > 0
          ? `hidden tests are flaky: ${names(flaky)}`
          : `hidden tests fail on the known fix: ${names(bad)}`;
      return { ...none, excluded: what };
    }
    if (bad.length > 0) return { ...none, excluded: `hidden tests are flaky: ${names(bad)}` };
    passing.push(passed(report));
  }
  const [first = [], second = []] = passing;
  if (first.length === 0) return { ...none, excluded: 'no hidden test runs' };
  if (first.join('\n') !== second.join('\n'))
    return { ...none, excluded: 'hidden tests are flaky: not the same ones each time' };
  return { passing: first, output, excluded: null };
}

/** Tests of a report that passed, sorted. */
export function passed(report: TestReport): string[] {
  return report.outcomes
    .filter(({ verdict }) => verdict === 'passed')
    .map(({ target, name }) => `${target.name}: ${name}`)
    .sort();
}

/** An output that two runs agree on, of programs that end. */
function steady(a: Output | null, b: Output | null): Output | null {
  if (a === null || JSON.stringify(a) !== JSON.stringify(b)) return null;
  return Object.values(a).some(({ code }) => code === null) ? null : a;
}

function names(outcomes: readonly { readonly name: string }[]): string {
  const [first = '', ...more] = outcomes.map(({ name }) => name);
  return more.length > 2 ? `${first} and ${more.length} more` : [first, ...more].join(', ');
}
