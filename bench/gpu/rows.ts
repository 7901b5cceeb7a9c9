// GPU time of single ops at the shapes of the byte model, with rates. Usage: rows.mjs [FILTER]; --search times variants of
// the kernels on subgroup matrices too. Prints one line a row, and a JSON array to --json FILE.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { open, type WebGpuBackend } from '../../engine/backends/webgpu.ts';
import type { OpAttrs, OpName } from '../../engine/ops/names.ts';
import { Recorder } from '../../engine/program/record.ts';
import { seal } from '../../engine/program/seal.ts';
import { byteLength, sizeOf, type TensorType } from '../../engine/shape.ts';

const { values, positionals } = parseArgs({
  options: {
    search: { type: 'boolean' },
    robust: { type: 'boolean' },
    json: { type: 'string' },
    seconds: { type: 'string', default: '300' },
  },
  allowPositionals: true,
});
const filter = positionals[0] ?? '';
const deadline = performance.now() + Number(values.seconds) * 1000;
// A page cannot turn Dawn's bounds checks off: `--robust` leaves them on.
const backend = await open(
  values.robust === true ? { toggles: ['allow_unsafe_apis', 'vulkan_enable_f16_on_nvidia'] } : {},
);
const print = (text: string): void => console.log(text);
print(
  `# ${backend.info().device}; ${backend
    .info()
    .choices.map(({ what, chosen }) => `${what} ${chosen}`)
    .join('; ')}`,
);

interface Row {
  readonly name: string;
  readonly ms: number;
  readonly wallMs: number;
  readonly rate: number;
  readonly unit: string;
  readonly note: string;
}
const rows: Row[] = [];
const h = (...shape: number[]): TensorType => ({ dtype: 'f16', shape });
const f = (...shape: number[]): TensorType => ({ dtype: 'f32', shape });
const i = (...shape: number[]): TensorType => ({ dtype: 'i32', shape });
const u = (...shape: number[]): TensorType => ({ dtype: 'u8', shape });

/** Pseudo-random contents: f32 and f16 in -1..1, ids below 256. */
function contents({ dtype, shape }: TensorType): Uint8Array {
  const n = Math.min(sizeOf(shape), 1 << 22);
  let state = 12345;
  const next = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  if (dtype === 'f32') return new Uint8Array(Float32Array.from({ length: n }, () => next() * 2 - 1).buffer);
  if (dtype === 'i32') return new Uint8Array(Int32Array.from({ length: n }, () => Math.floor(next() * 2)).buffer);
  if (dtype === 'f16') {
    // Sign and exponents of 2^-4 to 2^-1.
    const words = Uint16Array.from({ length: n }, () => {
      const bits = Math.floor(next() * 65536);
      return (bits & 0x8000) | ((11 + (bits & 3)) << 10) | ((bits >> 2) & 0x3ff);
    });
    return new Uint8Array(words.buffer);
  }
  return Uint8Array.from({ length: n }, () => Math.floor(next() * 256));
}

function fillBuffer(type: TensorType): number {
  const bytes = Math.max(Math.ceil(byteLength(type) / 4) * 4, 4);
  const id = backend.allocate(bytes, 'a benchmark');
  const data = contents(type);
  for (let at = 0; at < bytes; at += data.byteLength)
    backend.write(id, data.subarray(0, Math.min(data.byteLength, bytes - at)), at);
  return id;
}

let warm = 0;
async function time<N extends OpName>(
  name: string,
  op: N,
  inputs: readonly TensorType[],
  attrs: OpAttrs[N],
  what: { flops?: number; bytes?: number },
  on: WebGpuBackend = backend,
): Promise<number> {
  if (filter !== '' && !name.includes(filter)) return 0;
  if (performance.now() > deadline) {
    print(`${name.padEnd(58)} left out: time is up`);
    return 0;
  }
  const recorder = new Recorder();
  const program = seal(
    recorder.finish(
      recorder.apply(
        op,
        inputs.map((type) => recorder.input(type)),
        attrs,
      ),
    ),
  );
  const given = program.inputs.map((_, at) => fillBuffer(inputs[at] as TensorType));
  const types = program.outputs.map((id) => (program.values[id] as { type: TensorType }).type);
  const taken = types.map((type) => backend.allocate(byteLength(type), 'a benchmark'));
  let executable: ReturnType<WebGpuBackend['prepare']> | null = null;
  try {
    executable = on.prepare(program);
    const t0 = performance.now();
    await executable.warmUp();
    const compileMs = performance.now() - t0;
    executable.run(given, taken);
    await backend.read(taken[0] as number, 0, 4);
    const until = performance.now() + (performance.now() > warm ? 500 : 50);
    while (performance.now() < until) {
      for (let k = 0; k < 4; k += 1) executable.run(given, taken);
      await backend.read(taken[0] as number, 0, 4);
    }
    let best = Number.POSITIVE_INFINITY;
    let detail = '';
    for (let k = 0; k < 5; k += 1) {
      const timings = await executable.profile(given, taken);
      const ms = timings.reduce((sum, each) => sum + each.ms, 0);
      if (ms < best) {
        best = ms;
        detail = timings.length > 1 ? timings.map((each) => each.ms.toFixed(3)).join('+') : '';
      }
    }
    const runs = Math.max(2, Math.min(50, Math.round(100 / best)));
    const w0 = performance.now();
    for (let k = 0; k < runs; k += 1) executable.run(given, taken);
    await backend.read(taken[0] as number, 0, 4);
    const wallMs = (performance.now() - w0) / runs;
    warm = performance.now() + 400;
    const rate = what.flops === undefined ? (what.bytes ?? 0) / best / 1e6 : what.flops / best / 1e9;
    const unit = what.flops === undefined ? 'GB/s' : 'TFLOP/s';
    rows.push({ name, ms: best, wallMs, rate, unit, note: detail });
    print(
      `${name.padEnd(58)} ${best.toFixed(3).padStart(9)} ms ${rate.toFixed(rate < 10 ? 2 : 0).padStart(6)} ${unit.padEnd(7)} wall ${wallMs.toFixed(3)} compile ${compileMs.toFixed(0)} ${detail}`,
    );
    return best;
  } catch (error) {
    print(
      `${name.padEnd(58)} FAILED ${String((error as Error).message)
        .slice(0, 300)
        .replaceAll('\n', ' ')}`,
    );
    return 0;
  } finally {
    executable?.dispose();
    for (const id of [...given, ...taken]) backend.release(id);
  }
}

const product = (o: Partial<OpAttrs['matmul']> = {}): OpAttrs['matmul'] => ({
  transA: false,
  transB: false,
  scale: 1,
  epilogue: 'none',
  out: 'f16',
  ...o,
});

/** M x N x K with both layouts, as `matmul` takes them. */
async function matmul(
  M: number,
  N: number,
  K: number,
  o: Partial<OpAttrs['matmul']>,
  dtype: 'f16' | 'f32' = 'f16',
  note = '',
  on = backend,
  residual = false,
): Promise<number> {
  const of = dtype === 'f16' ? h : f;
  const a = o.transA === true ? of(K, M) : of(M, K);
  const b = o.transB === true ? of(N, K) : of(K, N);
  const attrs = product(o);
  const kind = `${o.transA === true ? 'T' : 'N'}${o.transB === true ? 'T' : 'N'}`;
  const inputs = residual ? [a, b, { dtype: attrs.out, shape: [M, N] } as TensorType] : [a, b];
  const extra = `${attrs.epilogue === 'none' ? '' : ' relu2'}${residual ? ' +r' : ''}`;
  return await time(
    `matmul ${dtype}>${attrs.out} ${kind} ${M}x${N}x${K}${extra} ${note}`,
    'matmul',
    inputs,
    attrs,
    { flops: 2 * M * N * K },
    on,
  );
}

const rowsOf = 131072;
const attention = (window: number | null): OpAttrs['attention'] => ({
  heads: 8,
  kvHeads: 8,
  window,
  causal: true,
  scale: 0.125,
});
const full = 4 * ((2048 * 2048) / 2) * 64 * 8 * 64;

/** Worst difference of two variants on the same inputs, relative to the typical size of the output. */
async function agree<N extends OpName>(
  name: string,
  op: N,
  inputs: readonly TensorType[],
  attrs: OpAttrs[N],
): Promise<void> {
  if (filter !== '' && !name.includes(filter)) return;
  const results: Float32Array[][] = [];
  for (const on of [backend, backend.forcing({ noMatrix: 1 })]) {
    const recorder = new Recorder();
    const program = seal(
      recorder.finish(
        recorder.apply(
          op,
          inputs.map((type) => recorder.input(type)),
          attrs,
        ),
      ),
    );
    const types = program.outputs.map((id) => (program.values[id] as { type: TensorType }).type);
    const given = inputs.map(fillBuffer);
    const taken = types.map((type) => backend.allocate(byteLength(type), 'a comparison'));
    try {
      const executable = on.prepare(program);
      executable.run(given, taken);
      const read: Float32Array[] = [];
      for (const [at, type] of types.entries()) {
        const bytes = await backend.read(taken[at] as number, 0, byteLength(type));
        read.push(type.dtype === 'f32' ? new Float32Array(bytes.buffer) : fromHalf(new Uint16Array(bytes.buffer)));
      }
      results.push(read);
      executable.dispose();
    } catch (error) {
      print(
        `agree ${name} FAILED ${String((error as Error).message)
          .slice(0, 300)
          .replaceAll('\n', ' ')}`,
      );
      return;
    } finally {
      for (const id of [...given, ...taken]) backend.release(id);
    }
  }
  const [ours, plain] = results as [Float32Array[], Float32Array[]];
  const errors = ours.map((one, slot) => {
    const other = plain[slot] as Float32Array;
    let worst = 0;
    let square = 0;
    for (let at = 0; at < one.length; at += 1) {
      const d = Math.abs((one[at] as number) - (other[at] as number));
      worst = d > worst || Number.isNaN(d) ? d : worst;
      square += (other[at] as number) ** 2;
    }
    return (worst / Math.sqrt(square / one.length)).toExponential(1);
  });
  print(`agree ${name.padEnd(52)} worst error over typical size: ${errors.join(' ')}`);
}

function fromHalf(words: Uint16Array): Float32Array {
  return Float32Array.from(words, (bits) => {
    const exponent = (bits >> 10) & 31;
    const mantissa = bits & 1023;
    const size =
      exponent === 0
        ? mantissa * 2 ** -24
        : exponent === 31
          ? mantissa === 0
            ? Infinity
            : NaN
          : 2 ** (exponent - 15) * (1 + mantissa / 1024);
    return (bits & 0x8000) === 0 ? size : -size;
  });
}

const smallHeads = (n: number): TensorType => h(2, n, 512);
if (backend.can.matrix) {
  await agree('matmul NN', 'matmul', [h(384, 256), h(256, 256)], product());
  await agree('matmul NT relu2', 'matmul', [h(300, 256), h(264, 256)], product({ transB: true, epilogue: 'relu2' }));
  await agree('matmul TN split', 'matmul', [h(8192, 256), h(8192, 512)], product({ transA: true, out: 'f32' }));
  await agree('matmul NN residual', 'matmul', [h(384, 256), h(256, 256), h(384, 256)], product());
  for (const window of [null, 256, 100]) {
    const six = [smallHeads(512), smallHeads(512), smallHeads(512)];
    await agree(`attention window ${window}`, 'attention', six, attention(window));
    // Statistics of the forward pass are inputs here: any numbers do, since both kernels take the same.
    const grads = [...six, smallHeads(512), f(2, 8, 512), smallHeads(512)];
    await agree(`attentionGrad window ${window}`, 'attentionGrad', grads, attention(window));
  }
}

await time('copy f32', 'copy', [f(1 << 28)], {}, { bytes: 2 ** 31 });
await time('cast f32>f16', 'cast', [f(1 << 27)], { dtype: 'f16' }, { bytes: 6 * 2 ** 27 });
await time('add f16', 'add', [h(rowsOf, 512), h(rowsOf, 512)], {}, { bytes: 6 * rowsOf * 512 });
await time('mix f16', 'mix', [h(rowsOf, 512), h(rowsOf, 512), f(2)], {}, { bytes: 6 * rowsOf * 512 });
await time(
  'mixGrad f16',
  'mixGrad',
  [h(rowsOf, 512), h(rowsOf, 512), f(2), h(rowsOf, 512)],
  {},
  { bytes: 10 * rowsOf * 512 },
);
await time('sum f16 rows', 'sum', [h(rowsOf, 512)], { axes: [0], keepDims: false }, { bytes: 2 * rowsOf * 512 });
await time('sumSquares f32', 'sumSquares', [f(1 << 26)], {}, { bytes: 2 ** 28 });
await time('rmsNorm f16', 'rmsNorm', [h(rowsOf, 512)], { eps: 1e-6 }, { bytes: 4 * rowsOf * 512 });
await time(
  'rmsNormGrad f16',
  'rmsNormGrad',
  [h(rowsOf, 512), h(rowsOf, 512)],
  { eps: 1e-6 },
  { bytes: 6 * rowsOf * 512 },
);
const rope = { heads: 8, base: 10000, eps: 1e-6 };
await time('normRope f16', 'normRope', [h(64, 2048, 512)], rope, { bytes: 4 * rowsOf * 512 });
await time('normRopeGrad f16', 'normRopeGrad', [h(64, 2048, 512), h(64, 2048, 512)], rope, { bytes: 6 * rowsOf * 512 });
await time('crossEntropy f16', 'crossEntropy', [h(rowsOf, 256), i(rowsOf)], { cap: 15 }, { bytes: 2 * rowsOf * 256 });
await time(
  'crossEntropyGrad f16',
  'crossEntropyGrad',
  [h(rowsOf, 256), i(rowsOf), f(rowsOf), f(rowsOf)],
  { cap: 15 },
  { bytes: 4 * rowsOf * 256 },
);
await time('embedding f16', 'embedding', [h(256, 512), u(64, 2048)], {}, { bytes: 2 * rowsOf * 512 });
await time(
  'embeddingGrad f16',
  'embeddingGrad',
  [u(64, 2048), h(64, 2048, 512)],
  { rows: 256 },
  { bytes: 2 * rowsOf * 512 },
);
const orders = [2, 3, 4, 6];
await time(
  'hashEmbedding f16',
  'hashEmbedding',
  [h(4, 4096, 512), u(64, 2048)],
  { orders },
  { bytes: 10 * rowsOf * 512 },
);
await time(
  'hashEmbeddingGrad f16',
  'hashEmbeddingGrad',
  [u(64, 2048), h(64, 2048, 512)],
  { orders, rows: 4096 },
  { bytes: 8 * rowsOf * 512 },
);
await time('adamw 8M', 'adamw', [f(1 << 23), f(1 << 23), f(1 << 23), f(1 << 23), f(8)], {}, { bytes: 28 * 2 ** 23 });

await matmul(4096, 4096, 4096, { out: 'f32' }, 'f32');
await matmul(4096, 4096, 4096, { out: 'f32' });
await matmul(4096, 4096, 4096, {});
await matmul(8192, 8192, 8192, { out: 'f32' });
await matmul(rowsOf, 2048, 512, { epilogue: 'relu2' });
await matmul(rowsOf, 512, 2048, {}, 'f16', '', backend, true);
await matmul(rowsOf, 1536, 512, {});
await matmul(rowsOf, 512, 512, {});
await matmul(rowsOf, 512, 2048, { transB: true });
await matmul(rowsOf, 2048, 512, { transB: true });
await matmul(512, 2048, rowsOf, { transA: true, out: 'f32' });
await matmul(512, 512, rowsOf, { transA: true, out: 'f32' });

const heads = h(64, 2048, 512);
const lse = f(64, 8, 2048);
for (const window of [null, 256]) {
  const share = window === null ? 1 : (256 * 2048 - (256 * 255) / 2) / ((2048 * 2048) / 2);
  await time(`attention T 2048 window ${window}`, 'attention', [heads, heads, heads], attention(window), {
    flops: full * share,
  });
  await time(
    `attentionGrad T 2048 window ${window}`,
    'attentionGrad',
    [heads, heads, heads, heads, lse, heads],
    attention(window),
    { flops: 2.5 * full * share },
  );
}

if (values.search === true && backend.can.matrix) {
  const tiles: readonly Record<string, number>[] = [
    {},
    { BM: 128 },
    { BM: 128, BN: 256 },
    { BM: 128, WN: 32 },
    { BM: 256, WN: 32 },
    { SWZ: 4 },
    { PAD: 16 },
  ];
  for (const force of tiles) {
    const on = backend.forcing(force);
    const note = JSON.stringify(force);
    await matmul(rowsOf, 2048, 512, { epilogue: 'relu2' }, 'f16', note, on);
    await matmul(rowsOf, 512, 2048, { transB: true }, 'f16', note, on);
    await matmul(512, 2048, rowsOf, { transA: true, out: 'f32' }, 'f16', note, on);
  }
  const attend = async (force: Record<string, number>, grad: boolean): Promise<void> => {
    const inputs = grad ? [heads, heads, heads, heads, lse, heads] : [heads, heads, heads];
    const op = grad ? 'attentionGrad' : 'attention';
    const name = `${op} full ${JSON.stringify(force)}`;
    await time(name, op, inputs, attention(null), { flops: (grad ? 2.5 : 1) * full }, backend.forcing(force));
  };
  await attend({ attentionUnits: 1 }, false);
  await attend({ gradWalk: 64, gradSG: 4 }, true);
  await attend({ gradWalk: 32, gradSG: 4 }, true);
}
if (values.json !== undefined) writeFileSync(values.json, JSON.stringify(rows));
await backend.close();
process.exit(0);
