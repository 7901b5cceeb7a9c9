// One worker: runs commands over its own tree and target folder, one at a time, in bubblewrap or, trusted, without.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { RustaError } from '../../schemas/errors.ts';
import { shortHash } from '../../schemas/hash.ts';
import { type RunOptions, type RunResult, start } from '../process.ts';
import { inOrder, type Mount } from './bubblewrap.ts';
import { removeTree } from './cache.ts';
import { type CargoHome, cargoHome } from './cargo-home.ts';
import { confined, killOne } from './confine.ts';
import { sizeOnDisk } from './disk.ts';
import { defaultLimits, keepLimits, type LimitKeeper, rlimitCommand } from './limits.ts';
import { type BytePath, bring, type Clock, type Entry, list } from './mirror.ts';
import { networkFiles, probeBubblewrap, systemEntries } from './probe.ts';
import { pidsWithEnvironment } from './proc.ts';
import { seedTarget } from './seed.ts';
import { type Snapshot, Tree } from './tree.ts';
import type { BenchSpec, ExecOptions, Overlay, Worker } from './types.ts';

/** What all workers of a bench stand on. */
export interface Ground {
  readonly spec: BenchSpec;
  readonly snapshot: Snapshot;
  readonly clock: Clock;
  /** The slot's folder in the cache. */
  readonly slot: string;
  readonly targetInside: string;
  /** What makes cold builds short, as environment. */
  readonly lean: Readonly<Record<string, string>>;
}

const MiB = 1024 ** 2;
/** Lines of an error about Cargo.lock: cargo's are ten at most. */
const mostLinesHeld = 100;
/** Largest Cargo.lock believed. */
const mostLockBytes = 32 * MiB;

export class SandboxWorker implements Worker {
  readonly index: number;
  readonly root: string;
  readonly target: string;
  /** On the host: holds the tree, the target folder, and scratch. */
  readonly folder: string;
  readonly tree: Tree;
  readonly #ground: Ground;
  readonly #keeper: LimitKeeper;
  readonly #home: CargoHome;
  #runs = 0;
  /** Whether a run of cargo has already shown that Cargo.lock is current, or brought it up to date. */
  #lockProved: boolean;
  readonly #closing = new AbortController();
  /** One command at a time: the end of the last one asked for. */
  #turn: Promise<unknown> = Promise.resolve();

  /** `have`: the snapshot's listing when this worker's tree was last brought up to date. `baseline`: bytes already in `folder`. */
  constructor(index: number, folder: string, ground: Ground, have: ReadonlyMap<BytePath, Entry>, baseline: number) {
    const { spec } = ground;
    this.index = index;
    this.folder = folder;
    this.#lockProved = index !== 0;
    this.#ground = ground;
    this.#home = cargoHome();
    const trusted = spec.isolation.kind === 'trust';
    // Trusted code sees the cache's own paths: the absolute layout is kept, so that relative path dependencies hold.
    const layout = join(folder, 'layout');
    const tree = trusted ? join(layout, spec.root) : join(folder, 'tree');
    this.root = trusted ? tree : spec.root;
    this.target = trusted ? join(folder, 'target') : ground.targetInside;
    for (const part of ['target', 'tmp', 'home']) mkdirSync(join(folder, part), { recursive: true });
    if (!existsSync(tree)) have = new Map();
    mkdirSync(tree, { recursive: true });
    const hole = this.#mountPoint(tree);
    if (hole !== null) mkdirSync(hole, { recursive: true });
    this.tree = new Tree(tree, ground.snapshot, have, ground.clock, hole === null ? [] : [hole]);
    if (trusted) {
      for (const path of spec.pathDependencies) {
        removeTree(join(layout, path));
        mkdirSync(join(layout, path), { recursive: true });
        bring(path, list(path), join(layout, path), new Map(), ground.clock);
      }
    }
    writeFileSync(join(folder, 'cargo-config.toml'), this.#home.config);
    this.#keeper = keepLimits({ ...defaultLimits(), ...spec.limits }, folder, baseline);
  }

  /** The folder in the tree that the target folder is mounted over; null when it stands elsewhere. */
  #mountPoint(tree: string): string | null {
    const inside = relative(this.root, this.target);
    return inside === '' || inside.startsWith('..') || isAbsolute(inside) ? null : join(tree, inside);
  }

  show(overlay: Overlay): Promise<void> {
    return this.#alone(async () => this.tree.show(overlay));
  }

  exec(argv: readonly string[], options: ExecOptions): Promise<RunResult> {
    if (options.fetch !== true) {
      if (this.#lockProved || basename(argv[0] ?? '') !== 'cargo') return this.execWith(argv, options, () => {});
      this.#lockProved = true;
      return this.#firstCargo(argv, options);
    }
    if (argv[0] !== 'cargo' || argv[1] !== 'fetch') {
      throw new RustaError(`${argv.join(' ')} is not cargo fetch, and may not reach the network`, {
        code: 'no-network',
        op: 'sandbox',
        exit: 'refused',
      });
    }
    // Cargo looks for configuration from its folder upward: from / it finds none of the crate's, and so starts no wrapper.
    const fetch = [...argv, '--manifest-path', join(this.root, 'Cargo.toml')];
    return this.execWith(fetch, { ...options, cwd: '/' }, () => {
      this.tree.adopt('Cargo.lock', mostLockBytes); // what it resolved is what all later runs see
    });
  }

  /**
   * Gives a workspace without a current Cargo.lock one, in the mirrors only: compile runs see the tree read-only and could
   * not. True when there is a new one. A resolution that fails (a broken manifest, a dependency that was never
   * downloaded) is left for the first check to say.
   */
  async createLock(): Promise<boolean> {
    let made = false;
    const command = ['cargo', 'metadata', '--offline', '--format-version', '1'];
    await this.execWith(command, { writableTree: true, timeMs: 60_000, maxBytes: 4096 }, () => {
      made = this.tree.adopt('Cargo.lock', mostLockBytes);
    });
    return made;
  }

  /** Where cargo ends because Cargo.lock is not current and may not be written, it gets a new one and runs again. */
  async #firstCargo(argv: readonly string[], options: ExecOptions): Promise<RunResult> {
    const held: string[] = [];
    let holding = true;
    const tell = options.onStderrLine ?? (() => {});
    const flush = (): void => {
      holding = false;
      for (const line of held.splice(0)) tell(line);
    };
    // What cargo says of the old one is nobody's business: nothing is passed on from the first error to the end.
    const onStderrLine = (line: string): void => {
      if (!holding || (held.length === 0 && !line.startsWith('error'))) tell(line);
      else if (held.push(line) > mostLinesHeld) flush();
    };
    const result = await this.execWith(argv, { ...options, onStderrLine }, () => {});
    const refused = result.code !== 0 && holding && held.some((line) => /Cargo\.lock|lock file/.test(line));
    if (refused && (await this.createLock())) return this.execWith(argv, options, () => {});
    flush();
    return result;
  }

  /** Like `exec`; `look` sees the tree as the command left it, before it is put back. */
  execWith(argv: readonly string[], options: ExecOptions, look: () => void): Promise<RunResult> {
    return this.#alone(async () => {
      const mayWrite =
        options.writableTree === true || options.fetch === true || this.#ground.spec.isolation.kind === 'trust';
      if (mayWrite) await this.tree.guard();
      try {
        const result = await (this.#ground.spec.isolation.kind === 'trust'
          ? this.#trusted(argv, options)
          : this.#confined(argv, options));
        if (result.limit === 'disk') await this.#freshTarget();
        look();
        return result;
      } finally {
        if (mayWrite) this.tree.verify();
      }
    });
  }

  /** What filled the disk must not fill it for the runs after it. */
  async #freshTarget(): Promise<void> {
    const target = join(this.folder, 'target');
    removeTree(target);
    mkdirSync(target, { recursive: true });
    if (this.#ground.spec.seedTarget !== null) await seedTarget(this.#ground.spec.seedTarget, target);
  }

  async #alone<T>(work: () => Promise<T>): Promise<T> {
    const before = this.#turn;
    const mine = before.then(() => {
      if (this.#closing.signal.aborted)
        throw new RustaError('the sandbox is closed', { code: 'closed', op: 'sandbox', exit: 'interrupted' });
      return work();
    });
    this.#turn = mine.catch(() => {});
    return mine;
  }

  #options(options: ExecOptions): RunOptions {
    const signal =
      options.signal === undefined ? this.#closing.signal : AbortSignal.any([options.signal, this.#closing.signal]);
    return { ...options, signal };
  }

  #environment(options: ExecOptions, home: string, temporary: string): Record<string, string> {
    const { spec } = this.#ground;
    const passed: Record<string, string> = {};
    for (const name of spec.env) {
      const value = process.env[name];
      if (value !== undefined) passed[name] = value;
    }
    return {
      LANG: 'C.UTF-8',
      CARGO_NET_OFFLINE: options.fetch === true ? 'false' : 'true',
      CARGO_TERM_COLOR: 'never',
      ...this.#ground.lean,
      ...passed,
      ...options.env,
      PATH: `${join(spec.toolchain.sysroot, 'bin')}:${dirname(spec.toolchain.cargo)}:/usr/local/bin:/usr/bin:/bin`,
      HOME: home,
      TMPDIR: temporary,
      CARGO_HOME: this.#home.path,
      CARGO_TARGET_DIR: this.target,
    };
  }

  async #confined(argv: readonly string[], options: ExecOptions): Promise<RunResult> {
    const probe = await probeBubblewrap();
    if (!probe.works) throw new RustaError(probe.why, { code: 'sandbox-missing', op: 'sandbox', exit: 'refused' });
    const { limits } = this.#keeper;
    const temporary = Math.min(limits.disk, Math.floor(limits.memory / 2));
    const scratch = [
      { path: '/tmp', bytes: temporary, onDisk: join(this.folder, 'tmp') },
      { path: '/dev/shm', bytes: Math.min(temporary, 256 * MiB), onDisk: join(this.folder, 'shm') },
      { path: '/rusta/home', bytes: Math.min(temporary, 256 * MiB), onDisk: join(this.folder, 'home') },
      { path: this.#home.path, bytes: Math.min(temporary, 64 * MiB), onDisk: join(this.folder, 'cargo-home') },
    ];
    if (!probe.features.size) for (const { onDisk } of scratch) this.#empty(onDisk);
    return confined(
      probe.path,
      {
        features: probe.features,
        system: systemEntries(),
        scratch,
        mounts: this.#mounts(options),
        environment: this.#environment(options, '/rusta/home', '/tmp'),
        cwd: resolve(this.root, options.cwd ?? ''),
        network: options.fetch === true,
      },
      argv,
      this.#options(options),
      this.#keeper,
    );
  }

  #empty(folder: string): void {
    removeTree(folder);
    mkdirSync(folder, { recursive: true });
  }

  #mounts(options: ExecOptions): Mount[] {
    const { spec } = this.#ground;
    const under: Mount[] = [];
    const sysroot = spec.toolchain.sysroot;
    for (const folder of new Set([sysroot, dirname(dirname(spec.toolchain.cargo))])) {
      if (folder !== '/usr' && !folder.startsWith('/usr/')) under.push({ from: folder, to: folder });
    }
    if (sysroot.startsWith('/nix/')) under.push({ from: '/nix/store', to: '/nix/store' });
    const fetch = options.fetch === true;
    if (fetch) for (const cache of ['registry', 'git']) mkdirSync(join(this.#home.path, cache), { recursive: true });
    under.push(...cargoHome().mounts.map((mount) => ({ ...mount, writable: fetch && mount.cache })));
    if (fetch) under.push(...networkFiles().map((path) => ({ from: path, to: path })));
    under.push({ from: join(this.folder, 'cargo-config.toml'), to: join(this.#home.path, 'config.toml') });
    for (const path of spec.pathDependencies) under.push({ from: path, to: path });
    // The tree on top of all that, its target folder on top of the tree.
    return [
      ...inOrder(under),
      { from: this.tree.path, to: this.root, writable: options.writableTree === true || fetch },
      { from: join(this.folder, 'target'), to: this.target, writable: true },
    ];
  }

  async #trusted(argv: readonly string[], options: ExecOptions): Promise<RunResult> {
    if (argv.length === 0) throw new RustaError('there is no command to run', { code: 'no-command', op: 'sandbox' });
    for (const part of ['tmp', 'home']) this.#empty(join(this.folder, part));
    const mark = `RUSTA_RUN=${shortHash(this.folder, String(process.pid), String(this.#runs++))}`;
    const environment = {
      ...this.#environment(options, join(this.folder, 'home'), join(this.folder, 'tmp')),
      RUSTA_RUN: mark.slice(10),
    };
    const [command, ...args] = rlimitCommand(this.#keeper.limits, argv, 3);
    const running = await start(command as string, args, {
      ...this.#options(options),
      cwd: resolve(this.root, options.cwd ?? ''),
      env: environment,
      pipes: 1,
    });
    this.#keeper.begin(running.pid, running.end);
    const [gate] = running.pipes;
    gate?.on('error', () => {}); // it may be over already
    gate?.end('\n');
    const result = await running.done;
    const limit = await this.#keeper.finish();
    // A daemon left the process group. Without a pid namespace, what it inherited is the only trace of where it came from.
    for (const pid of pidsWithEnvironment(mark)) killOne(pid);
    return { ...result, limit: result.limit ?? limit };
  }

  /** Ends what runs and puts the tree back. The worker's bytes on disk, or null when its folder is not fit to be kept. */
  async close(): Promise<number | null> {
    this.#closing.abort();
    await this.#turn;
    this.#keeper.close();
    try {
      this.tree.show(new Map());
      return await sizeOnDisk(this.folder);
    } catch {
      return null;
    }
  }
}
