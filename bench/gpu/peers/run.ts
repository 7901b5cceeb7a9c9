// The f32 product of square matrices by the engines that work on Dawn in Node, in turn, each in a process of its own, results
// checked against sums in f64 first: peers.mjs [--size 4096] [--rounds 5] [--ms 400] [--json FILE]. From the tree, after
// `npm ci --ignore-scripts` in bench/gpu/peers: node --import tsx bench/gpu/peers/run.ts
import { type ChildProcess, fork } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Row } from '../../timing.ts';
import type { Answer, Ask } from './worker.ts';

const { values } = parseArgs({
  options: {
    size: { type: 'string', default: '4096' },
    rounds: { type: 'string', default: '5' },
    ms: { type: 'string', default: '400' },
    patience: { type: 'string', default: '60' },
    json: { type: 'string' },
  },
});
const [size, rounds, ms, patience] = [values.size, values.rounds, values.ms, values.patience].map(Number) as [
  number,
  number,
  number,
  number,
];
const names = ['rusta', 'onnxruntime-web', 'tfjs-webgpu', 'jax-js'];
const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

/** On a bare host the libraries lie beside this program; in the tree they are bundled now. */
async function libraries(): Promise<{ folder: string; worker: string; scratch: string | null }> {
  if (existsSync(here('libraries'))) return { folder: here('libraries'), worker: here('worker.mjs'), scratch: null };
  const { bundlePeers } = (await import('./bundle.ts' as string)) as typeof import('./bundle.ts');
  const scratch = await mkdtemp(join(tmpdir(), 'rusta-peers-'));
  if (!(await bundlePeers(scratch)))
    console.log('the peers are not installed: npm ci --ignore-scripts in bench/gpu/peers');
  return { folder: scratch, worker: here('worker.ts'), scratch };
}

class Contender {
  readonly name: string;
  failed: string | null = null;
  error = Number.NaN;
  readonly samples: number[] = [];
  readonly #child: ChildProcess;
  #heard: ((answer: Answer) => void) | null = null;
  #early: Answer | null = null;

  constructor(name: string, worker: string, folder: string) {
    this.name = name;
    this.#child = fork(worker, [name, String(size), folder], {
      execArgv: worker.endsWith('.ts') ? ['--import', 'tsx'] : [],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    const tell = (answer: Answer): void => {
      if (this.#heard === null) this.#early = answer;
      else this.#heard(answer);
    };
    this.#child.on('message', tell);
    this.#child.on('exit', (code, signal) => tell({ kind: 'failed', why: `its process ended (${signal ?? code})` }));
  }

  async #answer(): Promise<Answer> {
    const early = this.#early;
    this.#early = null;
    if (early !== null) return early;
    return await new Promise<Answer>((settle) => {
      const timer = setTimeout(() => settle({ kind: 'failed', why: `no answer in ${patience} s` }), patience * 1000);
      this.#heard = (answer) => {
        clearTimeout(timer);
        this.#heard = null;
        settle(answer);
      };
    });
  }

  async open(): Promise<void> {
    const answer = await this.#answer();
    if (answer.kind === 'ready') {
      this.error = answer.error;
      // Sums of n products of numbers below 1 in f32.
      if (!(answer.error <= 1e-4 * Math.sqrt(size))) this.failed = `its result is wrong by ${answer.error}`;
    } else this.failed = answer.kind === 'failed' ? answer.why : 'it answered out of turn';
  }

  async slice(): Promise<void> {
    if (this.failed !== null) return;
    this.#child.send({ ms } satisfies Ask);
    const answer = await this.#answer();
    if (answer.kind === 'timed') this.samples.push(answer.ms);
    else this.failed = answer.kind === 'failed' ? answer.why : 'it answered out of turn';
  }

  end(): void {
    this.#child.kill('SIGKILL');
  }
}

const { folder, worker, scratch } = await libraries();
const contenders: Contender[] = [];
for (const name of names) {
  // One after the other: making ready is no time to share the GPU.
  const contender = new Contender(name, worker, folder);
  contenders.push(contender);
  await contender.open();
}
for (let round = 0; round <= rounds; round += 1)
  for (const contender of contenders) {
    await contender.slice();
    // The first round is for warming up.
    if (round === 0) contender.samples.length = 0;
  }
const rows: (Row & { readonly failed: string | null })[] = [];
const work = (2 * size ** 3) / 1e6;
for (const { name, failed, error, samples } of contenders) {
  samples.sort((a, b) => a - b);
  const [best, median] = [samples[0] ?? Number.NaN, samples[samples.length >> 1] ?? Number.NaN];
  rows.push({
    ...{ suite: 'gpu-peers', kernel: 'matmul', shape: `${size}x${size}x${size}`, dtype: 'f32', threads: 1 },
    ...{ device: 'webgpu', impl: name, median_ms: median, best_ms: best, rate: work / best, unit: 'GFLOP/s' },
    ...{ ceiling: null, ratio: null, failed },
  });
  console.log(
    failed === null
      ? `${name.padEnd(18)} ${best.toFixed(3).padStart(10)} ms best ${median.toFixed(3).padStart(10)} median ${(work / best).toFixed(0).padStart(7)} GFLOP/s, error ${error.toExponential(1)}`
      : `${name.padEnd(18)} FAILED ${failed}`,
  );
}
for (const contender of contenders) contender.end();
if (values.json !== undefined) writeFileSync(values.json, JSON.stringify(rows, null, 1));
if (scratch !== null) await rm(scratch, { recursive: true, force: true });
process.exit(contenders[0]?.failed === null ? 0 : 1);
