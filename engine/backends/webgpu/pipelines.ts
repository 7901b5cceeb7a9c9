// Compute pipelines by shader text: compiled once, asynchronously and side by side, shared by all programs of a device.
import { RustaError } from '../../../schemas/errors.ts';
import type { Call, Shader } from './call.ts';

export interface Pipeline {
  readonly layout: GPUBindGroupLayout;
  /** null until it is compiled. */
  pipeline: GPUComputePipeline | null;
  failure: RustaError | null;
  readonly ready: Promise<void>;
}

export class Pipelines {
  readonly #device: GPUDevice;
  readonly #layouts = new Map<string, GPUBindGroupLayout>();
  readonly #pipelines = new Map<string, Pipeline>();

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  get count(): number {
    return this.#pipelines.size;
  }

  of({ shader, buffers }: Call): Pipeline {
    const access = buffers.map(({ write }) => (write ? 'w' : 'r')).join('');
    const known = this.#pipelines.get(`${access} ${shader.code}`);
    if (known !== undefined) return known;
    const layout = this.#layout(access);
    const { promise, resolve } = withResolvers();
    const made: Pipeline = { layout, pipeline: null, failure: null, ready: promise };
    this.#pipelines.set(`${access} ${shader.code}`, made);
    this.#compile(shader, layout).then(
      (pipeline) => {
        made.pipeline = pipeline;
        resolve();
      },
      (error: unknown) => {
        made.failure = error as RustaError;
        resolve();
      },
    );
    return made;
  }

  #layout(access: string): GPUBindGroupLayout {
    let layout = this.#layouts.get(access);
    if (layout === undefined) {
      layout = this.#device.createBindGroupLayout({
        entries: [
          { binding: 0, visibility: 4, buffer: { type: 'uniform' } },
          ...[...access].map((each, index) => ({
            binding: index + 1,
            visibility: 4, // GPUShaderStage.COMPUTE
            buffer: { type: each === 'w' ? ('storage' as const) : ('read-only-storage' as const) },
          })),
        ],
      });
      this.#layouts.set(access, layout);
    }
    return layout;
  }

  async #compile({ label, code }: Shader, layout: GPUBindGroupLayout): Promise<GPUComputePipeline> {
    const device = this.#device;
    device.pushErrorScope('validation');
    const module = device.createShaderModule({ label, code });
    const scope = device.popErrorScope();
    const [error, info] = await Promise.all([scope, module.getCompilationInfo()]);
    const first = info.messages.find((message) => message.type === 'error');
    if (error !== null || first !== undefined) {
      const line = first === undefined ? '' : `: ${(code.split('\n')[first.lineNum - 1] ?? '').trim()}`;
      throw new RustaError(`${label} does not compile: ${first?.message ?? error?.message}${line}`, {
        code: 'shader-broken',
        op: 'webgpu',
        hint: 'this is a fault in a kernel: report the line above',
      });
    }
    try {
      return await device.createComputePipelineAsync({
        label,
        layout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
        compute: { module, entryPoint: 'main' },
      });
    } catch (cause) {
      throw new RustaError(`${label} makes no pipeline: ${cause instanceof Error ? cause.message : cause}`, {
        code: 'shader-broken',
        op: 'webgpu',
        cause,
      });
    }
  }
}

function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve: () => void = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
