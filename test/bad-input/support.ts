// Bad input as a person meets it: a crate or a file, the whole command line over it, its exit code and what it says.
// Every run asserts that the tree it was given is untouched, that no stack trace is shown, and that it ended.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { houseServices } from '../../cli/house.ts';
import { main } from '../../cli/main.ts';
import { rusta } from '../../cli/programs.ts';
import type { Services } from '../../cli/services.ts';
import { Terminal } from '../../cli/terminal.ts';
import { Kept } from '../cli/support.ts';
import { assert } from '../support/harness.ts';
import { treeHash } from '../tools/sandbox/workspace.ts';

/** One error with one obvious repair, and a test that reaches it. */
export const broken = `pub fn total(values: &[u32]) -> u32 {
    let mut sum = 0;
    for value in values { sum += value }
    smu
}
#[cfg(test)]
mod tests {
    #[test]
    fn sums() { assert_eq!(super::total(&[1, 2]), 3); }
}
`;
export const healthy: string = broken.replace('smu', 'sum');

export interface Said {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** A folder with crates, and its own store and cache. Sets XDG_STATE_HOME and XDG_CACHE_HOME of this process. */
export class Place {
  readonly dir: string = realpathSync(mkdtempSync(join(tmpdir(), 'rusta-bad-')));
  readonly #services: Services;

  constructor() {
    process.env.XDG_STATE_HOME = join(this.dir, '.state');
    process.env.XDG_CACHE_HOME = join(this.dir, '.cache');
    this.#services = houseServices();
  }

  path(...parts: readonly string[]): string {
    return join(this.dir, ...parts);
  }

  write(path: string, data: string | Uint8Array, mode = 0o644): string {
    const at = this.path(path);
    mkdirSync(dirname(at), { recursive: true });
    writeFileSync(at, data, { mode });
    return at;
  }

  /** A crate in the folder `folder`; `manifest` is put behind its [package] table. */
  crate(folder: string, files: Readonly<Record<string, string | Uint8Array>>, manifest = ''): string {
    const name = (folder.split('/').at(-1) ?? '').replace(/[^a-z0-9]+/g, '_');
    this.write(`${folder}/Cargo.toml`, `[package]\nname = "${name}"\nversion = "0.1.0"\nedition = "2021"\n${manifest}`);
    for (const [path, data] of Object.entries(files)) this.write(`${folder}/${path}`, data);
    return this.path(folder);
  }

  read(...parts: readonly string[]): string {
    return readFileSync(this.path(...parts), 'utf8');
  }

  /** Runs the command line in this process. */
  async run(...argv: readonly string[]): Promise<Said> {
    const [stdout, stderr] = [new Kept(false), new Kept(false)];
    const terminal = new Terminal({ stdin: new PassThrough(), stdout, stderr, env: {} });
    const signal = new AbortController().signal;
    const context = {
      terminal,
      services: this.#services,
      env: {},
      cwd: this.dir,
      signal,
      program: rusta,
      call: 'rusta',
    };
    const code = await main(argv, context);
    return checked({ code, out: stdout.text, err: stderr.text });
  }

  /** `rusta fix` on what is at `path`, which is asserted to be the same after. */
  async fix(path: string, ...flags: readonly string[]): Promise<Said> {
    const before = treeHash(this.path(path));
    const said = await this.run('fix', this.path(path), ...flags);
    assert.is(treeHash(this.path(path)), before, `${path} was changed`);
    return said;
  }

  remove(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }
}

function checked(said: Said): Said {
  assert.not.match(said.out + said.err, /^\s+at .*\.(ts|js):\d+/m, 'a stack trace');
  assert.not.match(said.err, /this is a bug/);
  return said;
}

/** Asserts the exit code, and that one line matches. */
export function says({ code, out, err }: Said, exit: number, line: RegExp): void {
  const lines = `${out}\n${err}`.split('\n');
  assert.ok(
    lines.some((one) => line.test(one)),
    `no line like ${line} in:\n${out}${err}`,
  );
  assert.is(code, exit, `${out}${err}`);
}

const program = fileURLToPath(new URL('../../cli/rusta.ts', import.meta.url));
const loader = import.meta.resolve('tsx');
/** What stands before a command that starts `rusta` as a process of its own. */
export const launch: readonly string[] = [process.execPath, '--import', loader, program];

export interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<Said>;
  /** Resolves when stderr or stdout holds it. */
  seen(text: string): Promise<void>;
}

/** Starts a command with the environment of this process and `env`; undefined takes a variable away. */
export function started(argv: readonly string[], env: Readonly<Record<string, string | undefined>> = {}): Started {
  const [command, ...args] = argv;
  const child = spawn(command as string, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let [out, err] = ['', ''];
  const waiting: { text: string; resolve: () => void }[] = [];
  const look = (): void => {
    for (const { text, resolve } of waiting) if ((out + err).includes(text)) resolve();
  };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
    look();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
    look();
  });
  const ended = new Promise<Said>((resolve, reject) =>
    child.once('error', reject).once('close', (code) => resolve(checked({ code, out, err }))),
  );
  const seen = (text: string): Promise<void> =>
    new Promise((resolve) => {
      waiting.push({ text, resolve });
      look();
    });
  return { child, ended, seen };
}
