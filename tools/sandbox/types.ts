// What the rest of the tree knows of isolation: workers that run commands over private copies of a workspace.
import type { RunOptions, RunResult } from '../process.ts';

/** A Rust toolchain, found without starting anything in the crate's folder. */
export interface Toolchain {
  /** `stable-x86_64-unknown-linux-gnu`, or `system` without rustup. */
  readonly name: string;
  readonly sysroot: string;
  readonly host: string;
  /** `rustc -V` and host in one string: part of every record and cache key. */
  readonly version: string;
  /** Absolute path of the real cargo and rustc (never rustup's proxies). */
  readonly cargo: string;
  readonly rustc: string;
}

export type Isolation =
  | { readonly kind: 'bubblewrap'; readonly version: string; readonly limits: 'cgroup' | 'watchdog' }
  | { readonly kind: 'trust'; readonly why: 'flag' | 'remembered' | 'shipped-example' };

export interface Limits {
  /** Bytes of memory over all processes of one run. */
  readonly memory: number;
  readonly processes: number;
  /** Bytes that one run may write to its private file systems and its target folder. */
  readonly disk: number;
}

export interface BenchSpec {
  /** Absolute, canonical path of the workspace root: the mirror is mounted there. */
  readonly root: string;
  /** Path dependencies outside the root: bound read-only at their own paths. */
  readonly pathDependencies: readonly string[];
  /** The Cargo.lock that a root without one gets in its mirrors; without this cargo is asked to make it. */
  readonly lock?: string;
  readonly toolchain: Toolchain;
  /** Names of environment variables that pass through (`--env KEY`). */
  readonly env: readonly string[];
  readonly limits?: Partial<Limits>;
  readonly isolation: Isolation;
  /** The user's own target folder, to seed from; null when there is none. */
  readonly seedTarget: string | null;
}

/** Path relative to the workspace root → its bytes in this state. */
export type Overlay = ReadonlyMap<string, Uint8Array>;

export interface ExecOptions extends Omit<RunOptions, 'cwd' | 'env'> {
  /** Relative to the workspace root; the root itself by default. */
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Whether the run may write into the mirror of the source tree (tests may; compiling may not). */
  readonly writableTree?: boolean;
  /**
   * For `cargo fetch` alone: network on, the user's registry and git caches writable, and the crate's own cargo
   * configuration unread, so that nothing of the crate runs. The Cargo.lock that it writes stays in the mirrors.
   */
  readonly fetch?: boolean;
}

/** One mirror, one target folder, one command at a time. */
export interface Worker {
  readonly index: number;
  /** The workspace root as processes inside see it. */
  readonly root: string;
  /** The target folder as processes inside see it. */
  readonly target: string;
  /** Brings the mirror to the user's tree plus `overlay`: what an earlier overlay changed is put back. Every write gets a fresh mtime. */
  show(overlay: Overlay): Promise<void>;
  exec(argv: readonly string[], options: ExecOptions): Promise<RunResult>;
}

/** Something of the user's tree that the mirrors leave out, and why. */
export interface LeftOut {
  readonly path: string;
  readonly why: 'link-out-of-tree' | 'unreadable' | 'special-file';
}

/** The workers of one run over one workspace. */
export interface Bench {
  readonly spec: BenchSpec;
  readonly leftOut: readonly LeftOut[];
  /** Opens worker `index` (0-based) on first use; later ones are copied from the first. */
  worker(index: number): Promise<Worker>;
  /** Ends every process and gives the folders back to the cache. */
  close(): Promise<void>;
}
