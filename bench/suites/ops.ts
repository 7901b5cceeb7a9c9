// What is timed of whole ops, as a device runs them: the table's cases for the benchmark, on any number of threads, what the
// queue and the workers cost included. And the forward and backward pass of a small network, whose peers are measured too.
import type { Backend } from '../../engine/backends/backend.ts';
import { toBytes } from '../../engine/contents.ts';
import type { Device } from '../../engine/device.ts';
import type { OpCase, OpDef } from '../../engine/ops/def.ts';
import { matmul, mean, relu, square } from '../../engine/ops/functions.ts';
import type { OpName } from '../../engine/ops/names.ts';
import { table } from '../../engine/ops/table.ts';
import { gradients } from '../../engine/program/gradients.ts';
import { optimise } from '../../engine/program/optimise.ts';
import { Recorder } from '../../engine/program/record.ts';
import { byteLength, type TensorType } from '../../engine/shape.ts';
import { filled, randomOf } from '../../test/engine/support/random.ts';
import { numbers } from '../../test/kernels/support/machine.ts';
import { type About, f32Ceiling, int8Ceiling } from '../bench.ts';

/** An open device, and the backend beneath it. */
export interface Host {
  readonly device: Device;
  readonly backend: Backend;
  readonly threads: number;
}

export interface DeviceBench extends About {
  /** Also at two threads, in a run that was not told how many. */
  readonly two: boolean;
  /** Whether a device of this kind runs it. */
  readonly on?: (host: Host) => boolean;
  /** What it returns gives the milliseconds of one time. */
  readonly prepare: (host: Host) => Promise<{ readonly run: () => Promise<number>; end(): void }>;
}

/** A run takes as many calls as last about this long: what a read waits for is shared by them. ms. */
const least = 3;

/** Times `queue`, called so many times, until `settled`. */
export async function callsOf(queue: () => void, settled: () => Promise<unknown>): Promise<() => Promise<number>> {
  const once = async (calls: number): Promise<number> => {
    const begin = performance.now();
    for (let call = 0; call < calls; call += 1) queue();
    await settled();
    return (performance.now() - begin) / calls;
  };
  await once(1);
  let calls = 1;
  for (let took = await once(calls); took * calls < least && calls < 4096; took = await once(calls)) calls *= 2;
  return () => once(calls);
}

const shapeOf = (inputs: readonly TensorType[]): string => inputs.map(({ shape }) => shape.join('x')).join(' ');

function opBench<A>(op: OpName, { inputs, attrs }: OpCase<A>): DeviceBench {
  const def = table[op] as unknown as OpDef<A>;
  const flops = def.flops(inputs, attrs);
  const bytes = [...inputs, ...def.infer(inputs, attrs)].reduce((sum, type) => sum + byteLength(type), 0);
  const int8 = op === 'linearInt8';
  // Products are counted; whatever goes over its data a few times is held against bytes.
  const counted = int8 || op === 'matmul' || op.startsWith('attention');
  const cap = attrs as { window?: number | null; transA?: boolean; transB?: boolean };
  const notes = [cap.window ? ` window ${cap.window}` : '', cap.transA ? ' aT' : '', cap.transB ? ' bT' : ''];
  const square1024 = shapeOf(inputs).startsWith('1024x1024 1024x1024');
  return {
    ...{ suite: 'op', kernel: op, shape: `${shapeOf(inputs)}${notes.join('')}`, dtype: int8 ? 'i8' : 'f32' },
    ...{ unit: counted ? (int8 ? 'GOP/s' : 'GFLOP/s') : 'GB/s', work: (counted ? flops : bytes) / 1e6 },
    ceiling: !counted || op === 'attentionCached' ? null : int8 ? int8Ceiling : f32Ceiling,
    quick: square1024 && counted,
    two: counted && flops > 5e8,
    prepare: async ({ backend }) => {
      const recorder = new Recorder();
      const types = inputs.map(({ dtype, shape }): TensorType => ({ dtype, shape }));
      const traced = types.map((type) => recorder.input(type));
      const program = optimise(recorder.finish(recorder.apply(op, traced, attrs as never)));
      const random = randomOf(op);
      const allocate = (type: TensorType): number => backend.allocate(Math.max(4, byteLength(type)), op);
      const given = inputs.map((type) => {
        const buffer = allocate(type);
        backend.write(buffer, toBytes(type.dtype, filled(type, random).data));
        return buffer;
      });
      const taken = program.outputs.map((id) => allocate((program.values[id] as { type: TensorType }).type));
      const executable = backend.prepare(program);
      const settled = () => backend.read(given[0] as number, 0, 4);
      return {
        run: await callsOf(() => executable.run(given, taken), settled),
        end: () => {
          executable.dispose();
          for (const buffer of [...given, ...taken]) backend.release(buffer);
        },
      };
    },
  };
}

/** Widths of the network, and rows of its batch. */
export const mlp = { batch: 512, width: 768, hidden: 3072 } as const;

/** Five products: two forward, and the gradients of both matrices and of what is between them. */
export const mlpFlops: number = 5 * 2 * mlp.batch * mlp.width * mlp.hidden;

const network: DeviceBench = {
  ...{
    suite: 'network',
    kernel: 'mlp forward+backward',
    shape: `${mlp.batch}x${mlp.width}x${mlp.hidden}x${mlp.width}`,
  },
  ...{ dtype: 'f32', unit: 'GFLOP/s', work: mlpFlops / 1e6, ceiling: f32Ceiling, quick: true, two: true },
  prepare: async ({ device }) => {
    const { batch, width, hidden } = mlp;
    const x = device.tensor(numbers(batch * width, 1), [batch, width]);
    const a = device.tensor(numbers(width * hidden, 2, 0.02), [width, hidden]);
    const b = device.tensor(numbers(hidden * width, 3, 0.02), [hidden, width]);
    const program = device.program(() => {
      const loss = mean(square(matmul(relu(matmul(x, a)), b)));
      return [loss, ...gradients(loss, [a, b])] as const;
    }, []);
    let loss = program.run([])[0];
    return {
      run: await callsOf(
        () => {
          loss = program.run([])[0];
        },
        () => loss.data(),
      ),
      end: () => program.dispose(),
    };
  },
};

export const opBenches: readonly DeviceBench[] = [
  network,
  ...Object.entries(table).flatMap(([op, { cases }]) =>
    (cases as readonly OpCase<unknown>[])
      .filter(({ bench }) => bench === true)
      .map((each) => opBench(op as OpName, each)),
  ),
];
