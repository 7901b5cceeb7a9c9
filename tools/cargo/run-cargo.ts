// One run of cargo in a worker: its arguments, its JSON messages, the compiler's commands, progress, and why it failed.
// What a caller asks of the outcome (diagnostics, test programs) is check.ts's and tests.ts's work.
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { CargoTarget, Diagnostic } from '../../schemas/types.ts';
import type { RunResult } from '../process.ts';
import type { Worker } from '../sandbox/types.ts';
import { isError, rankCauses } from './causes.ts';
import { isObject, normalise, parseJsonLine, parseMessage, settleIds } from './diagnostics.ts';
import { explainFailure } from './failure.ts';
import type { CheckResult, Package, Project, RustcUnit } from './types.ts';
import { CommandReader, type KnownTarget, type RustcCommand, unitOf } from './units.ts';

/** What every build is told besides its scope. */
export interface BuildOptions {
  readonly features?: readonly string[];
  /** Target triple of `--target`. */
  readonly target?: string;
  /** Wall time in ms. */
  readonly timeMs: number;
  readonly signal?: AbortSignal;
  /** One line whenever cargo begins something: `Compiling serde v1.0.228 (3/17)`. */
  readonly onProgress?: (line: string) => void;
}

export interface Artifact {
  readonly target: CargoTarget;
  readonly manifestDir: string;
  readonly test: boolean;
  /** Path of the program; null for a library or a check. */
  readonly executable: string | null;
}

export interface CargoRun {
  /** True when cargo itself says that all of it was built. */
  readonly built: boolean;
  /** Settled and ranked, errors first. */
  readonly diagnostics: readonly Diagnostic[];
  readonly artifacts: readonly Artifact[];
  readonly units: readonly RustcUnit[];
  /** What build scripts set for their package's own code, by package folder. */
  readonly scriptEnv: ReadonlyMap<string, Readonly<Record<string, string>>>;
  readonly failure: CheckResult['failure'];
  readonly ms: number;
}

/** Bytes of cargo's own output kept for explaining a failure; messages are read as they come. */
const keptBytes = 256 * 1024;
/** Diagnostics kept of one run: a generated file can have a hundred thousand. */
const maxDiagnostics = 2000;

/** Runs `cargo COMMAND` on the packages under repair, offline. `scope` selects targets and anything special. */
export async function runCargo(
  worker: Worker,
  project: Project,
  command: string,
  scope: readonly string[],
  options: BuildOptions,
): Promise<CargoRun> {
  const stdout = new MessageReader(worker.root);
  const stderr = new StatusReader(options.onProgress);
  const argv = [project.toolchain.cargo, command, '--offline', '--message-format=json', '-vv'];
  argv.push('--target-dir', worker.target, ...scope, ...selection(worker, project), ...buildFlags(options));
  const execOptions = {
    timeMs: options.timeMs,
    maxBytes: keptBytes,
    onStdoutLine: (line: string) => stdout.line(line),
    onStderrLine: (line: string) => stderr.line(line),
    // The progress bar is the only place where cargo says how much there is to build.
    env: { CARGO_TERM_PROGRESS_WHEN: 'always', CARGO_TERM_PROGRESS_WIDTH: '120', CARGO_TERM_COLOR: 'never' },
  };
  const result = await worker.exec(argv, options.signal ? { ...execOptions, signal: options.signal } : execOptions);
  const diagnostics = rankCauses(settleIds(stdout.diagnostics));
  const built = result.code === 0 && stdout.success === true;
  return {
    built,
    diagnostics,
    artifacts: stdout.artifacts,
    units: stderr.commands.flatMap((one) => unitOf(one, worker.root, stdout.targets) ?? []),
    scriptEnv: stdout.scriptEnv,
    failure: failureOf(result, built, diagnostics, stderr, options.timeMs),
    ms: result.ms,
  };
}

/** `-p` for each package, unless the workspace has no other. */
function selection(worker: Worker, project: Project): string[] {
  const [only, ...more] = project.packages;
  if (only !== undefined && more.length === 0 && project.kind === 'file') return [];
  return project.packages.flatMap((one) => ['-p', packageSpec(worker, one)]);
}

/** The package by its place where its name can stand in a URL: a dependency may have the same name. */
function packageSpec(worker: Worker, one: Package): string {
  if (!/^[\w-]+$/.test(one.name)) return one.name;
  return `path+${pathToFileURL(join(worker.root, one.dir)).href}#${one.name}`;
}

function buildFlags({ features = [], target }: BuildOptions): string[] {
  return [
    ...(features.length === 0 ? [] : ['--features', features.join(',')]),
    ...(target === undefined ? [] : ['--target', target]),
  ];
}

function failureOf(
  result: RunResult,
  built: boolean,
  diagnostics: readonly Diagnostic[],
  stderr: StatusReader,
  timeMs: number,
): CheckResult['failure'] {
  const ended = result.timedOut || result.cancelled || result.limit !== null;
  if (built || (!ended && diagnostics.some(isError))) return null;
  return explainFailure({ result, output: stderr.said.join('\n'), script: stderr.script, timeMs });
}

/** Reads cargo's JSON messages as they come. */
class MessageReader {
  readonly diagnostics: Diagnostic[] = [];
  readonly artifacts: Artifact[] = [];
  readonly targets: KnownTarget[] = [];
  readonly scriptEnv = new Map<string, Record<string, string>>();
  success: boolean | null = null;
  private readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  line(text: string): void {
    const value = parseJsonLine(text);
    if (value === null) return;
    if (value.reason === 'build-finished') this.success = value.success === true;
    else if (value.reason === 'build-script-executed') this.script(value);
    else if (value.reason === 'compiler-message' || value.reason === 'compiler-artifact') this.compiled(value);
  }

  private compiled(value: Record<string, unknown>): void {
    const { package_id: id, manifest_path: manifest } = value;
    // Dependencies from a registry are not ours to judge, and their lints are capped.
    if (typeof id !== 'string' || typeof manifest !== 'string' || !isLocal(id)) return;
    const known = knownTarget(value.target, id);
    if (known === null) return;
    this.targets.push(known);
    if (value.reason === 'compiler-artifact') {
      const executable = typeof value.executable === 'string' ? value.executable : null;
      const test = isObject(value.profile) && value.profile.test === true;
      this.artifacts.push({ target: known.target, manifestDir: dirname(manifest), test, executable });
      return;
    }
    const message = parseMessage(value.message);
    if (message === null || this.diagnostics.length >= maxDiagnostics) return;
    const diagnostic = normalise(message, { root: this.root, target: known.target });
    if (diagnostic !== null) this.diagnostics.push(diagnostic);
  }

  private script(value: Record<string, unknown>): void {
    if (typeof value.package_id !== 'string' || !isLocal(value.package_id)) return;
    const env: Record<string, string> = {};
    if (typeof value.out_dir === 'string') env.OUT_DIR = value.out_dir;
    for (const pair of Array.isArray(value.env) ? value.env : []) {
      if (Array.isArray(pair) && typeof pair[0] === 'string' && typeof pair[1] === 'string') env[pair[0]] = pair[1];
    }
    const dir = packageFolder(value.package_id);
    if (dir !== null) this.scriptEnv.set(dir, env);
  }
}

/** Reads what cargo says to people: progress, the compiler's commands, and why it stopped. */
class StatusReader {
  readonly commands: RustcCommand[] = [];
  /** Lines that are neither progress nor commands, the last ones. */
  readonly said: string[] = [];
  /** The build script that was started last, while nothing else has been since: `name v1.0.0`. */
  script: string | null = null;
  private readonly reader = new CommandReader();
  private readonly onProgress: ((line: string) => void) | undefined;
  private share = '';

  constructor(onProgress: ((line: string) => void) | undefined) {
    this.onProgress = onProgress;
  }

  line(text: string): void {
    // The progress bar ends in a carriage return; what follows the last one is the line proper.
    const parts = text.split('\r');
    const line = (parts.pop() ?? '').replaceAll('\x1b[K', '');
    for (const bar of parts) this.share = /\] (\d+\/\d+)/.exec(bar)?.[1] ?? this.share;
    const started = !this.reader.open && /^\s*Running `/.test(line);
    const command = this.reader.line(line);
    if (command !== null) this.commands.push(command);
    if (started) this.script = scriptName(line);
    if (started || this.reader.open || command !== null) return;
    const step = /^\s*(Compiling|Checking|Downloading|Downloaded|Blocking) (.+)$/.exec(line);
    if (step !== null) {
      const what = (step[2] as string).replace(/ \(.*\)$/, '');
      this.onProgress?.(`${step[1]} ${what}${this.share === '' ? '' : ` (${this.share})`}`);
    } else if (!/^\s*(Fresh|Finished|Dirty) /.test(line)) {
      // A compiler's command can be very long; how it ended stands behind it.
      this.said.push(line.length <= 4000 ? line : `${line.slice(0, 2000)} ... ${line.slice(-1000)}`);
      if (this.said.length > 400) this.said.shift();
    }
  }
}

function scriptName(line: string): string | null {
  if (!/build-script-[^/`]*`$/.test(line)) return null;
  const value = (name: string): string => new RegExp(`\\b${name}=(\\S+)`).exec(line)?.[1] ?? '';
  return `${value('CARGO_PKG_NAME')} v${value('CARGO_PKG_VERSION')}`;
}

function isLocal(id: string): boolean {
  return id.startsWith('path+') || /\(path\+file:/.test(id);
}

/** Folder of a package from its id: `path+file:///a/b#name@1.0.0`, before 1.77 `name 1.0.0 (path+file:///a/b)`. */
function packageFolder(id: string): string | null {
  const url = /path\+(file:\/\/[^#?)]+)/.exec(id)?.[1];
  try {
    return url === undefined ? null : fileURLToPath(url);
  } catch {
    return null;
  }
}

/** Name of a package from its id, where the last folder's name stands for a name that is left out. */
function packageName(id: string): string {
  const old = /^(\S+) \S+ \(/.exec(id)?.[1];
  if (old !== undefined) return old;
  const fragment = id.split('#')[1] ?? '';
  const [name] = fragment.split('@');
  if (fragment.includes('@') && name) return name;
  return decodeURIComponent(id.split('#')[0]?.split('/').at(-1) ?? id);
}

const kinds: Readonly<Record<string, CargoTarget['kind']>> = {
  bin: 'bin',
  test: 'test',
  bench: 'bench',
  example: 'example',
  'custom-build': 'build-script',
  'proc-macro': 'proc-macro',
};

function knownTarget(value: unknown, id: string): KnownTarget | null {
  if (!isObject(value) || typeof value.name !== 'string' || typeof value.src_path !== 'string') return null;
  const [kind] = Array.isArray(value.kind) ? value.kind : [];
  // Every other kind (lib, rlib, dylib, cdylib, staticlib) is a form of library.
  return {
    target: { package: packageName(id), name: value.name, kind: kinds[String(kind)] ?? 'lib' },
    source: value.src_path,
  };
}
