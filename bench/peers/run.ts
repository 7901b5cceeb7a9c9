// `npm run bench:peers`: other engines and this one on the same shapes, in turn, each in a process of its own. What does not
// install, does not run or hangs is a row that says so. The best of several slices counts; one thread, unless a row says two.
import { type ChildProcess, fork, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Row, Timed } from '../timing.ts';
import { type Task, tasks } from './tasks.ts';
import { type Answer, type Ask, engineNames } from './worker.ts';

const usage = `npm run bench:peers -- [--filter WORD] [--only NAME,NAME] [--rounds N] [--ms N] [--threads N] [--json]
  --filter   tasks whose kernel or shape holds WORD
  --only     these engines: ${engineNames.join(', ')}
  --rounds   slices of each engine and task (5)
  --ms       length of a slice (200)
  --threads  of the models' rows: ours and llama.cpp's (1)
  --json     an array of rows on standard output; progress goes to standard error`;

const { values } = parseArgs({
  options: {
    filter: { type: 'string', default: '' },
    only: { type: 'string' },
    rounds: { type: 'string', default: '5' },
    ms: { type: 'string', default: '200' },
    threads: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(usage);
  process.exit(0);
}
const [rounds, ms, threads] = [values.rounds, values.ms, values.threads].map(Number) as [number, number, number];
const names = values.only?.split(',') ?? engineNames;
const wanted = tasks.filter(({ kernel, shape }) => `${kernel} ${shape}`.includes(values.filter));
const odd = names.find((name) => !engineNames.includes(name));
if (odd !== undefined || wanted.length === 0 || ![rounds, ms, threads].every((each) => each >= 1)) {
  console.error(
    odd === undefined ? `bench:peers: nothing to do\n${usage}` : `bench:peers: there is no engine '${odd}'`,
  );
  process.exit(2);
}
const say = (line: string): void => void process.stderr.write(`${line}\n`);
const folder = fileURLToPath(new URL('.', import.meta.url));

/** A row of `--json`, with what only peers have. `failed`: why there are no figures; they are then null. */
type PeerRow = Omit<Row, 'best_ms' | 'median_ms' | 'rate'> & {
  readonly best_ms: number | null;
  readonly median_ms: number | null;
  readonly rate: number | null;
  /** Processor time of all threads, ms of one time: of an engine whose threads spin while they wait. */
  readonly cpu_ms: number | null;
  readonly version: string;
  readonly failed: string | null;
};

/** Installs the pinned peers, without their scripts, where they are not what the lock says. @returns why not, or null. */
function install(): string | null {
  const lock = readFileSync(`${folder}package-lock.json`, 'utf8');
  // The lock that was installed, beside what it installed.
  const stamp = `${folder}node_modules/.installed-lock.json`;
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return null;
  say('installing the peers (npm ci in bench/peers, 620 MB)');
  const { status, stderr } = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: folder,
    encoding: 'utf8',
    timeout: 600_000,
  });
  if (status === 0) writeFileSync(stamp, lock);
  if (status === 0) return null;
  const told = stderr.split('\n').filter((line) => /^npm error \S/.test(line) && !/^npm error code/.test(line));
  return `npm ci failed: ${(told[0] ?? 'no answer').slice(0, 160)}`;
}

/** How long an engine may take to open or to make a task ready, and how much longer than asked a slice may be. ms. */
const patience = 60_000;

/** An engine's process; a question that is not answered in time ends it. */
class Engine {
  readonly name: string;
  version = '';
  failed: string | null = null;
  readonly #child: ChildProcess | null;
  /** What it said before it was asked: it opens by itself. */
  #said: Answer | null = null;
  #answer: ((answer: Answer) => void) | null = null;

  constructor(name: string, missing: string | null) {
    this.name = name;
    if (missing !== null && name !== 'rusta') {
      this.failed = missing;
      this.#child = null;
      return;
    }
    const worker = fileURLToPath(new URL('worker.ts', import.meta.url));
    this.#child = fork(worker, [name], {
      execArgv: ['--import', 'tsx'],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    this.#child.on('message', (answer: Answer) => this.#heard(answer));
    this.#child.on('error', (error) => this.#heard({ kind: 'failed', why: error.message }));
    this.#child.on('exit', (code, signal) => {
      this.failed ??= `its process ended (${signal ?? code})`;
      this.#heard({ kind: 'failed', why: this.failed });
    });
  }

  #heard(answer: Answer): void {
    if (this.#answer === null) this.#said = answer;
    else this.#answer(answer);
  }

  /** null: it failed, and `failed` tells why. */
  async #next(ask: Ask | null, waiting: string, time: number): Promise<Answer | null> {
    if (this.failed !== null) return null;
    const said = this.#said;
    this.#said = null;
    if (said !== null) return said;
    const answer = await new Promise<Answer>((resolve) => {
      const late = setTimeout(() => {
        this.#child?.kill('SIGKILL');
        resolve({ kind: 'failed', why: `it hung ${waiting}: no answer for ${time / 1000} s` });
      }, time);
      this.#answer = (given) => {
        clearTimeout(late);
        resolve(given);
      };
      if (ask !== null) this.#child?.send(ask);
    });
    this.#answer = null;
    if (answer.kind === 'failed' && answer.why.startsWith('it hung')) this.failed = answer.why;
    return answer;
  }

  async open(): Promise<void> {
    const answer = await this.#next(null, 'as it opened', patience);
    if (answer?.kind === 'open') this.version = answer.version;
    else if (answer?.kind === 'failed') this.failed = answer.why;
  }

  ready(task: number, count: number): Promise<Answer | null> {
    return this.#next({ task, threads: count }, 'as it made ready', patience);
  }

  run(time: number): Promise<Answer | null> {
    return this.#next({ ms: time }, 'in a run', time + patience);
  }

  end(): void {
    this.failed ??= 'ended';
    this.#child?.kill('SIGKILL');
  }
}

const rate = (task: Task, best: number): number => task.work / best;

/** Models alone have threads to choose. */
const threadsOf = ({ kind }: Task): number => (kind === 'prefill' || kind === 'decode' ? threads : 1);

function rowOf(
  task: Task,
  engine: Engine,
  timed: (Timed & { readonly cpu: number }) | null,
  failed: string | null,
): PeerRow {
  return {
    ...{ suite: 'peers', kernel: task.kernel, shape: task.shape, dtype: task.dtype, threads: threadsOf(task) },
    ...{
      device: engine.name.endsWith('-node') || engine.name.includes('llama') ? 'native' : 'wasm',
      impl: engine.name,
    },
    ...{ median_ms: timed?.median ?? null, best_ms: timed?.best ?? null, rate: timed ? rate(task, timed.best) : null },
    ...{ unit: task.unit, ceiling: null, ratio: null, cpu_ms: timed?.cpu ?? null, version: engine.version, failed },
  };
}

function printed(row: PeerRow, ours: PeerRow | undefined): string {
  const head = `${row.kernel.padEnd(22)}${row.shape.padEnd(20)}${String(row.threads).padStart(2)}  ${row.impl.padEnd(18)}`;
  if (row.best_ms === null || row.rate === null || row.median_ms === null) return `${head}${row.failed}`;
  const times = ours?.best_ms == null || ours === row ? '' : `ours ${(row.best_ms / ours.best_ms).toFixed(2)}x`;
  const cpu = row.cpu_ms === null ? '' : `cpu ${row.cpu_ms.toFixed(3)}`;
  return `${head}${row.best_ms.toFixed(4).padStart(10)}${row.median_ms.toFixed(4).padStart(11)}${row.rate.toFixed(1).padStart(9)} ${row.unit.padEnd(9)}${cpu.padStart(15)}  ${times}`;
}

async function measure(task: Task, engines: readonly Engine[]): Promise<PeerRow[]> {
  const index = tasks.indexOf(task);
  const best = new Map<Engine, Timed & { readonly cpu: number }>();
  const failures = new Map<Engine, string>();
  const running: Engine[] = [];
  for (const engine of engines) {
    const answer = await engine.ready(index, threadsOf(task));
    if (answer?.kind === 'ready' && answer.none) continue;
    if (answer?.kind === 'ready') {
      running.push(engine);
      if (answer.note !== null) say(`${task.shape} of ${engine.name}: ${answer.note}`);
    } else failures.set(engine, engine.failed ?? (answer?.kind === 'failed' ? answer.why : 'no answer'));
  }
  // One slice that does not count: code is compiled, caches are filled.
  for (let round = -1; round < rounds; round += 1)
    for (const engine of running) {
      if (failures.has(engine)) continue;
      const answer = await engine.run(round < 0 ? ms / 2 : ms);
      if (answer?.kind !== 'timed')
        failures.set(engine, engine.failed ?? (answer?.kind === 'failed' ? answer.why : 'no answer'));
      else if (round >= 0) {
        const last = best.get(engine);
        if (last === undefined || answer.best < last.best) best.set(engine, answer);
      }
    }
  return engines
    .filter((engine) => running.includes(engine) || failures.has(engine))
    .map((engine) => rowOf(task, engine, best.get(engine) ?? null, failures.get(engine) ?? null));
}

const missing = names.some((name) => name !== 'rusta') ? install() : null;
const engines = names.map((name) => new Engine(name, missing));
const rows: PeerRow[] = [];
try {
  for (const engine of engines) await engine.open();
  say(`${process.version}, ${cpus().length} x ${cpus()[0]?.model}, load ${(loadavg()[0] as number).toFixed(1)}`);
  for (const { name, version, failed } of engines) say(`${name.padEnd(18)}${failed ?? version}`);
  say('');
  for (const task of wanted) {
    const made = await measure(task, engines);
    const ours = made.find(({ impl }) => impl === 'rusta');
    for (const row of made) say(printed(row, ours));
    rows.push(...made);
  }
} finally {
  for (const engine of engines) engine.end();
}
if (values.json) console.log(JSON.stringify(rows, null, 1));
process.exit(0);
