// `rusta fix` as a function: locates the crate, opens its sandbox and its log, runs one episode, keeps what it leaves.
// Asking and printing are cli/'s work; deciding is episode.ts's.
import { randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import type { Store } from '../memory/store.ts';
import type { EpisodeEvent } from '../schemas/types.ts';
import { isError } from '../tools/cargo/causes.ts';
import { check } from '../tools/cargo/check.ts';
import { chooseEdition, editionMatters } from '../tools/cargo/lone-file.ts';
import { locate } from '../tools/cargo/project.ts';
import type { CheckResult, Project } from '../tools/cargo/types.ts';
import { gitStatus } from '../tools/git/status.ts';
import { openBench } from '../tools/sandbox/bench.ts';
import { sweepSandboxes } from '../tools/sandbox/cache.ts';
import { seedTargetOf } from '../tools/sandbox/seed.ts';
import { chooseIsolation, expectIsolation } from '../tools/sandbox/trust.ts';
import type { Bench, Worker } from '../tools/sandbox/types.ts';
import type { FixRequest } from './contract.ts';
import { Episode } from './episode.ts';
import { LintEpisode } from './lints.ts';
import { LiveWorld, readSubject } from './live.ts';
import type { Assistant } from './lm/assist.ts';
import { PriorPolicy, weightsInForce } from './policy.ts';
import { loadProposers } from './propose.ts';
import type { Journal } from './recorder.ts';
import type { EpisodeResult } from './result.ts';

/** Wall time of one look at a lone file in one edition, ms. */
const editionMs = 20_000;

export interface FixContext {
  readonly store: Store;
  readonly signal: AbortSignal;
  onEvent(event: EpisodeEvent): void;
  /** What a long build is at; for display only. */
  onProgress?(line: string): void;
}

export async function fix(request: FixRequest, context: FixContext): Promise<EpisodeResult> {
  const started = performance.now();
  expectIsolation();
  sweepSandboxes();
  // The model loads while the rest is set up. A repair without one imports nothing of it.
  const helper = request.model === undefined ? null : await (await import('./lm/assist.ts')).assistant(request.model);
  try {
    return { ...(await repair(request, context, helper)), elapsedMs: performance.now() - started };
  } finally {
    await helper?.close();
  }
}

async function repair(request: FixRequest, context: FixContext, helper: Assistant | null): Promise<EpisodeResult> {
  const { store, signal } = context;
  const { project, bench, first } = await open(request, context);
  const key = storeKey(project);
  try {
    const notices: EpisodeEvent[] = [];
    const { isolation } = bench.spec;
    const id = episodeId();
    const journal = journalOf(store, key, id, context);
    const warning = (message: string): EpisodeEvent => ({ v: 1, type: 'notice', level: 'warning', message });
    const habits = store.habits(key);
    const policy =
      helper?.policy(habits, (message) => journal.append([warning(message)])) ??
      new PriorPolicy(weightsInForce, habits);
    const missing = helper?.missing ?? null;
    if (missing !== null) notices.push(warning(missing));
    if (isolation.kind === 'trust')
      notices.push(warning(`no isolation: the crate's own code runs with your rights (${isolation.why})`));
    const left = leftOut(bench);
    if (left !== null) notices.push(warning(left));
    const subject = await readSubject(project, request, {
      isolation: isolation.kind,
      policy: policy.name,
      lessons: store.lessons(key),
      commit: await gitStatus(project.root),
    });
    const world = new LiveWorld({
      request,
      project,
      bench,
      subject,
      policy,
      first,
      fill: helper?.fill ?? null,
      signal,
      onProgress: (line) => context.onProgress?.(line),
    });
    const episode = new (request.lints === true ? LintEpisode : Episode)(world, journal, {
      id,
      rusta: version(),
      contract: request.contract,
      prepare: async () => {
        // All at once: what is stored in one turn is one transaction, and one flush.
        await Promise.all([...subject.snapshot.texts.values()].map((text) => store.putBlob(text)));
        return notices;
      },
      remember: async (result, { worked, failed }) => {
        // The best one last: it is the latest, which `rusta apply` takes.
        const bundles = [...result.alternatives, result.bundle].filter((bundle) => bundle !== null);
        await Promise.all([
          ...bundles.map((bundle) => store.putBundle(key, bundle)),
          store.recordLessons(key, { v: 1, type: 'reflection', worked: [...worked], failed: [...failed] }),
        ]);
      },
    });
    return await episode.run();
  } finally {
    await bench.close();
  }
}

interface Opened {
  readonly project: Project;
  readonly bench: Bench;
  /** The first check of all targets, where it was made already. */
  readonly first: CheckResult | null;
}

/**
 * The project and its sandbox. A lone file without `--edition` is opened in the edition that it does best in: it is checked in
 * the default one, and where no error depends on that, this is the episode's first check.
 */
async function open(request: FixRequest, context: FixContext): Promise<Opened> {
  const { store, signal } = context;
  const project = await locate(request.path, projectOptions(request));
  const isolation = await chooseIsolation({
    root: project.root,
    trust: request.trust,
    remembered: store.isTrusted(storeKey(project)),
  });
  const bench = await openBench({
    root: project.root,
    pathDependencies: project.pathDependencies,
    ...(project.lock === undefined ? {} : { lock: project.lock }),
    toolchain: project.toolchain,
    env: request.env,
    isolation,
    seedTarget: project.kind === 'file' ? null : seedTargetOf(project.root),
  });
  if (project.kind === 'crate' || request.edition !== undefined) return { project, bench, first: null };
  try {
    const worker = await bench.worker(0);
    const first = request.lints === true ? null : await firstCheck(worker, project, request, context);
    if (first?.diagnostics.some((one) => isError(one) && editionMatters(one)) === false)
      return { project, bench, first };
    const edition = await chooseEdition(worker, project, { timeMs: editionMs, signal });
    if (edition === project.packages[0]?.edition) return { project, bench, first };
    await bench.close();
    return await open({ ...request, edition }, context);
  } catch (error) {
    await bench.close();
    throw error;
  }
}

function firstCheck(
  worker: Worker,
  project: Project,
  { contract, features, target, checkOnly }: FixRequest,
  { signal, onProgress }: FixContext,
): Promise<CheckResult> {
  const begun = (line: string): void => {
    // Cargo is at work: until it is done there is time to load what reads its answer.
    if (!checkOnly) loadProposers().catch(() => {});
    onProgress?.(line);
  };
  return check(worker, project, {
    scope: 'all',
    timeMs: contract.buildTimeMs,
    features,
    signal,
    ...(target === undefined ? {} : { target }),
    onProgress: begun,
  });
}

/** What of the tree the sandbox does not hold, where that may be what the compiler will miss; null for nothing. */
function leftOut(bench: Bench): string | null {
  const reasons = { 'link-out-of-tree': 'a link out of the tree', unreadable: 'unreadable', 'special-file': '' };
  const named = bench.leftOut.filter(({ why }) => why !== 'special-file');
  if (named.length === 0) return null;
  const shown = named.slice(0, 3).map(({ path, why }) => `${path} (${reasons[why]})`);
  if (named.length > shown.length) shown.push(`${named.length - shown.length} more`);
  return `not seen in the sandbox: ${shown.join(', ')}`;
}

function projectOptions(request: FixRequest): Parameters<typeof locate>[1] {
  const { package: name, edition, toolchain, target, features } = request;
  return {
    features,
    ...(name === undefined ? {} : { package: name }),
    ...(edition === undefined ? {} : { edition }),
    ...(toolchain === undefined ? {} : { toolchain }),
    ...(target === undefined ? {} : { target }),
  };
}

/** What the store files a project under: the workspace root, or the lone file. */
export function storeKey(project: Project): string {
  return project.file?.path ?? project.root;
}

function journalOf(store: Store, key: string, id: string, context: FixContext): Journal {
  const log = store.devlog(key);
  return {
    async append(events) {
      await log.append(id, events);
      for (const event of events) context.onEvent(event);
    },
  };
}

/** Sorts by time; unique enough for one person's machine. */
function episodeId(): string {
  return `${Date.now().toString(36)}-${randomBytes(4).toString('hex')}`;
}

export function version(): string {
  return (createRequire(import.meta.url)('rusta/package.json') as { version: string }).version;
}
