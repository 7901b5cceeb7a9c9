// Variants of the kernels on subgroup matrices, timed at the model's shapes: what the choices in the lowering rest on.
//
//   search.mjs [--filter WORD]    products, attention or normRope alone
import { parseArgs } from 'node:util';
import { open } from '../../engine/backends/webgpu.ts';
import type { OpAttrs } from '../../engine/ops/names.ts';
import type { TensorType } from '../../engine/shape.ts';
import { GpuTimer, programOf } from './timer.ts';

const { values } = parseArgs({ options: { filter: { type: 'string', default: '' } } });
const wanted = (name: string): boolean => name.includes(values.filter);
const backend = await open();
const timer = new GpuTimer(backend);
const print = (text: string): void => console.log(text);
print(`# ${backend.info().device}`);
if (!backend.can.matrix) {
  print('this adapter has no subgroup matrices: there is nothing to search');
  process.exit(0);
}
const h = (...shape: number[]): TensorType => ({ dtype: 'f16', shape });
const rows = 131_072;
const plain: OpAttrs['matmul'] = { transA: false, transB: false, scale: 1, epilogue: 'none', out: 'f16' };
const products = [
  ['131072x2048x512 relu2', [h(rows, 512), h(512, 2048)], { ...plain, epilogue: 'relu2' }],
  ['131072x512x2048 b^T', [h(rows, 2048), h(512, 2048)], { ...plain, transB: true }],
  ['512x2048x131072 a^T', [h(rows, 512), h(rows, 2048)], { ...plain, transA: true, out: 'f32' }],
] as const;
const tiles: readonly Record<string, number>[] = [
  {},
  { BM: 128 },
  { BM: 128, BN: 256 },
  { BM: 128, WN: 32 },
  { BM: 256, WN: 32 },
  { SWZ: 4 },
  { PAD: 16 },
];
for (const force of tiles)
  for (const [name, inputs, attrs] of products) {
    if (!wanted('products')) continue;
    const { best } = await timer.time(programOf('matmul', inputs, attrs), backend.forcing(force));
    print(
      `${name.padEnd(26)} ${JSON.stringify(force).padEnd(22)} ${best.toFixed(3)} ms ${((2 * rows * 512 * 2048) / best / 1e9).toFixed(0)} TFLOP/s`,
    );
  }
const heads = h(64, 2048, 512);
const attrs = { heads: 8, kvHeads: 8, window: null, causal: true, scale: 0.125 };
const back = [heads, heads, heads, heads, { dtype: 'f32', shape: [64, 8, 2048] } as const, heads];
for (const [op, force] of [
  ['attention', {}],
  ['attention', { attentionUnits: 1 }],
  ['attentionGrad', {}],
  ['attentionGrad', { gradWalk: 64, gradSG: 4 }],
  ['attentionGrad', { gradWalk: 32, gradSG: 4 }],
] as const) {
  if (!wanted(op)) continue;
  const program = programOf(op, op === 'attention' ? [heads, heads, heads] : back, attrs);
  const { best } = await timer.time(program, backend.forcing(force));
  print(`${op.padEnd(26)} ${JSON.stringify(force).padEnd(22)} ${best.toFixed(3)} ms`);
}
// Fewer threads a head: each has more bytes under way, and a workgroup shares its sines and cosines among more rows.
for (const op of ['normRope', 'normRopeGrad'] as const)
  for (const force of [{}, { ropeLanes: 4 }, { ropeLanes: 2 }]) {
    if (!wanted(op)) continue;
    const inputs = op === 'normRope' ? [heads] : [heads, heads];
    const program = programOf(op, inputs, { heads: 8, base: 10_000, eps: 1e-6 });
    const { best } = await timer.time(program, backend.forcing(force));
    print(`${op.padEnd(26)} ${JSON.stringify(force).padEnd(22)} ${best.toFixed(3)} ms`);
  }
await backend.close();
process.exit(0);
