// The WebGPU backend: asks for an adapter and a device, says what it chose and why, and replays programs on it. The only
// importer of the npm package `webgpu` (Dawn), which is optional; in a page the browser's own WebGPU serves.
import { readWgsl, type WgslSources } from '../../kernels/wgsl-registry.ts';
import { RustaError } from '../../schemas/errors.ts';
import type { Program } from '../program/types.ts';
import type { Backend, BackendInfo, BufferId } from './backend.ts';
import type { Capabilities } from './webgpu/capabilities.ts';
import { GpuExecutable } from './webgpu/executable.ts';
import { submissionMs } from './webgpu/pace.ts';
import { Queue } from './webgpu/queue.ts';
import { allowed, checked, type Family, type Preferred, variants } from './webgpu/variants.ts';

/** Dawn's toggles outside a page. f16 and matrices are hidden on NVIDIA without them; kernels stay within bounds themselves. */
const toggles = ['allow_unsafe_apis', 'vulkan_enable_f16_on_nvidia', 'disable_robustness'] as const;

/** Dawn's instances must outlive their devices, and nothing else holds them. */
const instances: GPU[] = [];

export interface WebGpuOptions {
  /** Bytes beyond which `allocate` refuses; by default what one adapter may hold is not known, and it is left to the driver. */
  readonly memoryLimit?: number;
  /** Nobody asked for this backend by name: a software adapter is refused. */
  readonly auto?: boolean;
  /** Part of the adapter's name, or `software`: also one that is not the fastest. */
  readonly adapter?: string;
  /** Features that are not to be used, for tests: `f16`, `subgroups`, `matrix`, `packed`. */
  readonly without?: readonly string[];
  readonly toggles?: readonly string[];
  /** Bytes that one binding may cover, where that is less than the adapter's: for tests. */
  readonly bindingBytes?: number;
  /** Workgroups along an axis of a dispatch, where fewer than the adapter allows: for tests. */
  readonly groupsPerAxis?: number;
  /** Milliseconds that one submission should take at most, where others than usual: for tests. */
  readonly submissionMs?: number;
  /** Limits to ask for instead of all that the adapter has, as in `GPUSupportedLimits`; none lie below the standard's own. */
  readonly limits?: Readonly<Record<string, number>>;
  /** Kernel parameters over those that would be chosen. */
  readonly force?: Readonly<Record<string, number>>;
  /** Kernel variants to take wherever they fit: `{ matmul: 'tiles' }`. For tests and searches. */
  readonly variants?: Preferred;
  /** Kernel texts, where they cannot be read from files. */
  readonly sources?: WgslSources;
}

export class WebGpuBackend implements Backend {
  readonly kind = 'webgpu';
  readonly queue: Queue;
  readonly can: Capabilities;
  readonly #info: BackendInfo;
  readonly #sources: WgslSources;

  constructor(queue: Queue, can: Capabilities, info: BackendInfo, sources: WgslSources) {
    this.queue = queue;
    this.can = can;
    this.#info = info;
    this.#sources = sources;
  }

  /**
   * The same device with kernel parameters forced over those that would be chosen, and variants by name.
   * @throws RustaError `no-variant`.
   */
  forcing(force: Readonly<Record<string, number>>, preferred: Preferred = {}): WebGpuBackend {
    const can = { ...this.can, force, preferred: checked(preferred) };
    return new WebGpuBackend(this.queue, can, this.#info, this.#sources);
  }

  info(): BackendInfo {
    return this.#info;
  }

  memory(): { live: number; peak: number } {
    return this.queue.memory;
  }

  allocate(bytes: number, label: string): BufferId {
    return this.queue.allocate(bytes, label);
  }

  release(buffer: BufferId): void {
    this.queue.release(buffer);
  }

  write(buffer: BufferId, data: Uint8Array, byteOffset = 0): void {
    this.queue.write(buffer, data, byteOffset);
  }

  read(buffer: BufferId, byteOffset: number, bytes: number): Promise<Uint8Array<ArrayBuffer>> {
    return this.queue.read(buffer, byteOffset, bytes);
  }

  prepare(program: Program): GpuExecutable {
    this.queue.open();
    return new GpuExecutable(this.queue, program, this.#sources, this.can);
  }

  async close(): Promise<void> {
    this.queue.close();
  }
}

/** @throws RustaError `no-device`: no package, no loader, no driver or no adapter, and what to do about it; `no-variant`. */
export async function open(options: WebGpuOptions = {}): Promise<WebGpuBackend> {
  const preferred = checked(options.variants ?? {});
  const { gpu, adapter, from } = await choose(options);
  const name = nameOf(adapter);
  const isSoftware = /swiftshader|llvmpipe|lavapipe|warp|software/i.test(name);
  const packed =
    options.without?.includes('packed') !== true &&
    (gpu as { wgslLanguageFeatures?: WGSLLanguageFeatures }).wgslLanguageFeatures?.has(packedDot) === true;
  if (options.auto === true && isSoftware && options.adapter === undefined)
    throw absent(`the only adapter is software (${name})`, 'WebAssembly is faster; --device webgpu takes it anyway');

  const without = new Set(options.without ?? []);
  const wanted: readonly string[] = [
    ...(without.has('f16') ? [] : ['shader-f16']),
    ...(without.has('subgroups') ? [] : ['subgroups']),
    ...(without.has('matrix') || without.has('f16') ? [] : ['chromium-experimental-subgroup-matrix']),
    'timestamp-query',
  ];
  const features = wanted.filter((feature) => adapter.features.has(feature as GPUFeatureName)) as GPUFeatureName[];
  const limits: Record<string, number> = {};
  for (const limit of [
    'maxBufferSize',
    'maxStorageBufferBindingSize',
    'maxComputeWorkgroupStorageSize',
    'maxComputeInvocationsPerWorkgroup',
    'maxComputeWorkgroupSizeX',
    'maxStorageBuffersPerShaderStage',
    'maxComputeWorkgroupsPerDimension',
  ] as const)
    limits[limit] = options.limits?.[limit] ?? adapter.limits[limit];
  const device = await request(adapter, features, limits);
  const found = capabilities(adapter, device, {
    software: isSoftware,
    packed,
    submissionMs: options.submissionMs ?? submissionMs,
    force: options.force ?? {},
    preferred,
  });
  const can = {
    ...found,
    bindingBytes: Math.min(found.bindingBytes, options.bindingBytes ?? found.bindingBytes),
    groupsPerAxis: Math.min(found.groupsPerAxis, options.groupsPerAxis ?? found.groupsPerAxis),
  };
  const told = (what: string, chosen: string, why: string) => ({ what, chosen, why });
  const backendInfo: BackendInfo = {
    kind: 'webgpu',
    device: name,
    choices: [
      told(
        'adapter',
        name,
        `${options.adapter === undefined ? 'high performance' : 'asked for by name'}${isSoftware ? '; software: slow, for tests' : ''}`,
      ),
      told('implementation', from, (options.toggles ?? toggles).join(', ')),
      told('f16', can.f16 ? 'yes' : 'no', can.f16 ? 'shader-f16' : 'shader-f16 is missing: f32 only'),
      told(
        'matrices',
        can.matrix ? 'f16 x f16 -> f32 of 16x16x16' : 'none',
        can.matrix ? 'chromium-experimental-subgroup-matrix' : 'the feature is missing: plain tiles',
      ),
      told(
        'subgroups',
        can.subgroup === 0 ? 'not used' : String(can.subgroup),
        'width is the same everywhere or not used',
      ),
      told(
        'bytes',
        can.packed ? 'packed dot products' : 'one by one',
        `${packedDot} is ${can.packed ? 'there' : 'missing'}`,
      ),
      told(
        'kernels',
        (Object.keys(variants) as Family[])
          .map((family) => `${family}: ${allowed(can, family).join(' > ')}`)
          .join('; '),
        'variants that the features allow; the first whose shape fits serves',
      ),
      told(
        'limits',
        `${mebibytes(device.limits.maxBufferSize)} a buffer, ${mebibytes(can.bindingBytes)} a binding, ${can.workgroupBytes / 1024} KiB a workgroup`,
        options.limits === undefined ? 'all that the adapter has' : 'as asked for',
      ),
    ],
  };
  return new WebGpuBackend(
    new Queue(device, options.memoryLimit ?? Number.POSITIVE_INFINITY),
    can,
    backendInfo,
    options.sources ?? (await readWgsl()),
  );
}

async function request(
  adapter: GPUAdapter,
  requiredFeatures: GPUFeatureName[],
  requiredLimits: Record<string, number>,
): Promise<GPUDevice> {
  try {
    return await adapter.requestDevice({ requiredFeatures, requiredLimits });
  } catch (cause) {
    const text = cause instanceof Error ? cause.message : String(cause);
    throw absent(`the adapter gives no device (${text.split('\n')[0]})`, 'ask for less, or use --device wasm');
  }
}

/** What the adapter's info holds beyond the standard's types. */
interface MatrixInfo {
  readonly subgroupMinSize?: number;
  readonly subgroupMaxSize?: number;
  readonly subgroupMatrixConfigs?: readonly {
    readonly componentType: string;
    readonly resultComponentType: string;
    readonly M: number;
    readonly N: number;
    readonly K: number;
  }[];
}

function capabilities(
  adapter: GPUAdapter,
  device: GPUDevice,
  known: Pick<Capabilities, 'software' | 'packed' | 'submissionMs' | 'force' | 'preferred'>,
): Capabilities {
  const info = adapter.info as unknown as MatrixInfo;
  const has = (feature: string): boolean => device.features.has(feature as GPUFeatureName);
  const subgroup = has('subgroups') && info.subgroupMinSize === info.subgroupMaxSize ? (info.subgroupMinSize ?? 0) : 0;
  const matrix =
    has('chromium-experimental-subgroup-matrix') &&
    subgroup === 32 &&
    (info.subgroupMatrixConfigs ?? []).some(
      ({ componentType, resultComponentType, M, N, K }) =>
        componentType === 'f16' && resultComponentType === 'f32' && M === 16 && N === 16 && K === 16,
    );
  return {
    f16: has('shader-f16'),
    subgroup,
    matrix: matrix && has('shader-f16'),
    workgroupBytes: device.limits.maxComputeWorkgroupStorageSize,
    storageBuffers: device.limits.maxStorageBuffersPerShaderStage,
    bindingBytes: device.limits.maxStorageBufferBindingSize,
    groupsPerAxis: device.limits.maxComputeWorkgroupsPerDimension,
    ...known,
  };
}

const packedDot = 'packed_4x8_integer_dot_product';
const mebibytes = (bytes: number): string => `${Math.floor(bytes / 2 ** 20)} MiB`;

function nameOf({ info }: GPUAdapter): string {
  return [info.vendor, info.architecture, info.description || info.device].filter(Boolean).join(' ') || 'unnamed';
}

interface Chosen {
  readonly gpu: GPU;
  readonly adapter: GPUAdapter;
  /** Whose implementation it is. */
  readonly from: string;
}

/** The fastest adapter, software, or the one that is named. */
async function choose({ adapter: asked, toggles: own = toggles }: WebGpuOptions): Promise<Chosen> {
  const software = asked === 'software';
  const fastest = { powerPreference: 'high-performance', forceFallbackAdapter: software } as const;
  const { gpu, from } = await entry(own);
  const adapter = await gpu.requestAdapter(fastest);
  if (adapter === null)
    throw absent('no adapter answers', 'install a Vulkan loader and the GPU driver, or use --device wasm');
  if (asked === undefined || software || nameOf(adapter).toLowerCase().includes(asked.toLowerCase()))
    return { gpu, adapter, from };
  // A page is given one adapter; Dawn takes another by name, as its driver writes it, and lists all where none has it.
  const none = (there: string): RustaError =>
    absent(`no adapter is called '${asked}': there is ${there}`, 'leave the adapter out to take the fastest');
  if (from !== dawn) throw none(nameOf(adapter));
  try {
    const { gpu: other } = await entry(own, asked);
    const named = await other.requestAdapter(fastest);
    if (named !== null) return { gpu: other, adapter: named, from };
  } catch (cause) {
    const listed = [...String(cause).matchAll(/name: '([^']*)'/g)].map(([, each]) => each);
    throw none(listed.length === 0 ? nameOf(adapter) : listed.join(', '));
  }
  throw none(nameOf(adapter));
}

const dawn = 'Dawn (npm webgpu)';

async function entry(dawnToggles: readonly string[], adapter?: string): Promise<{ gpu: GPU; from: string }> {
  const own = (globalThis as { navigator?: { gpu?: GPU } }).navigator?.gpu;
  if (own !== undefined && own !== null) return { gpu: own, from: 'the browser' };
  let create: (options: readonly string[]) => GPU;
  try {
    ({ create } = (await import('webgpu')) as unknown as { create: typeof create });
  } catch (cause) {
    if ((cause as { code?: string }).code === 'ERR_MODULE_NOT_FOUND')
      throw absent('the npm package webgpu is not installed', 'npm install webgpu, or use --device wasm');
    throw absent(`Dawn cannot be loaded (${firstLine(cause)})`, 'npm install webgpu anew, or use --device wasm');
  }
  if (create === undefined)
    throw absent('this page has no WebGPU', 'take a browser that has it, over https or from localhost, or use wasm');
  const missing = loaderFault();
  if (missing !== null)
    throw absent(`no Vulkan loader (${missing})`, 'install libvulkan1 and the GPU driver, or use --device wasm');
  try {
    const gpu = create([
      `enable-dawn-features=${dawnToggles.join(',')}`,
      'disable-dawn-features=timestamp_quantization', // Times would be multiples of 65 microseconds.
      ...(adapter === undefined ? [] : [`adapter=${adapter}`]),
    ]);
    instances.push(gpu);
    return { gpu, from: dawn };
  } catch (cause) {
    throw absent(`Dawn does not start (${firstLine(cause)})`, 'npm install webgpu anew, or use --device wasm');
  }
}

const firstLine = (cause: unknown): string =>
  (cause instanceof Error ? cause.message : String(cause)).split('\n')[0] ?? '';

/**
 * Why the library that leads to Vulkan's drivers cannot be loaded; null where it can. Dawn loads it by the same name, and where it
 * cannot writes lines of its own past us. As no addon of Node it fails here too, after loading, and is closed again.
 */
function loaderFault(): string | null {
  if (process.platform !== 'linux') return null;
  try {
    process.dlopen({ exports: {} }, 'libvulkan.so.1');
  } catch (cause) {
    const text = firstLine(cause);
    return /no such file|too short|invalid elf/i.test(text) ? text : null;
  }
  return null;
}

function absent(message: string, hint: string): RustaError {
  return new RustaError(message, { code: 'no-device', op: 'webgpu', hint });
}
