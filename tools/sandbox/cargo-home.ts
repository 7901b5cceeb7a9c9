// The private CARGO_HOME of a sandbox: the user's downloaded crates read-only at their own path, and a configuration
// that carries the user's linker, target and source settings and nothing that runs a program of its own.
import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { parse, stringify } from 'smol-toml';
import { RustaError } from '../../schemas/errors.ts';
import type { Mount } from './bubblewrap.ts';

type Table = Record<string, unknown>;

export interface CargoHome {
  /** Absolute path of the user's CARGO_HOME: the private one stands at the same place. */
  readonly path: string;
  /** The generated config.toml. */
  readonly config: string;
  /** Registry and git caches, and what the configuration names by path: all read-only. */
  readonly mounts: readonly (Mount & { /** One of the caches that `cargo fetch` fills. */ readonly cache: boolean })[];
}

/** `$CARGO_HOME`, or `~/.cargo`. */
export function userCargoHome(): string {
  const named = process.env.CARGO_HOME;
  return named !== undefined && isAbsolute(named) ? named : join(homedir(), '.cargo');
}

/** What of the user's CARGO_HOME a sandbox sees. Throws RustaError (exit `usage`) when its configuration is not TOML. */
export function cargoHome(): CargoHome {
  const path = userCargoHome();
  const mounts: CargoHome['mounts'][number][] = [];
  for (const cache of ['registry', 'git']) {
    const folder = join(path, cache);
    if (existsSync(folder)) mounts.push({ from: realpathSync(folder), to: folder, cache: true });
  }
  const carried = carriedSettings(readConfig(path), path);
  for (const named of carried.paths)
    if (existsSync(named) && !named.startsWith('/usr/'))
      mounts.push({ from: realpathSync(named), to: named, cache: false });
  return { path, config: stringify(carried.config), mounts };
}

function readConfig(home: string): Table {
  // Cargo itself prefers the old name where both exist.
  for (const file of [join(home, 'config'), join(home, 'config.toml')]) {
    if (!existsSync(file) || !statSync(file).isFile()) continue;
    try {
      return parse(readFileSync(file, 'utf8')) as Table;
    } catch (cause) {
      throw new RustaError(`${file} is not TOML: ${(cause as Error).message.split('\n', 1)[0]}`, {
        code: 'cargo-config',
        op: 'sandbox',
        exit: 'usage',
        cause,
      });
    }
  }
  return {};
}

/**
 * Of a cargo configuration: `source`, the index of each `registries` entry, and linker, archiver and flags of `target.*`
 * and `build`. Not carried: wrappers, runners, aliases, tokens, credential providers, `env`, `paths`, `target-dir`, network.
 * `paths` are the files and folders that the carried settings name, absolute.
 */
export function carriedSettings(
  config: Table,
  home: string,
): { readonly config: Table; readonly paths: readonly string[] } {
  const paths: string[] = [];
  // Cargo resolves relative paths of a configuration against the folder above the one it is in.
  const absolute = (value: unknown): string => {
    const path = resolve(home, '..', String(value));
    paths.push(path);
    return path;
  };
  const out: Table = {};
  const source = mapTables(config.source, (table) => {
    const kept = pick(table, ['registry', 'replace-with', 'git', 'branch', 'tag', 'rev']);
    for (const key of ['directory', 'local-registry']) if (table[key] !== undefined) kept[key] = absolute(table[key]);
    return kept;
  });
  const registries = mapTables(config.registries, (table) => pick(table, ['index']));
  const target = mapTables(config.target, (table) => {
    const kept = pick(table, ['rustflags']);
    for (const key of ['linker', 'ar']) {
      const value = table[key];
      // A bare name is looked up on PATH, a path is relative to the configuration.
      if (typeof value === 'string') kept[key] = value.includes('/') ? absolute(value) : value;
    }
    return kept;
  });
  const build = pick(asTable(config.build), ['target', 'rustflags']);
  for (const [key, table] of Object.entries({ source, registries, target, build }))
    if (Object.keys(table).length > 0) out[key] = table;
  return { config: out, paths };
}

function asTable(value: unknown): Table {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Table) : {};
}

/** Each named table through `map`; those of which nothing is left are left out. */
function mapTables(value: unknown, map: (table: Table) => Table): Table {
  const mapped = Object.entries(asTable(value)).map(([name, table]): [string, Table] => [name, map(asTable(table))]);
  return Object.fromEntries(mapped.filter(([, table]) => Object.keys(table).length > 0));
}

function pick(table: Table, keys: readonly string[]): Table {
  return Object.fromEntries(keys.filter((key) => table[key] !== undefined).map((key) => [key, table[key]]));
}
