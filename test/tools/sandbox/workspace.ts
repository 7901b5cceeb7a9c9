// A throw-away workspace with its own cache folder, and the workers over it. Every test makes and removes its own.
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { sha256 } from '../../../schemas/hash.ts';
import { openBench } from '../../../tools/sandbox/bench.ts';
import { removeTree } from '../../../tools/sandbox/cache.ts';
import { findToolchain } from '../../../tools/sandbox/toolchain.ts';
import type { Bench, BenchSpec, Worker } from '../../../tools/sandbox/types.ts';

export const manifest: string = '[package]\nname = "demo"\nversion = "0.1.0"\nedition = "2021"\n';

export interface Workspace {
  /** The temporary folder that holds everything. */
  readonly base: string;
  /** The crate, at `base/crate`. */
  readonly root: string;
  write(files: Readonly<Record<string, string>>): void;
  open(spec?: Partial<BenchSpec>): Promise<Bench>;
  remove(): Promise<void>;
}

/** Files are relative to the crate; `name` lets its folder be an odd one. Sets XDG_CACHE_HOME. */
export function workspace(files: Readonly<Record<string, string>>, name = 'crate'): Workspace {
  const base = realpathSync(mkdtempSync(join(tmpdir(), 'rusta-test-')));
  const root = join(base, name);
  process.env.XDG_CACHE_HOME = join(base, 'cache');
  const opened: Bench[] = [];
  const made: Workspace = {
    base,
    root,
    write(more) {
      for (const [path, text] of Object.entries(more)) {
        mkdirSync(dirname(join(root, path)), { recursive: true });
        writeFileSync(join(root, path), text);
      }
    },
    async open(spec = {}) {
      const bench = await openBench({
        root,
        pathDependencies: [],
        toolchain: await findToolchain(null),
        env: [],
        isolation: { kind: 'bubblewrap', version: 'any', limits: 'watchdog' },
        seedTarget: null,
        ...spec,
      });
      opened.push(bench);
      return bench;
    },
    async remove() {
      for (const bench of opened) await bench.close();
      removeTree(base);
    },
  };
  made.write(files);
  return made;
}

/** A workspace and its first worker, removed when `use` is over. */
export async function withWorker(
  files: Readonly<Record<string, string>>,
  use: (worker: Worker, space: Workspace, bench: Bench) => Promise<void>,
  spec: Partial<BenchSpec> = {},
  name?: string,
): Promise<void> {
  const space = workspace(files, name);
  try {
    const bench = await space.open(spec);
    await use(await bench.worker(0), space, bench);
  } finally {
    await space.remove();
  }
}

/** One hash over every name, kind, mode, time and byte below `folder`: a change of any kind changes it. */
export function treeHash(folder: string): string {
  const lines: string[] = [];
  const walk = (path: string): void => {
    for (const name of readdirSync(path).sort()) {
      const at = join(path, name);
      const stat = lstatSync(at);
      const content = stat.isFile() ? sha256(readFileSync(at)) : stat.isSymbolicLink() ? readlinkSync(at) : '';
      lines.push(
        [at, stat.mode, stat.isDirectory() ? '' : `${stat.mtimeMs} ${stat.ino} ${stat.nlink}`, content].join(' '),
      );
      if (stat.isDirectory()) walk(at);
    }
  };
  walk(folder);
  return sha256(lines.join('\n'));
}
