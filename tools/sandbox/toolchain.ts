// Finds the Rust toolchain that the user and the project ask for, reading the project's files as data.
// Nothing is started in the crate's folder: rustc is the real one, run in `/` with a clean environment. Installing is left to the user.
import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, delimiter, dirname, isAbsolute, join } from 'node:path';
import { parse } from 'smol-toml';
import { RustaError } from '../../schemas/errors.ts';
import { run } from '../process.ts';
import type { Toolchain } from './types.ts';

const op = 'toolchain';

/** What asks for a toolchain, in rustup's own order of precedence. */
interface Wish {
  readonly name: string;
  /** Named in messages: `RUSTUP_TOOLCHAIN`, or the file that pins it. */
  readonly from: string;
  /** True where the name is the user's own word, who may also name a folder. */
  readonly trusted: boolean;
}

/**
 * The toolchain for `root` (null: no project). `asked` is the user's `+toolchain`.
 * Throws RustaError: exit `refused` for a pin by `path`, exit `toolchain` for one that is not installed.
 */
export async function findToolchain(root: string | null, asked?: string): Promise<Toolchain> {
  const home = rustupHome();
  const installed = installedToolchains(home);
  const wish = askedFor(root, home, asked);
  if (wish?.trusted && isAbsolute(wish.name)) return describe(basename(wish.name), wish.name, null);
  if (installed.length > 0) {
    const settings = readSettings(home);
    const name = wish?.name ?? settings.default;
    if (name === null) {
      throw new RustaError('rustup has no default toolchain', {
        code: 'no-default',
        op,
        hint: 'rustup default stable',
        exit: 'toolchain',
      });
    }
    const folder = pick(name, installed, settings.host);
    if (folder !== null) return describe(folder, join(home, 'toolchains', folder), join(home, 'toolchains'));
    throw new RustaError(`${name}${wish === null ? '' : `, named by ${wish.from},`} is not installed`, {
      code: 'not-installed',
      op,
      hint: `rustup toolchain install ${name}`,
      expected: name,
      got: installed.join(', '),
      exit: 'toolchain',
    });
  }
  return systemToolchain(root);
}

/** `$RUSTUP_HOME`, or `~/.rustup`. */
function rustupHome(): string {
  return process.env.RUSTUP_HOME || join(homedir(), '.rustup');
}

function installedToolchains(home: string): readonly string[] {
  try {
    return readdirSync(join(home, 'toolchains'))
      .filter((name) => existsSync(join(home, 'toolchains', name, 'bin', 'rustc')))
      .sort();
  } catch {
    return [];
  }
}

interface Settings {
  readonly default: string | null;
  readonly host: string | null;
  readonly overrides: Readonly<Record<string, string>>;
}

function readSettings(home: string): Settings {
  const none: Settings = { default: null, host: null, overrides: {} };
  try {
    const toml = parse(readFileSync(join(home, 'settings.toml'), 'utf8')) as Record<string, unknown>;
    return {
      default: typeof toml.default_toolchain === 'string' ? toml.default_toolchain : null,
      host: typeof toml.default_host_triple === 'string' ? toml.default_host_triple : null,
      overrides: (toml.overrides ?? {}) as Record<string, string>,
    };
  } catch {
    return none;
  }
}

function askedFor(root: string | null, home: string, asked: string | undefined): Wish | null {
  if (asked !== undefined)
    return { name: asked.replace(/^\+/, ''), from: `+${asked.replace(/^\+/, '')}`, trusted: true };
  const variable = process.env.RUSTUP_TOOLCHAIN;
  if (variable) return { name: variable, from: 'RUSTUP_TOOLCHAIN', trusted: true };
  if (root === null) return null;
  const { overrides } = readSettings(home);
  // rustup walks up from the folder; at each level its own override comes before the file.
  for (let folder = root; ; folder = dirname(folder)) {
    const override = overrides[folder];
    if (override !== undefined) return { name: override, from: `rustup override for ${folder}`, trusted: true };
    for (const file of ['rust-toolchain', 'rust-toolchain.toml']) {
      const path = join(folder, file);
      const text = readIfFile(path);
      if (text !== null) return pinned(path, text);
    }
    if (folder === dirname(folder)) return null;
  }
}

function readIfFile(path: string): string | null {
  try {
    return statSync(path).isFile() ? readFileSync(path, 'utf8') : null;
  } catch {
    return null;
  }
}

/** The channel that a `rust-toolchain` or `rust-toolchain.toml` pins; components and targets are rustup's affair. */
export function pinned(path: string, text: string): Wish | null {
  const bare = text.trim();
  // The old form is one word in the file `rust-toolchain`.
  if (!path.endsWith('.toml') && /^[^\s[=]+$/.test(bare)) return checkedChannel(path, bare);
  let toml: Record<string, unknown>;
  try {
    toml = parse(text) as Record<string, unknown>;
  } catch (cause) {
    throw new RustaError(`${path} is not TOML: ${firstLine((cause as Error).message)}`, {
      code: 'pin-broken',
      op,
      exit: 'toolchain',
      cause,
    });
  }
  const table = (toml.toolchain ?? {}) as Record<string, unknown>;
  if (table.path !== undefined) {
    throw new RustaError(`${path} sets toolchain.path, which would run the project's own compiler`, {
      code: 'pin-path',
      op,
      hint: 'name an installed toolchain in RUSTUP_TOOLCHAIN, or replace `path` by `channel`',
      exit: 'refused',
    });
  }
  const channel = table.channel;
  if (channel === undefined) return null;
  if (typeof channel !== 'string') {
    throw new RustaError(`${path}: toolchain.channel is not a string`, { code: 'pin-broken', op, exit: 'toolchain' });
  }
  return checkedChannel(path, channel);
}

function checkedChannel(path: string, channel: string): Wish {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(channel)) return { name: channel, from: path, trusted: false };
  throw new RustaError(`${path} names the toolchain ${JSON.stringify(channel)}, which is no toolchain name`, {
    code: 'pin-path',
    op,
    expected: 'a channel such as stable, 1.95 or nightly-2026-03-21',
    exit: 'refused',
  });
}

/** The installed folder that `name` means: itself, itself for the host, or the newest patch release of a `1.95`. */
function pick(name: string, installed: readonly string[], host: string | null): string | null {
  if (installed.includes(name)) return name;
  if (host !== null && installed.includes(`${name}-${host}`)) return `${name}-${host}`;
  const triple = nativeTriple();
  const forHost = (channel: RegExp): string[] =>
    installed.filter((folder) => channel.test(folder) && triple.test(folder));
  const literal = name.replace(/[.]/g, '\\.');
  const exact = forHost(new RegExp(`^${literal}-[a-z]`));
  if (exact[0] !== undefined) return exact[0];
  if (!/^\d+\.\d+$/.test(name)) return null;
  const patch = (folder: string): number => Number(/^\d+\.\d+\.(\d+)-/.exec(folder)?.[1] ?? -1);
  return forHost(new RegExp(`^${literal}\\.\\d+-`)).sort((a, b) => patch(b) - patch(a))[0] ?? null;
}

/** Matches the names of toolchains that run on this machine. */
function nativeTriple(): RegExp {
  const cpu =
    process.arch === 'x64'
      ? 'x86_64'
      : process.arch === 'arm64'
        ? 'aarch64'
        : process.arch === 'ia32'
          ? 'i686'
          : process.arch;
  const system = process.platform === 'darwin' ? 'apple-darwin' : 'linux-(gnu|musl)';
  return new RegExp(`-${cpu}-.*${system}`);
}

/** A toolchain without rustup: rustc and cargo on PATH, but never one in the project or at a relative path. */
async function systemToolchain(root: string | null): Promise<Toolchain> {
  const rustc = onPath('rustc', root);
  if (rustc === null || isProxy(rustc)) {
    throw new RustaError('no Rust toolchain found', {
      code: 'missing',
      op,
      hint: rustc === null ? 'install Rust, see https://rustup.rs' : 'rustup default stable',
      exit: 'toolchain',
    });
  }
  const printed = await ask(rustc, ['--print', 'sysroot']);
  const cargo = onPath('cargo', root);
  return describe('system', printed.trim(), null, rustc, cargo !== null && !isProxy(cargo) ? cargo : undefined);
}

function onPath(command: string, root: string | null): string | null {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    if (!isAbsolute(folder) || (root !== null && `${folder}/`.startsWith(`${root}/`))) continue;
    const path = join(folder, command);
    try {
      if (statSync(path).isFile()) return path;
    } catch {
      // not in this folder
    }
  }
  return null;
}

/** rustup's proxies are rustup itself under another name: a link to it, or the same file. */
function isProxy(path: string): boolean {
  const real = realpathSync(path);
  if (basename(real).startsWith('rustup')) return true;
  const beside = join(dirname(real), 'rustup');
  return existsSync(beside) && statSync(beside).size === statSync(real).size;
}

const known = new Map<string, Promise<Toolchain>>();

async function describe(
  name: string,
  folder: string,
  siblings: string | null,
  rustcPath?: string,
  cargoPath?: string,
): Promise<Toolchain> {
  const rustc = rustcPath ?? join(folder, 'bin', 'rustc');
  let key: string;
  let sysroot: string;
  try {
    sysroot = realpathSync(folder);
    const stat = statSync(rustc);
    key = `${name}\0${rustc}\0${stat.mtimeMs}\0${stat.size}`;
  } catch (cause) {
    throw new RustaError(`${folder} holds no bin/rustc`, { code: 'missing', op, exit: 'toolchain', cause });
  }
  let entry = known.get(key);
  if (entry === undefined) {
    entry = versionOf(name, sysroot, rustc, cargoPath ?? findCargo(sysroot, siblings));
    entry.catch(() => known.delete(key));
    known.set(key, entry);
  }
  return entry;
}

/** A linked toolchain may lack cargo; rustup then takes that of another one. */
function findCargo(sysroot: string, siblings: string | null): string {
  const own = join(sysroot, 'bin', 'cargo');
  if (existsSync(own)) return own;
  for (const folder of siblings === null ? [] : readdirSync(siblings).sort().reverse()) {
    const cargo = join(siblings as string, folder, 'bin', 'cargo');
    if (existsSync(cargo)) return realpathSync(cargo);
  }
  throw new RustaError(`${sysroot} has no cargo`, {
    code: 'no-cargo',
    op,
    hint: 'install a complete toolchain: rustup default stable',
    exit: 'toolchain',
  });
}

async function versionOf(name: string, sysroot: string, rustc: string, cargo: string): Promise<Toolchain> {
  const text = await ask(rustc, ['-vV']);
  const host = /^host: (\S+)$/m.exec(text)?.[1];
  if (host === undefined) {
    throw new RustaError(`${rustc} -vV names no host`, {
      code: 'odd-rustc',
      op,
      got: firstLine(text),
      exit: 'toolchain',
    });
  }
  return { name, sysroot, host, version: `${firstLine(text)} ${host}`, cargo, rustc };
}

async function ask(rustc: string, args: readonly string[]): Promise<string> {
  const result = await run(rustc, args, {
    cwd: '/',
    env: { PATH: '/usr/bin:/bin', HOME: '/' },
    timeMs: 30_000,
    maxBytes: 65_536,
  });
  if (result.code === 0) return result.stdout;
  throw new RustaError(
    `${rustc} ${args.join(' ')} failed: ${firstLine(result.stderr) || result.signal || result.code}`,
    {
      code: 'broken-rustc',
      op,
      hint: 'reinstall the toolchain',
      exit: 'toolchain',
    },
  );
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}
