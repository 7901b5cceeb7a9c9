// Is a golden entry still true? Its schema, the hashes of what it started from, its patch laid over that, and the compiler's
// word on the result. Running the repair again is `npm run eval -- golden`'s work.
import { RustaError } from '../../schemas/errors.ts';
import { sha256 } from '../../schemas/hash.ts';
import type { GoldenEntry } from '../../schemas/types.ts';
import { validate } from '../../schemas/validate.ts';

import { type Case, loneFile, type Texts } from './layout.ts';
import { Workbench } from './workbench.ts';

/** What is wrong with an entry by itself; nothing where it is whole. */
export function entryFaults({ name, meta, broken, kind }: Case): string[] {
  let entry: GoldenEntry;
  try {
    entry = validate('golden_entry', meta, name);
  } catch (error) {
    return [(error as Error).message];
  }
  const faults: string[] = [];
  for (const [path, bytes] of broken) {
    if (entry.snapshot[path] !== sha256(bytes)) faults.push(`${path} is not what the episode started from`);
  }
  for (const path of Object.keys(entry.snapshot)) if (!broken.has(path)) faults.push(`${path} is missing`);
  if (faults.length === 0) {
    try {
      patched(entry, broken, kind);
    } catch (error) {
      faults.push((error as Error).message);
    }
  }
  return faults;
}

/** The texts with the patch laid over them. Throws RustaError where it does not fit. */
export function patched({ patch, episode }: GoldenEntry, broken: Texts, kind: Case['kind']): Map<string, Uint8Array> {
  const after = new Map(broken);
  for (const { path, pre_sha256: before, post_sha256: then, edits } of patch?.files ?? []) {
    const own = kind === 'file' ? loneFile : path;
    let bytes = Buffer.from(broken.get(own) ?? new Uint8Array());
    const misfit = (why: string): RustaError =>
      new RustaError(`the patch of ${path} ${why}`, { code: 'entry-broken', op: 'entries', got: episode });
    if (sha256(bytes) !== before) throw misfit('is for another text');
    for (const { start, end, new: text } of edits.toSorted((a, b) => b.start - a.start)) {
      bytes = Buffer.concat([bytes.subarray(0, start), Buffer.from(text), bytes.subarray(end)]);
    }
    if (sha256(bytes) !== then) throw misfit('does not give what the episode proved');
    after.set(own, bytes);
  }
  return after;
}

/**
 * Whether what the patch makes still compiles, and passes as many tests as it did; nothing where it does. Only a patch that was
 * proved is held to it.
 */
export async function provePatch(one: Case, signal: AbortSignal): Promise<string[]> {
  const entry = validate('golden_entry', one.meta, one.name);
  if (entry.status !== 'fixed' && entry.status !== 'unsure') return [];
  const after = patched(entry, one.broken, one.kind);
  const bench = await Workbench.open(one.kind, after, { signal });
  try {
    const checked = await bench.check(after);
    const [error] = checked.diagnostics.filter(({ level }) => level === 'error');
    if (!checked.ok)
      return [`what its patch makes does not compile: ${error?.message ?? checked.failure?.message ?? 'unknown'}`];
    const then = entry.tests.after;
    if (then === null) return [];
    const report = await bench.tests(after);
    if (!report.built) return [`its tests do not build: ${report.failure?.message ?? 'unknown'}`];

    const [broken] = report.outcomes.filter(({ verdict }) => verdict !== 'passed' && verdict !== 'ignored');
    if (broken !== undefined && then.failed === 0) return [`its test ${broken.name} ${broken.verdict}`];
    const passed = report.outcomes.filter(({ verdict }) => verdict === 'passed').length;
    return passed < then.passed ? [`${passed} of its tests pass, where ${then.passed} did`] : [];
  } finally {
    await bench.close();
  }
}
