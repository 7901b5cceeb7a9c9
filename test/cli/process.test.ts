// The program as a process: signals, a reader that goes away, a version without delay, both bins.
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { assert, test } from '../support/harness.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const loader = import.meta.resolve('tsx');
const patient = fileURLToPath(new URL('programs/patient.ts', import.meta.url));
const { version } = JSON.parse(readFileSync(`${repository}package.json`, 'utf8')) as { version: string };

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts the patient program; calls `onReady` with its process id once it says `ready`. */
function started(argument: string, onReady: (kill: (signal: NodeJS.Signals) => void) => void): Promise<Ended> {
  const child = spawn(process.execPath, ['--import', loader, patient, argument], { stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => {
    const first = stdout === '';
    stdout += chunk;
    if (first) onReady((signal) => child.kill(signal));
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk;
  });
  return new Promise((done) => child.on('close', (code) => done({ code, stdout, stderr })));
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  test(`${signal} waits for the clean-up, says one line and exits 130`, async () => {
    const ended = await started('wait', (kill) => kill(signal));
    assert.equal(ended, { code: 130, stdout: 'ready\ncleaned\n', stderr: 'patient: interrupted\n' });
  });
}

test('a second Ctrl-C ends it at once', async () => {
  const ended = await started('hang', (kill) => {
    kill('SIGINT');
    setTimeout(() => kill('SIGINT'), 200);
  });
  assert.is(ended.code, 130);
});

test('a reader that goes away ends it quietly', () => {
  const script = `set -o pipefail; "$0" --import "$1" "$2" talk | head -n 1 | wc -l; echo "\${PIPESTATUS[0]}"`;
  const ran = spawnSync('bash', ['-c', script, process.execPath, loader, patient], {
    encoding: 'utf8',
    timeout: 30_000,
  });
  assert.is(ran.stderr, '');
  assert.match(ran.stdout, /^\s*1\n/);
});

test('without a terminal nothing is asked, even when the input stays open', async () => {
  const child = spawn(process.execPath, ['--import', loader, patient, 'ask'], { stdio: ['pipe', 'pipe', 'inherit'] });
  let stdout = '';
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk;
  });
  const code = await new Promise((done) => child.on('close', done));
  child.stdin.destroy();
  assert.is(code, 0);
  assert.is(stdout, 'answer: nobody to ask\n');
});

test('both bins say their version and their help', () => {
  for (const name of ['rusta', 'trainer']) {
    const bin = (argument: string): string =>
      spawnSync(process.execPath, ['--import', loader, `${repository}cli/${name}.ts`, argument], { encoding: 'utf8' })
        .stdout;
    assert.is(bin('--version'), `${name} ${version}\n`);
    assert.match(bin('--help'), new RegExp(`${name} doctor`));
  }
});

test.needs('build', 'the built bin answers --version within 150 ms and --help within 400 ms of processor time', () => {
  const built = `${repository}dist/cli/rusta.js`;
  /** The least of some runs, ms of processor time: the machine may be busy with other tests. */
  const least = (...args: readonly string[]): number => {
    const times = Array.from({ length: 5 }, () => {
      const script = 'TIMEFORMAT="%U %S"; time "$@" > /dev/null';
      const ran = spawnSync('bash', ['-c', script, 'bash', process.execPath, ...args], { encoding: 'utf8' });
      assert.is(ran.status, 0, ran.stderr);
      const [user = Number.NaN, system = Number.NaN] = ran.stderr.trim().split(' ').map(Number);
      return (user + system) * 1000;
    });
    return Math.min(...times);
  };
  // Where Node itself takes most of that to start, what is ours is what counts.
  const node = least('-e', '0');
  assert.ok(least(built, '--version') <= Math.max(150, node + 50));
  assert.ok(least(built, '--help') <= Math.max(400, node + 300));
});
