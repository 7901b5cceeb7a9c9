// Whether the kernels on subgroup matrices give what the plain ones give, at shapes larger than the conformance suite's.
// Prints the worst difference over the typical size of the output; ends with status 1 where one is beyond what f16 allows.
import { open } from '../../engine/backends/webgpu.ts';
import { fromBytes } from '../../engine/contents.ts';
import type { OpAttrs, OpName } from '../../engine/ops/names.ts';
import { byteLength, type TensorType } from '../../engine/shape.ts';
import { GpuTimer, outputTypes, programOf } from './timer.ts';

/** Of the typical size: sums of products, and attention, whose scores pass through f16 on the way. */
const allowed = { matmul: 5e-3, attention: 3e-2 } as const;

const backend = await open();
const timer = new GpuTimer(backend);
const print = (text: string): void => console.log(text);
print(`# ${backend.info().device}`);
let failed = 0;

async function agree<N extends OpName>(
  name: string,
  most: number,
  op: N,
  inputs: readonly TensorType[],
  attrs: OpAttrs[N],
): Promise<void> {
  const program = programOf(op, inputs, attrs);
  const types = outputTypes(program);
  const results: Float32Array[][] = [];
  for (const on of [backend, backend.forcing({}, { matmul: 'tiles', attention: 'blocks', attentionGrad: 'blocks' })]) {
    const given = inputs.map((type) => timer.fill(type));
    const taken = types.map((type) => backend.allocate(byteLength(type), 'a comparison'));
    const executable = on.prepare(program);
    executable.run(given, taken);
    const read: Float32Array[] = [];
    for (const [at, type] of types.entries())
      read.push(fromBytes(type.dtype, await backend.read(taken[at] as number, 0, byteLength(type))) as Float32Array);
    results.push(read);
    executable.dispose();
    for (const id of [...given, ...taken]) backend.release(id);
  }
  const [ours, plain] = results as [Float32Array[], Float32Array[]];
  const errors = ours.map((one, slot) => {
    const other = plain[slot] as Float32Array;
    let [worst, square] = [0, 0];
    for (let at = 0; at < one.length; at += 1) {
      const d = Math.abs((one[at] as number) - (other[at] as number));
      worst = d > worst || Number.isNaN(d) ? d : worst;
      square += (other[at] as number) ** 2;
    }
    return worst / Math.sqrt(square / one.length);
  });
  const bad = errors.some((error) => !(error <= most));
  if (bad) failed += 1;
  print(
    `${bad ? 'FAIL' : 'ok  '} ${name.padEnd(52)} worst error over typical size: ${errors.map((error) => error.toExponential(1)).join(' ')}`,
  );
}

const h = (...shape: number[]): TensorType => ({ dtype: 'f16', shape });
const product = (o: Partial<OpAttrs['matmul']> = {}): OpAttrs['matmul'] => ({
  ...{ transA: false, transB: false, scale: 1, epilogue: 'none', out: 'f16' },
  ...o,
});
if (backend.can.matrix) {
  await agree('matmul', allowed.matmul, 'matmul', [h(384, 256), h(256, 256)], product());
  const relu2 = product({ transB: true, epilogue: 'relu2' });
  await agree('matmul b^T relu2', allowed.matmul, 'matmul', [h(300, 256), h(264, 256)], relu2);
  const split = product({ transA: true, out: 'f32' });
  await agree('matmul a^T, K split', allowed.matmul, 'matmul', [h(8192, 256), h(8192, 512)], split);
  await agree('matmul + residual', allowed.matmul, 'matmul', [h(384, 256), h(256, 256), h(384, 256)], product());
  const heads = h(2, 512, 512);
  for (const window of [null, 256, 100]) {
    const attrs = { heads: 8, kvHeads: 8, window, causal: true, scale: 0.125 };
    const three = [heads, heads, heads];
    await agree(`attention, window ${window}`, allowed.attention, 'attention', three, attrs);
    // Statistics of the forward pass are inputs here: any numbers do, since both kernels take the same.
    const grads = [...three, heads, { dtype: 'f32', shape: [2, 8, 512] } as const, heads];
    await agree(`attentionGrad, window ${window}`, allowed.attention, 'attentionGrad', grads, attrs);
  }
} else print('this adapter has no subgroup matrices: there is nothing to compare');
await backend.close();
process.exit(failed === 0 ? 0 : 1);
