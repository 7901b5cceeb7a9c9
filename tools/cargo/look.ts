// What the compiler says about a crate as it stands, for whoever only wants to know: one check in the sandbox, nothing logged.
// Repairs have an episode of their own (conductor/).
import { openBench } from '../sandbox/bench.ts';
import { sweepSandboxes } from '../sandbox/cache.ts';
import { seedTargetOf } from '../sandbox/seed.ts';
import { chooseIsolation, expectIsolation } from '../sandbox/trust.ts';
import { check } from './check.ts';
import { locate } from './project.ts';
import type { CheckResult, Project } from './types.ts';

export interface LookOptions {
  /** True where the user said earlier that this crate may run without isolation. */
  remembered(project: Project): boolean;
  readonly trust: boolean;
  readonly signal: AbortSignal;
  readonly onProgress?: (line: string) => void;
  /**
   * Whether these errors of libraries and binaries are all that is wanted: then tests, which are as much work again, are not
   * checked. Without it all targets are.
   */
  readonly enough?: (result: CheckResult, project: Project) => boolean;
}

/** A cold build of all dependencies, ms. */
const timeMs = 10 * 60_000;

/** Checks the crate or lone file at `path`. Throws RustaError as `rusta fix` does for what cannot be looked at. */
export async function look(
  path: string,
  { remembered, trust, signal, onProgress, enough }: LookOptions,
): Promise<{ readonly project: Project; readonly result: CheckResult }> {
  expectIsolation();
  sweepSandboxes();
  const project = await locate(path, {});
  const { root, pathDependencies, toolchain, lock } = project;
  const bench = await openBench({
    root,
    pathDependencies,
    ...(lock === undefined ? {} : { lock }),
    toolchain,
    env: [],
    isolation: await chooseIsolation({ root, trust, remembered: remembered(project) }),
    seedTarget: project.kind === 'file' ? null : seedTargetOf(root),
  });
  try {
    const worker = await bench.worker(0);
    await worker.show(new Map());
    const given = { timeMs, signal, ...(onProgress === undefined ? {} : { onProgress }) };
    const built = enough === undefined ? null : await check(worker, project, { scope: 'built', ...given });
    if (built !== null && enough?.(built, project) === true) return { project, result: built };
    return { project, result: await check(worker, project, { scope: 'all', ...given }) };
  } finally {
    await bench.close();
  }
}
