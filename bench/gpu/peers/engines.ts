// What each engine does for an f32 product of square matrices on Dawn in Node: its inputs are on the GPU, runs are queued, and
// done means that the GPU is done. Libraries come as bundle.ts makes them.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { open } from '../../../engine/backends/webgpu.ts';
import { programOf } from '../timer.ts';
import { productModel } from './onnx.ts';

export interface Product {
  /** Queues the product so many times and waits until the last is done. */
  run(times: number): Promise<void>;
  /** The result, row-major, of one run. */
  result(): Promise<Float32Array>;
}

/** @param n side of the matrices, a and b row-major. */
export type Engine = (n: number, a: Float32Array, b: Float32Array, libraries: string) => Promise<Product>;

const load = (libraries: string, file: string): Promise<unknown> => import(pathToFileURL(join(libraries, file)).href);

/** What libraries made for pages look for. Dawn with the toggles that it has in Chromium. */
async function asInPage(): Promise<void> {
  const { create, globals } = (await import('webgpu' as string)) as unknown as {
    create(options: readonly string[]): GPU;
    globals: object;
  };
  Object.assign(globalThis, globals);
  const gpu = create([]);
  Object.defineProperty(globalThis, 'navigator', {
    value: { gpu, userAgent: 'Node', hardwareConcurrency: 1, platform: 'Linux', language: 'en', languages: ['en'] },
    configurable: true,
    writable: true,
  });
}

const rusta: Engine = async (n, a, b) => {
  const backend = await open();
  const type = { dtype: 'f32', shape: [n, n] } as const;
  const attrs = { transA: false, transB: false, scale: 1, epilogue: 'none', out: 'f32' } as const;
  const program = programOf('matmul', [type, type], attrs);
  const [x, y, out] = [1, 2, 3].map(() => backend.allocate(4 * n * n, 'a product')) as [number, number, number];
  backend.write(x, new Uint8Array(a.buffer));
  backend.write(y, new Uint8Array(b.buffer));
  const executable = backend.prepare(program);
  await executable.warmUp();
  return {
    async run(times) {
      for (let k = 0; k < times; k += 1) executable.run([x, y], [out]);
      await backend.read(out, 0, 4);
    },
    async result() {
      executable.run([x, y], [out]);
      return new Float32Array((await backend.read(out, 0, 4 * n * n)).buffer);
    },
  };
};

interface OnnxTensor {
  getData(): Promise<Float32Array>;
  dispose(): void;
}

/** Pages let a queue copy out of shared memory, which onnxruntime's WebAssembly lives in; Dawn in Node wants a copy of its own. */
function copyShared(): void {
  const { prototype } = (globalThis as unknown as { GPUQueue: { prototype: GPUQueue } }).GPUQueue;
  const { writeBuffer } = prototype;
  const own: typeof writeBuffer = function (this: GPUQueue, buffer, at, data, from = 0, size) {
    if (!(data instanceof Uint8Array) || !(data.buffer instanceof SharedArrayBuffer))
      return writeBuffer.call(this, buffer, at, data as GPUAllowSharedBufferSource, from, size);
    return writeBuffer.call(this, buffer, at, data.slice(from, size === undefined ? undefined : from + size), 0, size);
  };
  prototype.writeBuffer = own;
}

const onnx: Engine = async (n, a, b, libraries) => {
  await asInPage();
  copyShared();
  const ort = (await load(libraries, 'onnx.mjs')) as {
    env: { wasm: { wasmBinary: Uint8Array; numThreads: number }; webgpu: { device: GPUDevice | Promise<GPUDevice> } };
    InferenceSession: {
      create(
        model: Uint8Array,
        options: object,
      ): Promise<{ run(feeds: Record<string, OnnxTensor>): Promise<Record<string, OnnxTensor>> }>;
    };
    Tensor: { fromGpuBuffer(buffer: GPUBuffer, options: object): OnnxTensor };
  };
  ort.env.wasm.wasmBinary = readFileSync(join(libraries, 'onnx.wasm'));
  ort.env.wasm.numThreads = 1;
  const session = await ort.InferenceSession.create(productModel(n), {
    executionProviders: ['webgpu'],
    preferredOutputLocation: 'gpu-buffer',
  });
  const device = await ort.env.webgpu.device;
  const upload = (data: Float32Array): OnnxTensor => {
    const buffer = device.createBuffer({ size: data.byteLength, usage: 128 | 4 | 8 });
    device.queue.writeBuffer(buffer, 0, data as Float32Array<ArrayBuffer>);
    return ort.Tensor.fromGpuBuffer(buffer, { dataType: 'float32', dims: [n, n] });
  };
  const feeds = { a: upload(a), b: upload(b) };
  const once = async (): Promise<OnnxTensor> => (await session.run(feeds)).c as OnnxTensor;
  return {
    async run(times) {
      for (let k = 0; k < times; k += 1) (await once()).dispose();
      await device.queue.onSubmittedWorkDone();
    },
    result: async () => (await once()).getData(),
  };
};

interface TfTensor {
  data(): Promise<Float32Array>;
  dispose(): void;
}

const tfjs: Engine = async (n, a, b, libraries) => {
  await asInPage();
  const tf = (await load(libraries, 'tfjs.mjs')) as {
    setBackend(name: string): Promise<boolean>;
    ready(): Promise<void>;
    getBackend(): string;
    tensor2d(data: Float32Array, shape: readonly number[]): TfTensor;
    matMul(a: TfTensor, b: TfTensor): TfTensor;
    slice(x: TfTensor, begin: readonly number[], size: readonly number[]): TfTensor;
  };
  if (!(await tf.setBackend('webgpu'))) throw new Error('its WebGPU backend does not start');
  await tf.ready();
  if (tf.getBackend() !== 'webgpu') throw new Error(`it took ${tf.getBackend()}`);
  const [x, y] = [tf.tensor2d(a, [n, n]), tf.tensor2d(b, [n, n])];
  return {
    async run(times) {
      let last: TfTensor | null = null;
      for (let k = 0; k < times; k += 1) {
        last?.dispose();
        last = tf.matMul(x, y);
      }
      const corner = tf.slice(last as TfTensor, [0, 0], [1, 1]);
      await corner.data();
      corner.dispose();
      last?.dispose();
    },
    async result() {
      const c = tf.matMul(x, y);
      const data = await c.data();
      c.dispose();
      return data;
    },
  };
};

interface JaxArray {
  readonly ref: JaxArray;
  reshape(shape: readonly number[]): JaxArray;
  blockUntilReady(): Promise<JaxArray>;
  data(): Promise<Float32Array>;
  dispose(): void;
}

const jax: Engine = async (n, a, b, libraries) => {
  await asInPage();
  const { init, defaultDevice, getWebGPUDevice, jit, numpy } = (await load(libraries, 'jax.mjs')) as {
    getWebGPUDevice(): GPUDevice;
    init(device: string): Promise<readonly string[]>;
    defaultDevice(device: string): unknown;
    jit(fn: (x: JaxArray, y: JaxArray) => JaxArray): (x: JaxArray, y: JaxArray) => JaxArray;
    numpy: { array(data: Float32Array): JaxArray; matmul(x: JaxArray, y: JaxArray): JaxArray };
  };
  const found = await init('webgpu');
  if (!found.includes('webgpu')) throw new Error('its WebGPU backend does not start');
  defaultDevice('webgpu');
  const device = getWebGPUDevice();
  const [x, y] = [numpy.array(a).reshape([n, n]), numpy.array(b).reshape([n, n])];
  const product = jit((p, q) => numpy.matmul(p, q));
  const once = (): JaxArray => product(x.ref, y.ref);
  return {
    async run(times) {
      // It computes what is asked for: a result that is let go before is never computed. Being ready is having been submitted.
      for (let k = 0; k < times; k += 1) {
        const made = once();
        await made.blockUntilReady();
        made.dispose();
      }
      await device.queue.onSubmittedWorkDone();
    },
    result: async () => once().data(),
  };
};

export const engines: Readonly<Record<string, Engine>> = {
  rusta,
  'onnxruntime-web': onnx,
  'tfjs-webgpu': tfjs,
  'jax-js': jax,
};
