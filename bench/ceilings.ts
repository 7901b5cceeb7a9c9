// What this machine can do at most in WebAssembly on one thread, as the best of several hand-written loops: multiply-adds of
// f32, products of bytes, reads of memory. Loops are written as text here and nowhere else; kernels are measured against them.
import wabt from 'wabt';
import { time } from './timing.ts';

export interface Ceilings {
  /** GFLOP/s: the best so far. */
  readonly f32: () => number;
  /** GOP/s, bytes to i32. */
  readonly int8: () => number;
  /** GB/s read, of so many bytes over and over. */
  readonly read: (bytes: number) => number;
  /** Runs the best loops once more: a machine that was busy at the start of a run would else set them too low. */
  readonly again: () => void;
  /** Each loop and what it reached, for the report. */
  readonly loops: readonly { readonly name: string; readonly rate: number; readonly unit: string }[];
}

interface Loop {
  readonly name: string;
  /** Sums at work: so many repeated elements times so many vectors, all loaded anew each turn. */
  readonly shape: readonly [number, number];
  /** The sum `acc` with the product of vector `x` and repeated element `y` added. */
  readonly step: (acc: string, x: string, y: string) => string;
  /** Operations of one step. */
  readonly operations: number;
  readonly splat: 'v128.load32_splat' | 'v128.load64_splat';
}

const features = { simd: true, relaxed_simd: true, bulk_memory: true, mutable_globals: true };
const shapes = [
  [4, 2],
  [2, 4],
  [5, 2],
  [6, 2],
  [4, 4],
] as const;

const kinds = [
  ['madd', 8, 'v128.load32_splat', (acc, x, y) => `(f32x4.relaxed_madd ${x} ${y} ${acc})`],
  ['mul, add', 8, 'v128.load32_splat', (acc, x, y) => `(f32x4.add ${acc} (f32x4.mul ${x} ${y}))`],
  ['relaxed dot', 32, 'v128.load32_splat', (acc, x, y) => `(i32x4.relaxed_dot_i8x16_i7x16_add_s ${x} ${y} ${acc})`],
  [
    'relaxed i16 dot, widened',
    32,
    'v128.load32_splat',
    (acc, x, y) =>
      `(i32x4.add ${acc} (i32x4.dot_i16x8_s (i16x8.relaxed_dot_i8x16_i7x16_s ${x} ${y}) (local.get $one)))`,
  ],
  ['i16 dot', 16, 'v128.load64_splat', (acc, x, y) => `(i32x4.add ${acc} (i32x4.dot_i16x8_s ${x} ${y}))`],
] as const satisfies readonly (readonly [string, number, Loop['splat'], Loop['step']])[];

const loopsOf = (from: number, to: number): readonly Loop[] =>
  kinds
    .slice(from, to)
    .flatMap(([name, operations, splat, step]) =>
      shapes.map((shape) => ({ name: `${name} ${shape.join('x')}`, shape, step, operations, splat })),
    );
const f32Loops = loopsOf(0, 2);
const int8Loops = loopsOf(2, 5);

const set = (name: string, value: string): string => `(local.set $${name} ${value})`;
const get = (name: string): string => `(local.get $${name})`;
const vectors = (names: readonly string[]): string => names.map((name) => `(local $${name} v128)`).join(' ');
const count = (n: number): readonly number[] => Array.from({ length: n }, (_, i) => i);

/** Turns of one pass over the operands, which then start again: all in the first cache. */
const pass = 32;

/** Ones come of a number that the compiler does not know: a constant V8 makes anew at each use. */
function moduleOf({ shape: [rows, columns], step, splat }: Loop): string {
  const sums = count(rows * columns).map((i) => `a${i}`);
  const turn = (half: number): string[] => [
    ...count(columns).map((j) => set(`x${j}`, `(v128.load offset=${16 * (half * columns + j)} ${get('p')})`)),
    ...count(rows).flatMap((i) => [
      set('y', `(${splat} offset=${4096 + 8 * (half * rows + i)} ${get('p')})`),
      ...count(columns).map((j) => {
        const acc = `a${i * columns + j}`;
        return set(acc, step(get(acc), get(`x${j}`), get('y')));
      }),
    ]),
  ];
  return `(module (memory (export "memory") 1)
    (func (export "run") (param $n i32) (local $p i32) (local $one v128) (local $y v128)
      ${vectors([...sums, ...count(columns).map((j) => `x${j}`)])}
      ${set('one', '(i16x8.splat (i32.ne (local.get $n) (i32.const 0)))')}
      (loop $pass
        ${set('p', '(i32.const 0)')}
        (loop $turn
          ${[...turn(0), ...turn(1)].join('\n          ')}
          (br_if $turn (i32.lt_u (local.tee $p (i32.add ${get('p')} (i32.const 128))) (i32.const ${128 * pass}))))
        ${set('n', `(i32.sub ${get('n')} (i32.const 1))`)}
        (br_if $pass ${get('n')}))
      ${sums.map((name, i) => `(v128.store offset=${16_384 + 16 * i} (i32.const 0) ${get(name)})`).join(' ')}))`;
}

/** Reads `bytes` from 0 on, `step` bytes a turn, into several sums. */
function readerOf(step: number, combine: string): string {
  const sums = count(Math.min(8, step / 16)).map((i) => `a${i}`);
  const loads = count(step / 16).map((i) => {
    const sum = sums[i % sums.length] as string;
    return set(sum, `(${combine} ${get(sum)} (v128.load offset=${16 * i} ${get('p')}))`);
  });
  return `(module (import "env" "memory" (memory 1 65536))
    (func (export "run") (param $end i32) (local $p i32) ${vectors(sums)}
      (loop $turn
        ${loads.join('\n        ')}
        (br_if $turn (i32.lt_u (local.tee $p (i32.add (local.get $p) (i32.const ${step}))) (local.get $end))))
      ${sums.map((name, i) => `(v128.store offset=${16 * i} (i32.const 0) ${get(name)})`).join(' ')}))`;
}

/** Reads `$end` bytes as so many streams side by side, 32 bytes of each a turn: more of them are asked of memory at a time. */
function streamsOf(streams: number): string {
  const each = count(streams);
  const sums = each.flatMap((k) => [`a${k}`, `b${k}`]);
  const or = (sum: string, k: number, at: number): string =>
    set(sum, `(v128.or ${get(sum)} (v128.load offset=${at} ${get(`q${k}`)}))`);
  return `(module (import "env" "memory" (memory 1 65536))
    (func (export "run") (param $end i32) (local $l i32) ${each.map((k) => `(local $q${k} i32)`).join(' ')} ${vectors(sums)}
      ${set('l', `(i32.div_u (local.get $end) (i32.const ${streams}))`)}
      ${each.map((k) => set(`q${k}`, `(i32.mul ${get('l')} (i32.const ${k}))`)).join('\n      ')}
      (loop $turn
        ${each.map((k) => `${or(`a${k}`, k, 0)} ${or(`b${k}`, k, 16)}`).join('\n        ')}
        ${each.map((k) => set(`q${k}`, `(i32.add ${get(`q${k}`)} (i32.const 32))`)).join('\n        ')}
        (br_if $turn (i32.lt_u ${get('q0')} ${get('l')})))
      ${sums.map((name, i) => `(v128.store offset=${16 * i} (i32.const 0) ${get(name)})`).join(' ')}))`;
}

type Exports = { run(...values: number[]): void };

async function assemble(text: string): Promise<Uint8Array<ArrayBuffer>> {
  const { parseWat } = await wabt();
  const parsed = parseWat('loop.wat', text, features);
  const { buffer } = parsed.toBinary({});
  parsed.destroy();
  return new Uint8Array(buffer);
}

/** Measures; `budgetMs` is the time of one loop. Loops that this Node does not know are left out. */
export async function measureCeilings(budgetMs: number): Promise<Ceilings> {
  const loops: { name: string; rate: number; unit: string }[] = [];
  const best = async (given: readonly Loop[], unit: string): Promise<() => number> => {
    const measured: { loop: Loop; run: () => void; rate: number; at: number }[] = [];
    const passes = 500;
    const rateOf = (loop: Loop, run: () => void, ms: number): number =>
      (passes * pass * 2 * loop.shape[0] * loop.shape[1] * loop.operations) / time(run, ms).best / 1e6;
    for (const loop of given) {
      const bytes = await assemble(moduleOf(loop));
      if (!WebAssembly.validate(bytes)) continue;
      const { run } = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports as unknown as Exports;
      const rate = rateOf(loop, () => run(passes), budgetMs);
      measured.push({ loop, run: () => run(passes), rate, at: loops.length });
      loops.push({ name: loop.name, rate, unit });
    }
    repeated.push(() => {
      for (const each of [...measured].sort((x, y) => y.rate - x.rate).slice(0, 4)) {
        each.rate = Math.max(each.rate, rateOf(each.loop, each.run, 8));
        (loops[each.at] as { rate: number }).rate = each.rate;
      }
    });
    return () => Math.max(...measured.map(({ rate }) => rate));
  };
  const repeated: (() => void)[] = [];
  const f32 = await best(f32Loops, 'GFLOP/s');
  const int8 = await best(int8Loops, 'GOP/s');
  const readers: Exports['run'][] = [];
  const memory = new WebAssembly.Memory({ initial: 4200, maximum: 65_536 });
  new Uint8Array(memory.buffer).fill(1);
  for (const text of [readerOf(128, 'i8x16.add'), readerOf(256, 'v128.or'), streamsOf(4), streamsOf(8)]) {
    const module = new WebAssembly.Module(await assemble(text));
    readers.push((new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as Exports).run);
  }
  const known = new Map<number, number>();
  const read = (bytes: number): number => {
    const size = Math.min(Math.ceil(bytes / 256) * 256, memory.buffer.byteLength - 512);
    const cached = known.get(size);
    if (cached !== undefined) return cached;
    // A pass over much memory takes milliseconds, and is disturbed by whatever else reads: it needs more of them.
    const ms = size > 2 ** 24 ? Math.max(200, budgetMs) : budgetMs;
    const rate = Math.max(...readers.map((run) => size / time(() => run(size), ms).best / 1e6));
    known.set(size, rate);
    loops.push({ name: `read ${(size / 2 ** 20).toFixed(1)} MiB`, rate, unit: 'GB/s' });
    return rate;
  };
  const again = (): void => {
    for (const each of repeated) each();
  };
  return { f32, int8, read, again, loops };
}
