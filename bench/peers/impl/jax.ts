// jax-js on its WebAssembly backend, everything under jit.
import { numbers } from '../../../test/kernels/support/machine.ts';
import type { Peer, Prepared } from '../tasks.ts';
import { versionOf } from '../version.ts';

interface Array_ {
  readonly ref: Array_;
  reshape(shape: readonly number[]): Array_;
  mul(other: Array_ | number): Array_;
  add(other: Array_ | number): Array_;
  mean(axis?: number, options?: object): Array_;
  dispose(): void;
  blockUntilReady(): Promise<Array_>;
}

type Fn = (...inputs: Array_[]) => Array_;

interface Jax {
  init(device: string): Promise<unknown>;
  defaultDevice(device: string): unknown;
  jit(fn: (...inputs: Array_[]) => unknown): (...inputs: Array_[]) => unknown;
  valueAndGrad(fn: Fn, options: object): (...inputs: Array_[]) => unknown;
  readonly numpy: {
    array(data: Float32Array): Array_;
    matmul(a: Array_, b: Array_): Array_;
    square(x: Array_): Array_;
    sqrt(x: Array_): Array_;
    mean(x: Array_, axis?: number, options?: object): Array_;
    reciprocal(x: Array_): Array_;
  };
  readonly nn: { softmax(x: Array_, axis?: number): Array_; relu(x: Array_): Array_ };
}

export async function jax(): Promise<Peer> {
  const { init, defaultDevice, jit, valueAndGrad, numpy: np, nn } = (await import('@jax-js/jax' as string)) as Jax;
  await init('wasm');
  defaultDevice('wasm');
  const make = (length: number, seed: number, shape: readonly number[], factor = 1): Array_ =>
    np.array(numbers(length, seed, factor)).reshape(shape);
  const settle = async (all: unknown): Promise<void> => {
    for (const each of [all].flat(3) as Array_[]) {
      await each.blockUntilReady();
      each.dispose();
    }
  };
  const once = (fn: (...inputs: Array_[]) => unknown, inputs: readonly Array_[]): Prepared => {
    const compiled = jit(fn);
    return { run: () => settle(compiled(...inputs.map(({ ref }) => ref))) };
  };
  return {
    version: versionOf('@jax-js/jax'),
    async prepare(task) {
      if (task.kind === 'gemm' || task.kind === 'gemv') {
        const { m, n, k } = task;
        return once((a, b) => np.matmul(a as Array_, b as Array_), [make(m * k, 1, [m, k]), make(k * n, 2, [k, n])]);
      }
      if (task.kind === 'softmax' || task.kind === 'rmsNorm') {
        const { rows, cols } = task;
        const x = make(rows * cols, 1, [rows, cols]);
        if (task.kind === 'softmax') return once((each) => nn.softmax(each as Array_, -1), [x]);
        const norm = (each: Array_): Array_ =>
          each.mul(np.reciprocal(np.sqrt(np.mean(np.square(each.ref), 1, { keepdims: true }).add(1e-6))));
        return once((each) => norm(each as Array_), [x]);
      }
      if (task.kind === 'mlp') {
        const { batch, width, hidden } = task;
        const inputs = [
          make(batch * width, 1, [batch, width]),
          make(width * hidden, 2, [width, hidden], 0.02),
          make(hidden * width, 3, [hidden, width], 0.02),
        ];
        const loss: Fn = (x, a, b) =>
          np.mean(np.square(np.matmul(nn.relu(np.matmul(x as Array_, a as Array_)), b as Array_)));
        return once(valueAndGrad(loss, { argnums: [1, 2] }), inputs);
      }
      return null;
    },
  };
}
