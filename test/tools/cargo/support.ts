// Small crates on disk, and a worker over one, for the tests of tools/cargo. Everything is under one temporary folder.
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { locate } from '../../../tools/cargo/project.ts';
import type { Project, ProjectOptions } from '../../../tools/cargo/types.ts';
import { openBench } from '../../../tools/sandbox/bench.ts';
import type { Bench, Limits, Overlay, Worker } from '../../../tools/sandbox/types.ts';

export type Files = Readonly<Record<string, string | Uint8Array>>;

/** Canonical path of this test file's temporary folder; the caches are in it too. */
export const scratch: string = realpathSync(mkdtempSync(join(tmpdir(), 'rusta-cargo-test-')));
process.env.XDG_CACHE_HOME = join(scratch, 'cache');

const benches: Bench[] = [];

/** Writes files below `name` in the temporary folder and returns the folder. */
export function tree(name: string, files: Files): string {
  const dir = join(scratch, name);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), content);
  }
  return dir;
}

/** A manifest of edition 2021 with more tables after it. */
export function manifest(name: string, more = ''): string {
  return `[package]\nname = "${name}"\nversion = "1.2.3"\nedition = "2021"\n${more}`;
}

/** The project at `path` and a sandboxed worker that shows it. */
export async function open(
  path: string,
  options: ProjectOptions = {},
  limits: Partial<Limits> = {},
): Promise<{ project: Project; worker: Worker }> {
  const project = await locate(path, options);
  const { root, pathDependencies, toolchain } = project;
  const isolation = { kind: 'bubblewrap', version: '', limits: 'watchdog' } as const;
  const bench = await openBench({ root, pathDependencies, toolchain, env: [], isolation, seedTarget: null, limits });
  benches.push(bench);
  const worker = await bench.worker(0);
  await worker.show(new Map());
  return { project, worker };
}

export function overlay(files: Readonly<Record<string, string>>): Overlay {
  return new Map(Object.entries(files).map(([path, text]) => [path, new TextEncoder().encode(text)]));
}

/** Ends what a test opened. */
export async function closeBenches(): Promise<void> {
  for (const bench of benches.splice(0)) await bench.close();
}

/** Ends what was opened and removes the temporary folder. */
export async function cleanUp(): Promise<void> {
  await closeBenches();
  rmSync(scratch, { recursive: true, force: true });
}
