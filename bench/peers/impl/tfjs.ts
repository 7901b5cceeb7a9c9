// TensorFlow.js on its WebAssembly backend, one thread.
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { numbers } from '../../../test/kernels/support/machine.ts';
import type { Peer } from '../tasks.ts';

interface Tensor {
  square(): Tensor;
  mean(axis?: number, keep?: boolean): Tensor;
  add(other: number): Tensor;
  rsqrt(): Tensor;
  mul(other: Tensor): Tensor;
  relu(): Tensor;
  dispose(): void;
  dataSync(): Float32Array;
}

interface Tf {
  readonly version_core: string;
  env(): { set(name: string, value: unknown): void };
  setBackend(name: string): Promise<boolean>;
  ready(): Promise<void>;
  tensor2d(data: Float32Array, shape: readonly number[]): Tensor;
  matMul(a: Tensor, b: Tensor, transA?: boolean, transB?: boolean): Tensor;
  relu(x: Tensor): Tensor;
  square(x: Tensor): Tensor;
  mean(x: Tensor, axis?: number, keep?: boolean): Tensor;
  add(a: Tensor, b: Tensor | number): Tensor;
  rsqrt(x: Tensor): Tensor;
  mul(a: Tensor, b: Tensor): Tensor;
  softmax(x: Tensor): Tensor;
  tidy<T>(fn: () => T): T;
  grads(fn: (a: Tensor, b: Tensor) => Tensor): (inputs: readonly Tensor[]) => readonly Tensor[];
}

export async function tfjs(): Promise<Peer> {
  const require = createRequire(import.meta.url);
  const tf = require('@tensorflow/tfjs-core') as Tf;
  const wasm = require('@tensorflow/tfjs-backend-wasm') as { setWasmPaths(prefix: string): void };
  wasm.setWasmPaths(`${dirname(require.resolve('@tensorflow/tfjs-backend-wasm/package.json'))}/dist/`);
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  await tf.setBackend('wasm');
  await tf.ready();
  const once = (fn: () => Tensor) => ({ run: (): void => void tf.tidy(() => void fn()) });
  return {
    version: tf.version_core,
    async prepare(task) {
      if (task.kind === 'gemm' || task.kind === 'gemv') {
        const { m, n, k } = task;
        const [a, b] = [tf.tensor2d(numbers(m * k, 1), [m, k]), tf.tensor2d(numbers(k * n, 2), [k, n])];
        return once(() => tf.matMul(a, b));
      }
      if (task.kind === 'softmax' || task.kind === 'rmsNorm') {
        const { rows, cols } = task;
        const x = tf.tensor2d(numbers(rows * cols, 1), [rows, cols]);
        if (task.kind === 'softmax') return once(() => tf.softmax(x));
        return once(() => tf.mul(x, tf.rsqrt(tf.add(tf.mean(tf.square(x), 1, true), 1e-6))));
      }
      if (task.kind === 'mlp') {
        const { batch, width, hidden } = task;
        const x = tf.tensor2d(numbers(batch * width, 1), [batch, width]);
        const a = tf.tensor2d(numbers(width * hidden, 2, 0.02), [width, hidden]);
        const b = tf.tensor2d(numbers(hidden * width, 3, 0.02), [hidden, width]);
        const gradient = tf.grads((p, q) => tf.mean(tf.square(tf.matMul(tf.relu(tf.matMul(x, p)), q))));
        return { run: (): void => void tf.tidy(() => void gradient([a, b])) };
      }
      return null;
    },
  };
}
