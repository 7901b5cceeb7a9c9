// Runs `fix` as a function over a crate written for the test, with its own store, cache and state folders.
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Contract, defaultContract, type FixRequest } from '../../conductor/contract.ts';
import { fix } from '../../conductor/fix.ts';
import type { EpisodeResult } from '../../conductor/result.ts';
import { openStore, type Store } from '../../memory/store.ts';
import type { EpisodeEvent } from '../../schemas/types.ts';

export interface Ran {
  readonly result: EpisodeResult;
  readonly events: readonly EpisodeEvent[];
}

/** What a test's crate takes at most: a search that finds nothing must not take the file's time. */
const bounds = { candidates: 48, timeMs: 30_000 };

/** A folder for one test file's crates, store and caches. */
export class Workshop {
  readonly dir: string;
  readonly store: Store;

  private constructor(dir: string, store: Store) {
    this.dir = dir;
    this.store = store;
  }

  static async open(): Promise<Workshop> {
    const dir = await mkdtemp(join(tmpdir(), 'rusta-test-'));
    process.env.XDG_CACHE_HOME = join(dir, 'cache');
    process.env.XDG_STATE_HOME = join(dir, 'state');
    return new Workshop(dir, await openStore());
  }

  async close(): Promise<void> {
    await this.store.close();
    await rm(this.dir, { recursive: true, force: true });
  }

  /** Writes a crate; a path that ends in `.rs` alone makes a lone file. Returns the path to hand to `fix`. */
  async crate(name: string, files: Readonly<Record<string, string>>, edition = '2021'): Promise<string> {
    const root = join(this.dir, name);
    const manifest = `[package]\nname = "${name}"\nversion = "0.1.0"\nedition = "${edition}"\n`;
    for (const [path, text] of Object.entries({ 'Cargo.toml': manifest, ...files })) {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await writeFile(join(root, path), text);
    }
    return root;
  }

  async file(name: string, text: string): Promise<string> {
    const path = join(this.dir, 'files', name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
    return path;
  }

  async example(name: string): Promise<string> {
    const to = join(this.dir, name);
    await cp(new URL(`../../examples/${name}`, import.meta.url), to, { recursive: true });
    return to;
  }

  async fix(
    path: string,
    contract: Partial<Contract> = {},
    request: Partial<FixRequest> = {},
    signal?: AbortSignal,
  ): Promise<Ran> {
    const events: EpisodeEvent[] = [];
    const result = await fix(
      {
        path,
        contract: { ...defaultContract, ...bounds, ...contract },
        features: [],
        env: [],
        trust: false,
        fetch: false,
        test: false,
        checkOnly: false,
        ...request,
      },
      { store: this.store, signal: signal ?? new AbortController().signal, onEvent: (event) => events.push(event) },
    );
    return { result, events };
  }
}
