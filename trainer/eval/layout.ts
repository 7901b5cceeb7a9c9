// What a folder of cases holds, in the one layout that docs/REPAIR.md describes:
//
//     NAME.rs  NAME.fixed.rs  NAME.hidden.rs  NAME.json     a lone file
//     NAME/    NAME.fixed/    NAME.hidden/    NAME.json     a crate
//
// Finding and reading them; whether a case is any good is facts.ts's work.
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { glob } from 'tinyglobby';
import { RustaError } from '../../schemas/errors.ts';
import { sha256, shortHash } from '../../schemas/hash.ts';

/** Files of one state of a case: path relative to its root, with forward slashes → bytes. */
export type Texts = ReadonlyMap<string, Uint8Array>;

/** The one path of a lone file's state: a neutral name, which says nothing about the case. */
export const loneFile = 'program.rs';

/** A file of NAME.hidden/ with this ending is appended to the file that it names instead of replacing it. */
export const appended = '.append';

/** `NAME.json`, all of it optional. */
export interface CaseMeta {
  /** Cases that resemble each other: the crate that a fault was put into. */
  readonly group?: string;
  readonly recipe?: string;
  /** False where the known fix is a program of its own: what it prints is then not compared. */
  readonly compare_output?: boolean;
  /** Everything else is kept as it is, for the record. */
  readonly [key: string]: unknown;
}

/** Which half of a set a case belongs to: proposers and weights are tuned on one, figures quoted on the other. */
export type Half = 'tuning' | 'quoting';

export interface Case {
  readonly name: string;
  readonly kind: 'file' | 'crate';
  /** `meta.group`, or the case's own name. */
  readonly group: string;
  readonly half: Half;
  readonly meta: CaseMeta;
  readonly broken: Texts;
  /** The whole state as its author left it; null where no fix is known. */
  readonly fixed: Texts | null;
  /** Laid over a state to judge it; null without hidden tests. */
  readonly hidden: Texts | null;
  /** Of all of the above: a case that was changed is a different one. */
  readonly hash: string;
}

/** Something in the folder that cannot be a case, and why. */
export interface Misfit {
  readonly name: string;
  readonly why: string;
}

/** By the name's hash, so that a crate stays in its half whatever else is in the set. */
export function halfOf(group: string): Half {
  return Number.parseInt(sha256(group).slice(0, 8), 16) % 2 === 0 ? 'tuning' : 'quoting';
}

interface Found {
  kind: 'file' | 'crate' | null;
  fixed: 'file' | 'crate' | null;
  hidden: 'file' | 'crate' | null;
  meta: boolean;
}

/** Names in a folder, put together into cases: entries of one name before its first of `.fixed`, `.hidden`, `.rs`, `.json`. */
export function collate(entries: readonly { readonly name: string; readonly folder: boolean }[]): Map<string, Found> {
  const found = new Map<string, Found>();
  for (const { name, folder } of entries) {
    if (name.startsWith('.')) continue;
    const match = folder ? /^(.+?)(\.fixed|\.hidden)?$/ : /^(.+?)(\.fixed|\.hidden)?\.rs$|^(.+?)(\.json)$/;
    const parts = match.exec(name);
    if (parts === null) continue; // a README beside the cases
    const key = (parts[1] ?? parts[3]) as string;
    const role = parts[2] ?? parts[4] ?? '';
    const one = found.get(key) ?? { kind: null, fixed: null, hidden: null, meta: false };
    const kind = folder ? 'crate' : 'file';
    if (role === '.json') one.meta = true;
    else if (role === '.fixed') one.fixed = kind;
    else if (role === '.hidden') one.hidden = kind;
    else one.kind = one.kind === null ? kind : one.kind;
    found.set(key, one);
  }
  return found;
}

export interface CaseFolder {
  /** Sorted by name. */
  readonly cases: readonly Case[];
  readonly misfits: readonly Misfit[];
}

/** Reads a folder of cases. Throws RustaError (`usage`) when it cannot be read or holds nothing that looks like a case. */
export async function readCases(folder: string, wanted: (name: string) => boolean = () => true): Promise<CaseFolder> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause: NodeJS.ErrnoException) => {
    throw new RustaError(`${folder} cannot be read: ${cause.code}`, { code: 'no-cases', op: 'eval', exit: 'usage' });
  });
  const found = collate(entries.map((entry) => ({ name: entry.name, folder: entry.isDirectory() })));
  const cases: Case[] = [];
  const misfits: Misfit[] = [];
  for (const [name, parts] of [...found].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (!wanted(name)) continue;
    const read = await readCase(folder, name, parts);
    if ('why' in read) misfits.push(read);
    else cases.push(read);
  }
  if (found.size === 0) {
    const hint = 'a case is NAME.rs or a crate folder NAME/; docs/REPAIR.md describes the layout';
    throw new RustaError(`${folder} holds no cases`, { code: 'no-cases', op: 'eval', hint, exit: 'usage' });
  }
  return { cases, misfits };
}

async function readCase(folder: string, name: string, parts: Found): Promise<Case | Misfit> {
  const { kind } = parts;
  if (kind === null) return { name, why: `there is no ${name}.rs and no folder ${name}/` };
  for (const role of ['fixed', 'hidden'] as const)
    if (parts[role] !== null && parts[role] !== kind)
      return { name, why: `${name}.${role} is not a ${kind === 'file' ? 'file' : 'folder'}, as the case is` };
  const broken = await readState(join(folder, name), kind);
  if (kind === 'crate' && !broken.has('Cargo.toml')) return { name, why: 'no crate: the folder has no Cargo.toml' };
  const meta = parts.meta ? readMeta(await readFile(join(folder, `${name}.json`), 'utf8')) : {};
  if (meta === null) return { name, why: `${name}.json is not a JSON object` };
  const laid = parts.fixed === null ? null : await readState(join(folder, `${name}.fixed`), kind);
  const fixed = laid === null ? null : new Map([...broken, ...laid]);
  const hidden = parts.hidden === null ? null : await readState(join(folder, `${name}.hidden`), kind);
  const group = meta.group ?? name;
  const apart = meta.compare_output === false ? ['output not compared'] : [];
  const hash = shortHash(kind, ...apart, ...[broken, fixed, hidden].map((texts) => hashOf(texts)));
  return { name, kind, group, half: halfOf(group), meta, broken, fixed, hidden, hash };
}

function readMeta(text: string): CaseMeta | null {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
    const { group = '', recipe = '' } = value as Record<string, unknown>;
    return typeof group === 'string' && typeof recipe === 'string' ? (value as CaseMeta) : null;
  } catch {
    return null;
  }
}

/** The texts of `path` (without `.rs`); what cargo builds is no part of a crate. */
async function readState(path: string, kind: 'file' | 'crate'): Promise<Texts> {
  if (kind === 'file') return new Map([[loneFile, await readFile(`${path}.rs`)]]);
  return readTree(path);
}

/** Every file of a crate folder but its target folder. */
export async function readTree(root: string): Promise<Texts> {
  const paths = await glob('**', {
    cwd: root,
    dot: true,
    ignore: ['target/**', '.git/**'],
    followSymbolicLinks: false,
  });
  const texts = new Map<string, Uint8Array>();
  for (const path of paths.sort())
    if ((await stat(join(root, path))).isFile()) texts.set(path, await readFile(join(root, path)));
  return texts;
}

/** A state with the hidden tests laid over it. */
export function withHidden(state: Texts, hidden: Texts, kind: 'file' | 'crate'): Texts {
  const texts = new Map(state);
  for (const [path, bytes] of hidden) {
    const target = kind === 'file' ? path : path.endsWith(appended) ? path.slice(0, -appended.length) : null;
    if (target === null) texts.set(path, bytes);
    else texts.set(target, Buffer.concat([texts.get(target) ?? new Uint8Array(), Buffer.from('\n'), bytes]));
  }
  return texts;
}

export function sameTexts(a: Texts, b: Texts): boolean {
  return hashOf(a) === hashOf(b);
}

function hashOf(texts: Texts | null): string {
  if (texts === null) return '';
  return shortHash(
    ...[...texts].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([path, bytes]) => [path, sha256(bytes)]),
  );
}
