// Repairs that need no idea of the program, for comparison: cargo fix, the compiler's suggestions, and deleting what the
// errors point at. Each calls whatever compiles afterwards `fixed`, since that is what a user would see.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Edit } from '../../../schemas/types.ts';
import { isError } from '../../../tools/cargo/causes.ts';
import type { CheckResult } from '../../../tools/cargo/types.ts';
import { applyEdits } from '../../../tools/patch/edits.ts';
import type { SandboxWorker } from '../../../tools/sandbox/worker.ts';
import { sameTexts, type Texts } from '../layout.ts';
import { Workbench } from '../workbench.ts';
import type { Attempt, Contender, Task } from './contender.ts';

/** Rounds of a baseline that repeats: far more than any of them makes use of. */
const mostRounds = 20;

const baselines: Readonly<Record<string, (bench: Workbench, task: Task) => Promise<Rounds>>> = {
  'cargo-fix': cargoFix,
  suggestions: (bench, task) => repeat(bench, task, suggested),
  delete: (bench, task) => repeat(bench, task, deleted),
};

export const baselineNames: readonly string[] = Object.keys(baselines);

export function baseline(name: string): Contender {
  const repair = baselines[name] as (typeof baselines)[string];
  return {
    name,
    version: '1',
    async attempt(task, signal): Promise<Attempt> {
      const started = performance.now();
      const edition = task.edition === null ? {} : { edition: task.edition };
      const bench = await Workbench.open(task.kind, task.broken, { signal, ...edition });
      try {
        const { state, cargoRuns, compiles } = await repair(bench, task);
        return {
          status: compiles ? 'fixed' : 'unfixed',
          reason: compiles ? 'it compiles' : 'errors are left',
          state,
          offered: null,
          confidence: null,
          evidence: null,
          seconds: (performance.now() - started) / 1000,
          cargoRuns,
          candidates: null,
          candidatesBefore: null,
          proposers: [],
        };
      } finally {
        await bench.close();
      }
    },
  };
}

interface Rounds {
  readonly state: Texts;
  readonly cargoRuns: number;
  readonly compiles: boolean;
}

/** `cargo fix --broken-code`, once: it repeats by itself. */
async function cargoFix(bench: Workbench, task: Task): Promise<Rounds> {
  const worker = (await bench.show(task.broken)) as SandboxWorker;
  const { cargo } = bench.project.toolchain;
  let state = task.broken;
  const argv = [
    cargo,
    'fix',
    '--broken-code',
    '--allow-no-vcs',
    '--offline',
    '--all-targets',
    '--target-dir',
    worker.target,
  ];
  await worker.execWith(argv, { writableTree: true, timeMs: 180_000 }, () => {
    // The tree is put back right after this.
    state = new Map([...task.broken].map(([path]) => [path, readFileSync(join(worker.tree.path, path))]));
  });
  const { ok } = await bench.check(state);
  return { state, cargoRuns: 2, compiles: ok };
}

/** Applies what `edits` makes of the errors, until it compiles, nothing changes, or a state comes back. */
async function repeat(
  bench: Workbench,
  task: Task,
  edits: (checked: CheckResult, state: Texts) => Edit[],
): Promise<Rounds> {
  const seen: Texts[] = [];
  let state = task.broken;
  for (let round = 1; ; round += 1) {
    const checked = await bench.check(state);
    if (checked.ok) return { state, cargoRuns: round, compiles: true };
    seen.push(state);
    state = edited(state, edits(checked, state));
    if (round === mostRounds || seen.some((old) => sameTexts(old, state))) {
      return { state: seen.at(-1) as Texts, cargoRuns: round, compiles: false };
    }
  }
}

/** Every suggestion that fits beside those before it, the surest first; placeholders cannot be filled in blindly. */
export function suggested({ diagnostics }: Pick<CheckResult, 'diagnostics'>): Edit[] {
  const order = ['MachineApplicable', 'MaybeIncorrect', 'Unspecified'];
  const all = diagnostics.filter(isError).flatMap(({ suggestions }) => suggestions);
  const taken: Edit[] = [];
  for (const applicability of order) {
    for (const { edits } of all.filter((one) => one.applicability === applicability)) {
      if (edits.every((edit) => taken.every((other) => apart(edit, other)))) taken.push(...edits);
    }
  }
  return taken;
}

/** The lines that errors point at, gone. */
export function deleted({ diagnostics }: Pick<CheckResult, 'diagnostics'>, state: Texts): Edit[] {
  const edits = new Map<string, Edit>();
  for (const { spans } of diagnostics.filter(isError)) {
    for (const { file, start, end } of spans.filter(({ primary }) => primary)) {
      const bytes = state.get(file);
      if (bytes === undefined) continue;
      const first = bytes.lastIndexOf(10, Math.max(0, start - 1)) + 1;
      const newline = bytes.indexOf(10, Math.max(start, end - 1));
      const last = newline < 0 ? bytes.length : newline + 1;
      for (let at = first; at < last; ) {
        const next = bytes.indexOf(10, at);
        const stop = next < 0 ? bytes.length : next + 1;
        edits.set(`${file} ${at}`, { file, start: at, end: stop, text: '' });
        at = stop;
      }
    }
  }
  return [...edits.values()];
}

function edited(state: Texts, edits: readonly Edit[]): Texts {
  const next = new Map(state);
  for (const path of new Set(edits.map(({ file }) => file))) {
    const bytes = state.get(path);
    if (bytes !== undefined)
      next.set(
        path,
        applyEdits(
          bytes,
          edits.filter(({ file }) => file === path),
        ),
      );
  }
  return next;
}

/** Whether two edits of one state can both be made; the same edit twice is one. */
function apart(a: Edit, b: Edit): boolean {
  if (a.file !== b.file || a.end < b.start || b.end < a.start) return true;
  return a.start === b.start && a.end === b.end && a.text === b.text;
}
