// One file through the real compiler, for tests of proposers: its diagnostics, normalised as the tree knows them.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Diagnostic } from '../../schemas/types.ts';
import { normalise, parseMessage, settleIds } from '../../tools/cargo/diagnostics.ts';
import { run } from '../../tools/process.ts';

/** The path that diagnostics of `diagnose` name. */
export const exampleFile = 'src/lib.rs';

/** Checks `text` as a library named `example`; every diagnostic that rustc prints, in the order of their places. */
export async function diagnose(text: string, edition = '2021'): Promise<Diagnostic[]> {
  const dir = await mkdtemp(join(tmpdir(), 'rusta-example-'));
  try {
    await mkdir(join(dir, 'src'));
    await writeFile(join(dir, exampleFile), text);
    const argv = ['--edition', edition, '--crate-type', 'lib', '--crate-name', 'example', '--emit=metadata'];
    argv.push('--error-format=json', '--diagnostic-width=1000', '-A', 'warnings', '-o', join(dir, 'out'), exampleFile);
    const { PATH = '', HOME = '', RUSTUP_HOME, CARGO_HOME } = process.env;
    const env = { PATH, HOME, ...(RUSTUP_HOME && { RUSTUP_HOME }), ...(CARGO_HOME && { CARGO_HOME }) };
    const { stderr } = await run('rustc', argv, { cwd: dir, env, timeMs: 60_000, maxBytes: 10_000_000 });
    const origin = { root: dir, target: { package: 'example', name: 'example', kind: 'lib' as const } };
    const lines = stderr.split('\n').filter((line) => line.startsWith('{'));
    const messages = lines.map((line) => parseMessage(JSON.parse(line))).filter((message) => message !== null);
    return settleIds(messages.map((message) => normalise(message, origin)).filter((one) => one !== null));
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
