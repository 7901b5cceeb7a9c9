// A worker without isolation for tests of what runs in one: a temporary folder, and this machine's rustc.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { RustcUnit } from '../../tools/cargo/types.ts';
import { run } from '../../tools/process.ts';
import type { Worker } from '../../tools/sandbox/types.ts';

export interface LocalWorker extends Worker {
  /** How many commands ran so far. */
  readonly runs: () => number;
  close(): Promise<void>;
}

/** Shows what it is given and keeps nothing of what it showed before but files of the same path. */
export async function localWorker(): Promise<LocalWorker> {
  const root = await mkdtemp(join(tmpdir(), 'rusta-worker-'));
  let runs = 0;
  return {
    index: 0,
    root,
    target: join(root, 'target'),
    runs: () => runs,
    async show(overlay) {
      for (const [path, bytes] of overlay) {
        await mkdir(dirname(join(root, path)), { recursive: true });
        await writeFile(join(root, path), bytes);
      }
    },
    exec(argv, options) {
      runs += 1;
      const [command = '', ...args] = argv;
      const { PATH = '', HOME = '', RUSTUP_HOME, CARGO_HOME } = process.env;
      const env = {
        PATH,
        HOME,
        ...(RUSTUP_HOME && { RUSTUP_HOME }),
        ...(CARGO_HOME && { CARGO_HOME }),
        ...options.env,
      };
      return run(command, args, { ...options, cwd: join(root, options.cwd ?? ''), env });
    },
    close: () => rm(root, { recursive: true, force: true }),
  };
}

/** The unit of a library or binary whose root is `file`. */
export function unitOf(worker: Worker, file: string, kind: 'lib' | 'bin' = 'lib', edition = '2021'): RustcUnit {
  return {
    target: { package: 'example', name: 'example', kind },
    test: false,
    argv: [
      'rustc',
      '--crate-name',
      'example',
      '--edition',
      edition,
      '--crate-type',
      kind,
      file,
      '--emit=dep-info,metadata',
    ],
    env: {},
    cwd: worker.root,
  };
}
