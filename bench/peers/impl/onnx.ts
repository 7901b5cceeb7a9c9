// onnxruntime, by its WebAssembly and its native build: graphs of one node on constant weights, one thread.
import { integers, numbers } from '../../../test/kernels/support/machine.ts';
import { onnxModel } from '../onnx-model.ts';
import type { Peer, Prepared, Task } from '../tasks.ts';
import { versionOf } from '../version.ts';

interface Graph {
  readonly model: Uint8Array;
  readonly type: 'float32' | 'uint8';
  readonly data: Float32Array | Uint8Array;
  readonly shape: readonly number[];
}

function graphOf(task: Task): Graph | null {
  if (task.kind === 'gemm' || task.kind === 'gemv') {
    const { m, n, k } = task;
    const weights = { name: 'w', type: 'f32', shape: [k, n], data: numbers(k * n, 2) } as const;
    const model = onnxModel(
      [{ op: 'MatMul', inputs: ['x', 'w'], output: 'y' }],
      { name: 'x', type: 'f32', shape: [m, k] },
      { name: 'y', type: 'f32', shape: [m, n] },
      [weights],
    );
    return { model, type: 'float32', data: numbers(m * k, 1), shape: [m, k] };
  }
  if (task.kind === 'int8' || task.kind === 'gemv-int8') {
    const { m, n, k } = task;
    const weights = Int8Array.from(integers(k * n, -127, 127, 3));
    const model = onnxModel(
      [{ op: 'MatMulInteger', inputs: ['x', 'w', 'zero'], output: 'y' }],
      { name: 'x', type: 'u8', shape: [m, k] },
      { name: 'y', type: 'i32', shape: [m, n] },
      [
        { name: 'w', type: 'i8', shape: [k, n], data: weights },
        { name: 'zero', type: 'u8', shape: [], data: Uint8Array.of(64) },
      ],
    );
    return { model, type: 'uint8', data: Uint8Array.from(integers(m * k, 1, 127, 1)), shape: [m, k] };
  }
  if (task.kind === 'softmax' || task.kind === 'rmsNorm') {
    const { rows, cols } = task;
    const [x, y] = [
      { name: 'x', type: 'f32', shape: [rows, cols] },
      { name: 'y', type: 'f32', shape: [rows, cols] },
    ] as const;
    const model =
      task.kind === 'softmax'
        ? onnxModel([{ op: 'Softmax', inputs: ['x'], output: 'y', axis: 1 }], x, y, [])
        : onnxModel(
            [{ op: 'SimplifiedLayerNormalization', inputs: ['x', 'one'], output: 'y', axis: 1, epsilon: 1e-6 }],
            x,
            y,
            [{ name: 'one', type: 'f32', shape: [cols], data: new Float32Array(cols).fill(1) }],
          );
    return { model, type: 'float32', data: numbers(rows * cols, 1), shape: [rows, cols] };
  }
  return null;
}

/** What is used of onnxruntime's API, which both builds share. */
interface Runtime {
  readonly env: { readonly wasm: { numThreads: number } };
  readonly Tensor: new (type: string, data: Float32Array | Uint8Array, shape: readonly number[]) => unknown;
  readonly InferenceSession: {
    create(model: Uint8Array, options: object): Promise<{ run(feeds: object): Promise<object> }>;
  };
}

async function opened(name: 'onnxruntime-web' | 'onnxruntime-node'): Promise<Peer> {
  const ort = (await import(name)) as { default?: Runtime } & Runtime;
  const runtime: Runtime = ort.InferenceSession === undefined ? (ort.default as Runtime) : ort;
  if (name === 'onnxruntime-web') runtime.env.wasm.numThreads = 1;
  const provider = name === 'onnxruntime-web' ? 'wasm' : 'cpu';
  return {
    version: versionOf(name),
    async prepare(task): Promise<Prepared | null> {
      const graph = graphOf(task);
      if (graph === null) return null;
      const session = await runtime.InferenceSession.create(graph.model, {
        ...{ executionProviders: [provider], intraOpNumThreads: 1, interOpNumThreads: 1 },
      });
      const x = new runtime.Tensor(graph.type, graph.data, graph.shape);
      return {
        run: async () => {
          await session.run({ x });
        },
      };
    },
  };
}

export const web = (): Promise<Peer> => opened('onnxruntime-web');
export const native = (): Promise<Peer> => opened('onnxruntime-node');
