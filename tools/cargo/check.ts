// `cargo check` in a worker, and the compiler alone on one unit of it. What a failure of the build itself means is
// failure.ts's work.
//
// `built` covers libraries and binaries alone; `all` covers libraries, binaries and tests, each as cargo would build it and, where it has unit tests, with them; `wide`
// adds benches and examples; `lints` is `all` with clippy's lints beside the compiler's where clippy is installed. `unit`
// is sound for edits to the unit's own files: it reads the metadata of the crates that the unit depends on as the last
// `all` left it.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Worker } from '../sandbox/types.ts';
import { isError, rankCauses } from './causes.ts';
import { messagesIn, normalise, settleIds } from './diagnostics.ts';
import { explainFailure } from './failure.ts';
import { type BuildOptions, type CargoRun, runCargo } from './run-cargo.ts';
import type { CheckResult, CheckScope, Project, RustcUnit } from './types.ts';
import { aloneArgv } from './units.ts';

export interface CheckOptions extends BuildOptions {
  readonly scope: CheckScope;
  /** Which unit, for scope `unit`; without one that scope is `all`. */
  readonly unit?: RustcUnit;
}

/** Checks what `worker` shows. Never throws for what the crate does: a build that cannot run is `failure`. */
export async function check(worker: Worker, project: Project, options: CheckOptions): Promise<CheckResult> {
  if (options.scope === 'unit' && options.unit !== undefined) return checkUnit(worker, options.unit, options);
  const command = options.scope === 'lints' && hasClippy(project.toolchain) ? 'clippy' : 'check';
  return checked(await runCargo(worker, project, command, targets(project, options.scope), options));
}

/** Whether lints are clippy's, too. */
export function hasClippy({ sysroot }: Project['toolchain']): boolean {
  return existsSync(join(sysroot, 'bin/cargo-clippy')) && existsSync(join(sysroot, 'bin/clippy-driver'));
}

/** Flags that select targets; `--keep-going` so that one broken target does not hide the errors of the others. */
export function targets(project: Project, scope: CheckScope): string[] {
  const flags = supportsKeepGoing(project.toolchain.version) ? ['--keep-going'] : [];
  if (scope === 'wide') return [...flags, '--all-targets'];
  const lib = project.packages.some((one) => one.lib) ? ['--lib'] : [];
  return [...flags, ...lib, '--bins', ...(scope === 'built' ? [] : ['--tests'])];
}

/** Stable since 1.74. */
function supportsKeepGoing(version: string): boolean {
  const [, major = '1', minor = '0'] = /(\d+)\.(\d+)/.exec(version) ?? [];
  return Number(major) > 1 || Number(minor) >= 74;
}

function checked(run: CargoRun): CheckResult {
  return {
    ok: run.built && !run.diagnostics.some(isError),
    diagnostics: run.diagnostics,
    failure: run.failure,
    units: run.units,
    ms: run.ms,
    cargoRuns: 1,
  };
}

async function checkUnit(worker: Worker, unit: RustcUnit, options: CheckOptions): Promise<CheckResult> {
  const { timeMs, signal } = options;
  const argv = aloneArgv(unit, `${worker.target}/rusta-unit`);
  const result = await worker.exec(argv, { env: unit.env, timeMs, ...(signal === undefined ? {} : { signal }) });
  const found = messagesIn(result.stderr).flatMap(
    (message) => normalise(message, { root: worker.root, target: unit.target }) ?? [],
  );
  const diagnostics = rankCauses(settleIds(found));
  const ok = result.code === 0 && !diagnostics.some(isError);
  const ended = result.timedOut || result.cancelled || result.limit !== null;
  const silent = !ok && !diagnostics.some(isError);
  const failure =
    ended || silent ? explainFailure({ result, output: result.stderr, script: null, timeMs: options.timeMs }) : null;
  return { ok, diagnostics, failure, units: [], ms: result.ms, cargoRuns: 0 };
}
