// `npm run bench`: what it prints, and that an earlier run can be held against it. How fast anything is, no test says.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Row } from '../../bench/timing.ts';
import { assert, test } from '../support/harness.ts';

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function started(path: string, words: readonly string[]): Ended {
  const program = fileURLToPath(new URL(`../../bench/${path}`, import.meta.url));
  return spawnSync(process.execPath, ['--import', import.meta.resolve('tsx'), program, ...words], { encoding: 'utf8' });
}

const bench = (...words: string[]): Ended => started('run.ts', words);

const keys: readonly (keyof Row)[] = [
  ...(['suite', 'kernel', 'shape', 'dtype', 'threads', 'device', 'impl', 'median_ms', 'best_ms'] as const),
  ...(['rate', 'unit', 'ceiling', 'ratio'] as const),
];

test('--json prints an array of rows alone on stdout; --compare marks each row of an earlier one', () => {
  const { status, stdout, stderr } = bench('--quick', '--filter', 'rmsNorm 512x512', '--json');
  assert.is(status, 0, stderr);
  const rows = JSON.parse(stdout) as Row[];
  assert.ok(rows.length >= 1);
  for (const row of rows) {
    assert.equal(Object.keys(row).sort(), [...keys].sort());
    assert.ok(row.best_ms > 0 && row.best_ms <= row.median_ms && row.rate > 0);
    assert.is(row.impl, 'rusta');
  }
  const folder = mkdtempSync(join(tmpdir(), 'bench-test-'));
  try {
    const old = join(folder, 'old.json');
    // An earlier run that took a thousandth of the time, without noise.
    const faster = rows.map((row) => ({ ...row, median_ms: row.best_ms / 1000, best_ms: row.best_ms / 1000 }));
    writeFileSync(old, JSON.stringify(faster));
    const again = bench('--quick', '--filter', 'rmsNorm 512x512', '--compare', old);
    assert.is(again.status, 0, again.stderr);
    assert.match(again.stderr, /SLOWER .*rmsNorm 512x512/);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('a filter that no row holds, and a device that is none, are refused', () => {
  assert.is(bench('--filter', 'no such row').status, 2);
  assert.is(bench('--device', 'abacus').status, 2);
  assert.is(bench('--threads', '0').status, 2);
});

test('bench:peers asks each engine in a process of its own; what it has no such thing for is no row', () => {
  const words = ['--only', 'rusta', '--rounds', '1', '--ms', '5', '--json', '--filter', '512x512'];
  const { status, stdout, stderr } = started('peers/run.ts', words);
  assert.is(status, 0, stderr);
  const rows = JSON.parse(stdout) as Row[];
  assert.equal(
    rows.map(({ kernel, shape }) => `${kernel} ${shape}`),
    ['f32 GEMM 512x512x512', 'f32 GEMM 512x512x3072', 'rmsNorm 512x512'],
  );
  assert.ok(rows.every(({ impl, best_ms, rate }) => impl === 'rusta' && best_ms > 0 && rate > 0));
  assert.is(started('peers/run.ts', ['--only', 'nobody']).status, 2);
});
