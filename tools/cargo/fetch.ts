// `cargo fetch` for `--fetch`: the one use of the network. The sandbox runs it without the crate's cargo configuration,
// since that can name programs to start; where the crate says its registries are is passed on as plain values. cargo fetch
// itself runs no build script, no macro and no compiler of the crate.
import { join } from 'node:path';
import { parse, stringify } from 'smol-toml';
import { RustaError } from '../../schemas/errors.ts';
import { carriedSettings } from '../sandbox/cargo-home.ts';
import type { Worker } from '../sandbox/types.ts';
import { explainFailure } from './failure.ts';
import { isTable, readText } from './manifest.ts';
import type { Project } from './types.ts';

export interface FetchOptions {
  /** Target triple of `--target`: only what it needs. */
  readonly target?: string;
  readonly timeMs?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (line: string) => void;
}

/** A registry behind a slow line; a whole dependency tree is a few tens of MB. */
const defaultTimeMs = 5 * 60_000;
const maxConfigBytes = 1024 * 1024;

/** What of the user's environment tells cargo how to reach the network. Tokens and credential providers stay out. */
const networkVariables =
  /^(https?_proxy|all_proxy|no_proxy|ssl_cert_(file|dir)|cargo_http_.*|cargo_net_(retry|git_.*))$/i;

/**
 * Downloads what the dependencies of what `worker` shows lack on this machine. Resolves to what came, `serde 1.0.228` or
 * the address of a git repository, sorted. Throws RustaError, exit `refused`, when cargo cannot get all of it.
 */
export async function fetchDependencies(
  worker: Worker,
  project: Project,
  options: FetchOptions = {},
): Promise<string[]> {
  const { target, signal, onProgress, timeMs = defaultTimeMs } = options;
  const came = new Set<string>();
  const onStderrLine = (line: string): void => {
    const crate = /^\s*Downloaded (\S+) v(\S+)/.exec(line);
    const what = crate !== null ? `${crate[1]} ${crate[2]}` : /^\s*Updating git repository `([^`]+)`/.exec(line)?.[1];
    if (what === undefined) return;
    came.add(what);
    onProgress?.(`Downloaded ${what}`);
  };
  const settings = registrySettings(project.root).flatMap((setting) => ['--config', setting]);
  const result = await worker.exec(
    ['cargo', 'fetch', ...(target === undefined ? [] : ['--target', target]), ...settings],
    {
      fetch: true,
      timeMs,
      maxBytes: 256 * 1024,
      env: networkEnvironment(),
      onStderrLine,
      ...(signal === undefined ? {} : { signal }),
    },
  );
  if (result.code === 0) return [...came].sort();
  const failure = explainFailure({ result, output: result.stderr, script: null, timeMs });
  throw new RustaError(failure.kind === 'needs-network' ? innermostCause(result.stderr) : failure.message, {
    code: `fetch-${failure.kind}`,
    op: 'cargo fetch',
    hint: 'is the network there, and does the dependency exist?',
    exit: failure.kind === 'cancelled' ? 'interrupted' : 'refused',
  });
}

/** The crate's `[registries]` and `[source]` without anything that runs, as `--config` takes them: one value each. */
function registrySettings(root: string): string[] {
  const text = readText(join(root, '.cargo/config.toml'), maxConfigBytes);
  if (text === null) return [];
  try {
    const { source, registries } = carriedSettings(parse(text), join(root, '.cargo')).config;
    return Object.entries({ source, registries }).flatMap(([kind, tables]) =>
      Object.entries(isTable(tables) ? tables : {}).flatMap(([name, values]) =>
        Object.entries(isTable(values) ? values : {}).map(([key, value]) =>
          stringify({ [key]: value })
            .trim()
            .replace(/^/, `${kind}.${JSON.stringify(name)}.`),
        ),
      ),
    );
  } catch {
    return []; // cargo says what is wrong with it when it checks the crate
  }
}

function networkEnvironment(): Record<string, string> {
  const passed = Object.entries(process.env).filter(([name]) => networkVariables.test(name));
  return Object.fromEntries(passed) as Record<string, string>;
}

function innermostCause(stderr: string): string {
  const causes = stderr.split(/^Caused by:$/m).at(-1) ?? '';
  return causes.replace(/\s+/g, ' ').trim().slice(0, 300) || 'the download failed';
}
