// `rusta fix` as a user runs it: its own process, the broken files alone in a fresh folder, caches and state of its own.
// Neither hidden tests, nor the known fix, nor the case's name or folder are anywhere that it is told of.
import { mkdir, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EpisodeEvent, PatchBundle, Status } from '../../../schemas/types.ts';
import { applyByteEdits } from '../../../tools/patch/edits.ts';
import { run } from '../../../tools/process.ts';
import { loneFile, readTree, type Texts } from '../layout.ts';
import { writeTexts } from '../workbench.ts';
import type { Attempt, Contender, Task } from './contender.ts';

export interface RustaOptions {
  /** Folder of an installed package: `dist/cli/rusta.js` in it is started. */
  readonly program: string;
  readonly version: string;
  /** Further words on its command line, such as `--time 30s`. */
  readonly words: readonly string[];
  /** Its own time budget, ms; it is killed a minute later, which counts as a crash. */
  readonly timeMs: number;
  /** Keep the caches from case to case instead of starting cold each time. */
  readonly warm: boolean;
}

/** What it may take beyond its own budget before it counts as hanging, ms. */
const graceMs = 60_000;
/** Bytes of its output that are kept; an event stream has to fit, since the result is its last line. */
const outputBytes = 256 * 1024 ** 2;

/** The result line of `--json` (cli/render/json.ts), as far as it is read here. */
interface ResultLine {
  readonly type: 'result';
  readonly status: Status;
  readonly reason: string;
  readonly confidence: number | null;
  readonly cargo_runs: number;
  readonly candidates: number;
}

export function rustaContender(options: RustaOptions): Contender {
  let warm: string | null = null;
  return {
    name: 'rusta',
    version: [options.version, ...options.words, options.warm ? 'warm' : 'cold'].join(' '),
    async attempt(task, signal) {
      const folder = await realpath(await mkdtemp(join(tmpdir(), 'rusta-case-')));
      if (options.warm) warm ??= await mkdtemp(join(tmpdir(), 'rusta-warm-'));
      const caches = warm ?? join(folder, 'own');
      try {
        return await attemptIn(join(folder, 'work'), caches, task, options, signal);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  };
}

async function attemptIn(
  folder: string,
  caches: string,
  task: Task,
  options: RustaOptions,
  signal: AbortSignal,
): Promise<Attempt> {
  await writeTexts(folder, task.broken);
  await mkdir(caches, { recursive: true });
  const path = task.kind === 'file' ? join(folder, loneFile) : folder;
  const words = [join(options.program, 'dist/cli/rusta.js'), 'fix', path, '--json', '--apply', ...options.words];
  const events: EpisodeEvent[] = [];
  let result: ResultLine | null = null;
  const done = await run(process.execPath, words, {
    cwd: folder,
    env: environment(caches),
    timeMs: options.timeMs + graceMs,
    maxBytes: outputBytes,
    signal,
    onStdoutLine(line) {
      const value = JSON.parse(line) as EpisodeEvent | ResultLine;
      if (value.type === 'result') result = value;
      else events.push(value);
    },
  });
  const state = task.kind === 'file' ? only(await readTree(folder)) : await readTree(folder);
  const seconds = done.ms / 1000;
  const ended = result as ResultLine | null;
  if (ended === null) {
    const reason = done.timedOut
      ? `killed after ${Math.round(seconds)} s`
      : `no result: exit ${done.code ?? done.signal}: ${lastLine(done.stderr)}`;
    return { ...empty, status: 'crashed', reason, state, seconds };
  }
  const bundle = events.flatMap((event) => (event.type === 'bundle' ? event.bundle : [])).at(-1) ?? null;
  return {
    status: ended.status,
    reason: ended.reason,
    state,
    offered: ended.status === 'unsure' && bundle !== null ? offered(task.broken, bundle) : null,
    confidence: bundle === null ? null : ended.confidence,
    evidence: bundle?.features ?? null,
    seconds,
    cargoRuns: ended.cargo_runs,
    candidates: ended.candidates,
    candidatesBefore: bundle === null ? null : before(events, bundle),
    proposers: bundle?.fixes.map(({ proposer }) => proposer) ?? [],
  };
}

const empty = {
  offered: null,
  confidence: null,
  evidence: null,
  cargoRuns: null,
  candidates: null,
  candidatesBefore: null,
  proposers: [],
};

/** Ours without what would tell it where it is or how it should behave. */
function environment(caches: string): Record<string, string> {
  const kept = Object.entries(process.env).filter(([name]) => !/^(XDG_|RUSTA_|NODE_|npm_|CI$|INIT_CWD$)/.test(name));
  return {
    ...(Object.fromEntries(kept) as Record<string, string>),
    XDG_CACHE_HOME: join(caches, 'cache'),
    XDG_STATE_HOME: join(caches, 'state'),
    XDG_CONFIG_HOME: join(caches, 'config'),
  };
}

function only(texts: Texts): Texts {
  return new Map([...texts].filter(([path]) => path === loneFile));
}

function offered(broken: Texts, bundle: PatchBundle): Texts {
  const state = new Map(broken);
  for (const { path, edits } of bundle.files)
    state.set(path, applyByteEdits(state.get(path) ?? new Uint8Array(), edits));
  return state;
}

/** Candidates judged before the last one that the bundle is made of. */
function before(events: readonly EpisodeEvent[], bundle: PatchBundle): number | null {
  const last = bundle.fixes.at(-1)?.candidate;
  const verdict = events.find((event) => event.type === 'verdict' && event.candidate === last);
  return verdict?.type === 'verdict' ? Math.max(0, verdict.index - 1) : null;
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}
