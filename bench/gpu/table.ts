// The short table at the end of `run.sh all`: ours beside PyTorch's and the peers', from what the parts wrote into a folder.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Row } from '../timing.ts';

const folder = process.argv[2] ?? '.';
const json = <T>(name: string): T | null => {
  const path = join(folder, name);
  if (!existsSync(path)) return null;
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as T;
  } catch {
    return null;
  }
};
const print = (text: string): void => console.log(text);
type Theirs = Pick<Row, 'kernel' | 'shape' | 'dtype' | 'best_ms' | 'rate'>;
const ours = json<Row[]>('rows.json') ?? [];
const torch = json<Theirs[]>('counterpart.json') ?? [];

print(`${'row'.padEnd(62)}${'here'.padStart(14)}${'PyTorch'.padStart(10)}${'share'.padStart(8)}`);
const line = (name: string, here: string, theirs: number | null, share: number | null): void =>
  print(
    `${name.padEnd(62)}${here.padStart(14)}${(theirs === null ? '-' : theirs.toFixed(0)).padStart(10)}${(share === null ? '-' : `${(100 * share).toFixed(0)}%`).padStart(8)}`,
  );
for (const row of ours) {
  const name = `${row.kernel} ${row.shape} ${row.dtype}`;
  if (row.unit === 'GB/s') line(`${name} (beside: a copy here)`, `${row.rate.toFixed(0)} GB/s`, row.ceiling, row.ratio);
  else {
    const of = row.dtype.split('>')[0];
    const other = torch.find(
      ({ kernel, shape, dtype }) =>
        kernel === 'matmul' && row.kernel.startsWith('matmul') && shape === row.shape && dtype === of,
    );
    const tera = row.rate / 1000;
    line(
      name,
      `${tera.toFixed(1)} TFLOP/s`,
      other === undefined ? null : other.rate / 1000,
      other === undefined ? null : row.rate / other.rate,
    );
  }
}
const attention = (window: boolean): number =>
  ours
    .filter(({ suite, shape }) => suite === 'gpu-attention' && shape.includes('window') === window)
    .reduce((sum, { best_ms }) => sum + best_ms, 0);
const [full, windowed] = [attention(false), attention(true)];
for (const { kernel, best_ms } of torch.filter((each) => each.kernel.startsWith('attention+grad')))
  print(
    `attention forward + backward: ${full.toFixed(2)} ms here, ${best_ms.toFixed(2)} ${kernel.split(' ')[1]}: ${((100 * best_ms) / full).toFixed(0)}% of its speed`,
  );
if (windowed > 0)
  print(
    `attention with a window over the full one: ${windowed.toFixed(2)} / ${full.toFixed(2)} ms = ${(windowed / full).toFixed(2)}`,
  );
const step = json<{ ms: number; bytes: number; encodeMs: number }>('step.json');
const theirs = existsSync(join(folder, 'torchstep.txt'))
  ? /([\d.]+) ms a step/.exec(readFileSync(join(folder, 'torchstep.txt'), 'utf8'))
  : null;
if (step !== null)
  print(
    `training step of ${step.bytes} bytes: ${step.ms.toFixed(1)} ms, encoding ${step.encodeMs.toFixed(1)} ms; PyTorch, compiled, bf16: ${theirs === null ? 'not measured' : `${theirs[1]} ms, ${((100 * Number(theirs[1])) / step.ms).toFixed(0)}% of its speed`}`,
  );
for (const row of json<(Row & { failed: string | null })[]>('peers.json') ?? [])
  print(
    `f32 product ${row.shape} ${row.impl.padEnd(16)} ${row.failed === null ? `${(row.rate / 1000).toFixed(1)} TFLOP/s` : row.failed}`,
  );
