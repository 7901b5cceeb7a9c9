// A .rs file that belongs to no crate: wrapped in a scratch crate in the cache, so that cargo can check and test it.
// The file itself is only read. Which edition it is written for is found by compiling it, inside the sandbox; a crate
// that it uses and nobody declared is named, never guessed: there is no manifest to say which version is meant.
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { stringify } from 'smol-toml';
import { RustaError } from '../../schemas/errors.ts';
import { shortHash } from '../../schemas/hash.ts';
import type { Diagnostic } from '../../schemas/types.ts';
import { descendants, loadGrammar, SourceFile } from '../index/source.ts';
import { cacheFolder } from '../sandbox/cache.ts';
import type { Worker } from '../sandbox/types.ts';
import { isError } from './causes.ts';
import { messagesIn, normalise } from './diagnostics.ts';
import { lockOfOne, readText } from './manifest.ts';
import { phaseOf, phases } from './taxonomy.ts';
import type { Package, Project } from './types.ts';

/** Bytes of a .rs file past which it is refused. */
const maxFileBytes = 16 * 1024 * 1024;
/** Scratch crates not used for this long are removed, ms. */
const keepMs = 30 * 24 * 3600 * 1000;

/** Editions to try, the first being the default; a later one is taken only where it does better. */
const tried = ['2021', '2024', '2018', '2015'] as const;

/** Names that cargo or rustc refuse for a crate, or that would hide one that every program uses. */
const reserved = new Set(
  `abstract alloc as async await become box break build const continue core crate deps do dyn else enum examples extern
  false final fn for gen if impl in incremental let loop macro match mod move mut override priv proc_macro pub ref
  return self static std struct super test trait true try type typeof unsafe unsized use virtual where while yield`
    .trim()
    .split(/\s+/),
);

export interface WrappedFile {
  /** Canonical path of the scratch crate. */
  readonly root: string;
  /** Where the file's text is in it: under its own name, so that messages and patches name what the user knows. */
  readonly inside: string;
  readonly lock: string | null;
  readonly package: Package;
}

/** Writes the scratch crate of a file, or brings it up to date. `path` is canonical. Throws RustaError as readText does. */
export async function wrapFile(path: string, edition: string): Promise<WrappedFile> {
  const text = readText(path, maxFileBytes);
  if (text === null) throw new RustaError(`${path} does not exist`, { code: 'missing', op: 'project', exit: 'usage' });
  await loadGrammar();
  const binary = hasMain(new SourceFile(path, text));
  const inside = basename(path);
  const name = crateName(basename(path, '.rs'));
  const root = join(filesFolder(), shortHash(path, edition));
  mkdirSync(root, { recursive: true });
  const now = new Date();
  utimesSync(root, now, now);
  // `build = false`: a file called build.rs is the program here, not its build script.
  const target = { name: name.replace(/-/g, '_'), path: inside };
  const manifest = {
    package: { name, version: '0.0.0', edition, publish: false, build: false },
    ...(binary ? { bin: [{ ...target, name }] } : { lib: target }),
    workspace: {},
  };
  writeIfChanged(join(root, 'Cargo.toml'), stringify(manifest));
  writeIfChanged(join(root, inside), text);
  const lock = lockOfOne({ path: join(root, 'Cargo.toml'), dir: root, toml: manifest });
  return { root, inside, lock, package: { name, dir: '', edition, lib: !binary } };
}

/** A name that cargo takes for a package, from a file's stem. */
export function crateName(stem: string): string {
  const name = stem.replace(/[^A-Za-z0-9_-]+/g, '_').replace(/^[_-]+|[_-]+$/g, '');
  if (name === '') return 'lone_file';
  return /^[0-9]/.test(name) || reserved.has(name.replace(/-/g, '_')) ? `file_${name}` : name;
}

/** Whether the file is a program. In a file that does not parse any `fn main` counts: its nesting is unknown. */
export function hasMain(source: SourceFile): boolean {
  const { root } = source;
  const named = descendants(root, 'identifier').filter(
    (node) => node.text === 'main' && node.previousSibling?.type === 'fn',
  );
  return named.some((node) => root.hasError || node.parent?.parent?.type === 'source_file');
}

/**
 * The edition that a lone file does best in: no error at all, else errors of a later phase (the text parses, the names
 * resolve), else fewer of them; 2021 where nothing is better. rustc runs alone, inside the worker.
 */
export async function chooseEdition(
  worker: Worker,
  project: Project,
  options: { readonly timeMs: number; readonly signal?: AbortSignal },
): Promise<string> {
  let best: { edition: string; reached: number; errors: number } | null = null;
  for (const edition of tried) {
    const errors = await errorsIn(worker, project, edition, options);
    if (errors === null) continue;
    if (errors.length === 0) return edition;
    if (best === null && !errors.some(editionMatters)) return edition;
    const reached = Math.min(...errors.map((error) => phases.indexOf(phaseOf(error))));
    const better = best === null || reached > best.reached || (reached === best.reached && errors.length < best.errors);
    if (better) best = { edition, reached, errors: errors.length };
  }
  return best?.edition ?? tried[0];
}

/** Codes that one edition reports and another does not: paths (2015), lives of temporaries (2024). */
const editionCodes = new Set(['E0432', 'E0433', 'E0597', 'E0716']);
/**
 * Trait objects without `dyn`: an old edition lets them pass, and whoever wrote the file hardly meant one. Taking it for such a
 * file would call clean what no compiler of today takes.
 */
const slipCodes = new Set(['E0782']);

/** Whether another edition might not report this error. The rest is the same in all of them, and trying costs time. */
export function editionMatters(error: Diagnostic): boolean {
  if (error.code !== null && slipCodes.has(error.code)) return false;
  if (error.code !== null && editionCodes.has(error.code)) return true;
  const said = [error.message, ...error.spans.map((span) => span.label), ...error.notes.map((note) => note.message)];
  return said.some((text) => text !== null && /\bedition\b|\bkeyword\b|Rust 20\d\d/.test(text));
}

/** Crates that the compiler misses and that nothing in the file looks like: most likely dependencies. */
export function undeclaredCrates(diagnostics: readonly Diagnostic[]): string[] {
  const names = diagnostics.filter(isError).flatMap((error) => {
    if (error.code === 'E0463') return /can't find crate for `([^`]+)`/.exec(error.message)?.[1] ?? [];
    if (error.code !== 'E0432' && error.code !== 'E0433') return [];
    const similar = [...error.notes, ...error.suggestions].some((one) => /similar name/.test(one.message));
    if (similar) return [];
    const said = [error.message, ...error.spans.map((span) => span.label ?? '')].join('\n');
    return (
      /use of (?:unresolved module or unlinked|undeclared|unresolved) crate(?: or module)? `([^`]+)`/.exec(said)?.[1] ??
      []
    );
  });
  return [...new Set(names)].sort();
}

async function errorsIn(
  worker: Worker,
  project: Project,
  edition: string,
  options: { readonly timeMs: number; readonly signal?: AbortSignal },
): Promise<Diagnostic[] | null> {
  const [only] = project.packages;
  if (only === undefined || project.file === undefined) return null;
  const kind = only.lib ? 'lib' : 'bin';
  const argv = [project.toolchain.rustc, `--edition=${edition}`, '--crate-name', only.name.replace(/-/g, '_')];
  argv.push(
    '--test',
    '--emit=metadata',
    '--error-format=json',
    '--cap-lints=warn',
    '--out-dir',
    `${worker.target}/edition`,
  );
  const result = await worker.exec([...argv, project.file.inside], options);
  if (result.timedOut || result.cancelled || result.limit !== null) return null;
  const origin = { root: worker.root, target: { package: only.name, name: only.name, kind } as const };
  return messagesIn(result.stderr)
    .map((message) => normalise(message, origin))
    .filter((diagnostic) => diagnostic !== null)
    .filter(isError);
}

function filesFolder(): string {
  const folder = join(cacheFolder(), 'files');
  mkdirSync(folder, { recursive: true });
  for (const entry of readdirSync(folder)) {
    const path = join(folder, entry);
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat !== undefined && Date.now() - stat.mtimeMs > keepMs) rmSync(path, { recursive: true, force: true });
  }
  return folder;
}

/** Another run over the same file may read this one: it sees the old text or the new one, nothing in between. */
function writeIfChanged(path: string, text: string): void {
  const old = statSync(path, { throwIfNoEntry: false })?.isFile() ? readFileSync(path, 'utf8') : null;
  if (old === text) return;
  const draft = join(dirname(path), `.${basename(path)}.${process.pid}`);
  writeFileSync(draft, text);
  renameSync(draft, path);
}
