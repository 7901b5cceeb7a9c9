// `npm run bench`: every kernel family against this machine's own ceilings, measured in the same run.
import { readFileSync } from 'node:fs';
import { arch, cpus, platform } from 'node:os';
import { parseArgs } from 'node:util';
import { deviceKinds } from '../cli/device.ts';
import { setEngineFlags } from '../cli/flags.ts';
import type { BackendKind } from '../engine/backends/backend.ts';
import { openBackend } from '../engine/backends/registry.ts';
import { Device, type DeviceKind } from '../engine/device.ts';
import { type WasmVariant, wasmBytes } from '../kernels/load.ts';
import { dotIsExact, probeBytes } from '../kernels/probe.ts';
import { Machine } from '../test/kernels/support/machine.ts';
import { type About, rateOf } from './bench.ts';
import { type Ceilings, measureCeilings } from './ceilings.ts';
import { gpuRows } from './gpu/measure.ts';
import { type Bench, kernelBenches } from './suites/kernels.ts';
import { modelBenches } from './suites/model.ts';
import { type DeviceBench, type Host, opBenches } from './suites/ops.ts';
import { servingBenches } from './suites/serving.ts';
import { type Row, type Timed, time, timeAsync } from './timing.ts';

const usage = `npm run bench -- [--quick] [--filter WORD] [--threads N] [--device KIND] [--plain] [--json] [--compare OLD.json]
  --quick     the main rows only, in at most 45 s
  --filter    rows whose suite, kernel or shape holds WORD
  --threads   of whole ops and models; left out, 1, and 2 for the rows that two threads are to speed up. Kernels are timed on one lane
  --device    wasm, webgpu, reference, or auto (a GPU where there is one): of whole ops and models. Kernels and ceilings are WebAssembly's; with webgpu single ops
              come first, by the GPU's own timestamps, with bytes held against a copy
  --plain     without the flags of V8 that the command line sets: as an embedded engine runs
  --json      an array of rows on standard output; progress goes to standard error
  --compare   an earlier --json: changes beyond the noise of both runs are marked`;

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    filter: { type: 'string' },
    threads: { type: 'string' },
    device: { type: 'string', default: 'wasm' },
    json: { type: 'boolean', default: false },
    compare: { type: 'string' },
    plain: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(usage);
  process.exit(0);
}
const kinds: readonly string[] = deviceKinds;
if (!kinds.includes(values.device) || !/^([1-9]\d?)?$/.test(values.threads ?? '')) {
  console.error(`bench: --device is one of ${kinds.join(', ')}, --threads a whole number from 1 to 99`);
  process.exit(2);
}
const device = await kindOf(values.device as DeviceKind);
/** Who asks for other threads, or another device, asks for no kernels of one lane. */
const lanes = device === 'wasm' && (values.threads ?? '1') === '1';

if (!values.plain) setEngineFlags();

/** Above this the ceiling was wrong. */
const tooGood = 1.05;
const started = performance.now();
const say = (line: string): void => void process.stderr.write(`${line}\n`);
/** Milliseconds of one loop of the ceilings, of a kernel's row, and of a row of a device. */
const [loopMs, rowMs, deviceMs] = values.quick ? [40, 180, 300] : [300, 1500, 1500];

/** The kind of backend that is meant; what auto takes, and why, is said. */
async function kindOf(asked: DeviceKind): Promise<BackendKind> {
  if (asked !== 'auto') return asked;
  const { backend, choice } = await openBackend('auto', {});
  await backend.close();
  process.stderr.write(`${choice.what}: ${choice.chosen} (${choice.why})\n`);
  return backend.kind;
}

/** The module of bytes that is exact here and fastest on a product that both caches hold. */
function chooseInt8(dense: WasmVariant): { machine: Machine; int8: WasmVariant } {
  const shape = kernelBenches.find(
    ({ kernel, shape }) => kernel === 'int8Multiply' && shape === '1024x1024x1024',
  ) as Bench;
  const widths = [false, true].flatMap((wide) =>
    (['int8', 'int8-dot', 'int8-pairs'] as const).map((int8) => ({ int8, wide })),
  );
  const tried = widths.flatMap(({ int8, wide }) => {
    if (!WebAssembly.validate(wasmBytes(int8, false)) || (wide && int8 === 'int8')) return [];
    const machine = new Machine({ dense, int8 }, false, wide);
    if (!dotIsExact(machine.exportsOf('int8'), machine.memory, machine.take(probeBytes))) return [];
    const { best } = time(shape.prepare(machine), values.quick ? 150 : 400);
    say(`int8 variant ${int8}${wide ? ', tiles of 4x16' : ''}: ${(shape.work / best).toFixed(1)} GOP/s`);
    return [{ machine, int8, best }];
  });
  return tried.sort((a, b) => a.best - b.best)[0] as { machine: Machine; int8: WasmVariant };
}

function rowOf(about: About, timed: Timed, threads: number): Row {
  const { suite, kernel, shape, dtype, unit } = about;
  return {
    ...{ suite, kernel, shape, dtype, threads, device, impl: 'rusta', median_ms: timed.median, best_ms: timed.best },
    ...{ rate: rateOf(about, timed.best), unit, ceiling: null, ratio: null },
  };
}

/** The row with its ceiling, as it is known now. */
function held(row: Row, { ceiling: of }: About, ceilings: Ceilings): Row {
  const ceiling = device === 'wasm' ? (of?.(ceilings, row.threads) ?? null) : null;
  return { ...row, ceiling, ratio: ceiling === null ? null : row.rate / ceiling };
}

const printed = ({ suite, kernel, shape, threads, best_ms, median_ms, rate, unit, ceiling, ratio }: Row): string =>
  [
    `${suite.padEnd(12)}${kernel.padEnd(25)}${shape.padEnd(34)}${String(threads).padStart(2)}`,
    `${best_ms.toFixed(4).padStart(11)}${median_ms.toFixed(4).padStart(11)}${rate.toFixed(1).padStart(9)} ${unit.padEnd(9)}`,
    ratio === null ? '' : `${(ratio * 100).toFixed(0).padStart(4)}% of ${ceiling?.toFixed(1)}`,
  ].join('');

const key = ({ suite, kernel, shape, dtype, threads, device, impl }: Row): string =>
  [suite, kernel, shape, dtype, threads, device, impl].join(' ');

/** How far best and median lie apart is the noise of a row; a change beyond that of both is one. */
function compare(old: readonly Row[], now: readonly Row[]): void {
  const before = new Map(old.map((row) => [key(row), row]));
  for (const row of now) {
    const was = before.get(key(row));
    if (was === undefined) continue;
    const change = was.best_ms / row.best_ms - 1;
    const noise = Math.max(0.02, was.median_ms / was.best_ms - 1, row.median_ms / row.best_ms - 1);
    const verdict = Math.abs(change) <= noise ? 'same' : change > 0 ? 'FASTER' : 'SLOWER';
    say(
      `${verdict.padEnd(7)}${key(row).padEnd(60)}${(change * 100).toFixed(1).padStart(7)}% (noise ${(noise * 100).toFixed(0)}%)`,
    );
  }
}

say(`${process.version}, ${platform()} ${arch()}, ${cpus().length} x ${cpus()[0]?.model}`);
const asked = <T extends About>(all: readonly T[]): T[] =>
  all.filter(
    (each) =>
      (values.quick ? each.quick : true) &&
      (values.filter === undefined || `${each.suite} ${each.kernel} ${each.shape}`.includes(values.filter)),
  );
const ofLanes = lanes ? asked(kernelBenches) : [];
const ofDevice = asked([...opBenches, ...modelBenches, ...servingBenches]);
const { filter, quick } = values;
const ofGpu = device === 'webgpu' ? await gpuRows({ ...(filter === undefined ? {} : { filter }), quick, say }) : [];
if (ofLanes.length + ofDevice.length + ofGpu.length === 0) {
  console.error(`bench: no row holds '${values.filter}'`);
  process.exit(2);
}
const ceilings = await measureCeilings(loopMs);
say(`ceilings on one thread: ${ceilings.f32().toFixed(1)} GFLOP/s f32, ${ceilings.int8().toFixed(1)} GOP/s int8`);
const heads = `${'suite'.padEnd(12)}${'kernel'.padEnd(25)}${'shape'.padEnd(34)}`;
const measured: { readonly row: Row; readonly about: About }[] = [];
const note = (row: Row, about: About): void => {
  measured.push({ row, about });
  say(printed(held(row, about, ceilings)));
};

if (ofLanes.length > 0) {
  const dense = WebAssembly.validate(wasmBytes('dense-relaxed', false)) ? 'dense-relaxed' : 'dense';
  const { machine, int8 } = chooseInt8(dense);
  say(`modules: base, ${dense}, ${int8}\n\n${heads}threads  best ms  median ms     rate`);
  for (const bench of ofLanes) {
    ceilings.again();
    machine.reset();
    note(rowOf(bench, time(bench.prepare(machine), rowMs), 1), bench);
  }
}

/** Opened for each number of threads in turn: idle workers of another would wake now and then. */
async function onDevice(threads: number, benches: readonly DeviceBench[]): Promise<void> {
  if (benches.length === 0) return;
  const { backend } = await openBackend(device, { threads });
  const host: Host = { device: new Device(backend), backend, threads };
  say(`\n${host.device.info().device}`);
  for (const { what, chosen, why } of host.device.info().choices) say(`  ${what}: ${chosen} (${why})`);
  for (const bench of benches) {
    if (bench.on?.(host) === false) continue;
    ceilings.again();
    const { run, end } = await bench.prepare(host);
    const timed = await timeAsync(run, deviceMs);
    end();
    note(rowOf(bench, timed, threads), bench);
  }
  await host.device.close();
}

await onDevice(Number(values.threads ?? 1), ofDevice);
if (values.threads === undefined && device === 'wasm' && cpus().length > 1)
  await onDevice(
    2,
    ofDevice.filter(({ two }) => two),
  );

// Held against the ceilings as they are known at the end.
const rows = [...ofGpu, ...measured.map(({ row, about }) => held(row, about, ceilings))];

/** What another row of the same shape comes to, in the words of the bars. */
function sayRatios(): void {
  for (const row of rows) {
    const one = rows.find((other) => other !== row && key({ ...row, threads: 1 }) === key(other));
    if (row.threads > 1 && one !== undefined)
      say(`${row.threads} threads: ${row.kernel} ${row.shape}: ${(one.best_ms / row.best_ms).toFixed(2)} times one`);
    const alone = rows.find(
      ({ kernel, shape, threads }) => kernel === 'decode(128)' && shape === row.shape && threads === row.threads,
    );
    if (row.kernel.includes('K=') && alone !== undefined)
      say(`${row.kernel} ${row.shape}: ${(row.rate / alone.rate).toFixed(2)} times the bytes a second of one`);
  }
}
say('');
sayRatios();
say('');
for (const { name, rate, unit } of ceilings.loops)
  say(`ceiling loop ${name.padEnd(30)}${rate.toFixed(1).padStart(8)} ${unit}`);
say(`${((performance.now() - started) / 1000).toFixed(0)} s`);
if (values.compare !== undefined) compare(JSON.parse(readFileSync(values.compare, 'utf8')) as Row[], rows);
if (values.json) console.log(JSON.stringify(rows, null, 1));
const wrong = rows.filter(({ ratio }) => ratio !== null && ratio > tooGood);
for (const row of wrong) console.error(`bench: the ceiling was wrong (ratio above ${tooGood}): ${printed(row)}`);
if (wrong.length > 0) process.exitCode = 1;
