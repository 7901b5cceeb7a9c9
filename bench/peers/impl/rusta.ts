// This engine, by the same protocol as its peers: kernels on one lane, networks and models on a device.
import { type Device, openDevice } from '../../../engine/device.ts';
import { matrixBytes } from '../../../engine/quant/model.ts';
import type { WasmVariant } from '../../../kernels/load.ts';
import { packedBBytes, packedInt8Bytes, softmaxCodes } from '../../../kernels/registry.ts';
import { integers, Machine, numbers } from '../../../test/kernels/support/machine.ts';
import { decode, decoderOf, prefill, sizes } from '../../suites/model.ts';
import { opBenches } from '../../suites/ops.ts';
import type { Peer, Prepared, Task } from '../tasks.ts';

const devices = new Map<number, Promise<Device>>();

function deviceOf(threads: number): Promise<Device> {
  const known = devices.get(threads) ?? openDevice({ device: 'wasm', threads });
  devices.set(threads, known);
  return known;
}

let machine: Machine | null = null;

/** With the variants that a device chooses here. */
async function machineOf(): Promise<Machine> {
  if (machine === null) {
    const { choices } = (await deviceOf(1)).info();
    const chosen = (what: string) => choices.find((each) => each.what === what)?.chosen as WasmVariant;
    machine = new Machine({ dense: chosen('f32 kernels'), int8: chosen('int8 kernels') });
  }
  machine.reset();
  return machine;
}

async function kernel(task: Task): Promise<Prepared | null> {
  const at = await machineOf();
  if (task.kind === 'gemm') {
    const { m, n, k } = task;
    const [a, b, c] = [at.put(numbers(m * k, 1)), at.put(numbers(n * k, 2)), at.take(m * n * 4)];
    const run = at.prepare('gemm', {
      ...{
        a,
        b,
        residual: 0,
        c,
        m,
        n,
        k,
        aStride: k,
        bStride: n,
        transA: 0,
        transB: 0,
        batch: 1,
        aBatch: 0,
        bBatch: 0,
      },
      ...{ scale: 1, epilogue: 0 },
    });
    return { run };
  }
  if (task.kind === 'gemv') {
    const { m, n, k } = task;
    const [a, b, c] = [at.put(numbers(m * k, 1)), at.put(numbers(n * k, 2)), at.take(m * n * 4)];
    const packed = at.take(packedBBytes(n, k));
    at.run('gemmPackB', { b, packed, n, k, bStride: n, transB: 0 });
    const sizesOf = { m, n, k, aStride: k, transA: 0, scale: 1, epilogue: 0 };
    return { run: at.prepare('gemmPacked', { a, packed, residual: 0, c, ...sizesOf }) };
  }
  if (task.kind === 'int8' || task.kind === 'gemv-int8') {
    const { m: rows, n: m, k } = task;
    const w = at.put(Int8Array.from(integers(m * k, -127, 127, 3)));
    const [scale, packed] = [at.put(numbers(m, 4)), at.take(packedInt8Bytes(m, k))];
    at.run('int8Pack', { w, scale, packed, m, k });
    const [x, y] = [at.put(numbers(rows * k, 1)), at.take(rows * m * 4)];
    const given = { x, packed, y, rows, m, k, xStride: k };
    // One row is quantised within what is timed; many are quantised before, as the peers' are.
    return { run: rows === 1 ? at.prepare('linearInt8Few', given) : at.prepare('linearInt8', given, 1) };
  }
  if (task.kind === 'softmax' || task.kind === 'rmsNorm') {
    const { rows, cols } = task;
    const [x, y] = [at.put(numbers(rows * cols, 1)), at.take(rows * cols * 4)];
    if (task.kind === 'softmax')
      return { run: at.prepare('softmax', { kind: softmaxCodes.softmax, x, y, rows, cols }) };
    return { run: at.prepare('rmsNorm', { x, y, rows, cols, xStride: cols, eps: 1e-6 }) };
  }
  return null;
}

let turn = 0;

export const peer: Peer = {
  version: 'this tree',
  async prepare(task, threads) {
    if (task.kind === 'prefill' || task.kind === 'decode') {
      const decoder = decoderOf({ device: await deviceOf(threads) }, task.size);
      const note = `${(matrixBytes(sizes[task.size]) / 1e6).toFixed(1)} MB of matrices a token`;
      const run = (): Promise<number> => {
        turn += 1;
        return task.kind === 'prefill' ? prefill(decoder, turn) : decode(decoder, 1, task.tokens, turn);
      };
      return { run, note };
    }
    if (task.kind === 'mlp') {
      const device = await deviceOf(threads);
      const bench = opBenches.find(({ suite }) => suite === 'network');
      if (bench === undefined) return null;
      // The network asks for no backend of its own.
      const { run } = await bench.prepare({ device, threads } as Parameters<typeof bench.prepare>[0]);
      return { run };
    }
    return kernel(task);
  },
};
