// What every op's lowering works with: places of values, temporaries, shaders and the growing list of calls.
import { type Defines, preprocess } from '../../../kernels/preprocess.ts';
import type { WgslFamily, WgslSources } from '../../../kernels/wgsl-registry.ts';
import { RustaError } from '../../../schemas/errors.ts';
import { bytesOf, type DType } from '../../dtype.ts';
import type { Instruction, Program, ValueId } from '../../program/types.ts';
import { lastOf, rowsOf, type Shape, sizeOf, type TensorType } from '../../shape.ts';
import { type Call, described, type Param, type Ref, type Shader, u32 } from './call.ts';
import type { Capabilities } from './capabilities.ts';
import { dense, generate, loadsOf, type Node, type Place } from './expression.ts';
import { type Choice, choose, type Family, type ShapeOf, type VariantOf } from './variants.ts';
import { piecesOf, type Window, windowOf, withLoads } from './windows.ts';

/** A value as rows of its last axis. */
export interface Rows {
  readonly ref: Ref;
  readonly dtype: DType;
  readonly offset: number;
  readonly stride: number;
  readonly rows: number;
  readonly columns: number;
}

/** Memory of the backend's own, for one program. */
export interface Temporary {
  readonly bytes: number;
  /** Contents that never change, written when the program is prepared. */
  readonly contents: Uint8Array<ArrayBuffer> | null;
}

export class Lowering {
  readonly calls: Call[] = [];
  /** What was chosen for each op that has a choice. */
  readonly choices: Choice[] = [];
  readonly temporaries: Temporary[] = [];
  readonly program: Program;
  readonly can: Capabilities;
  readonly #sources: WgslSources;
  readonly #constants = new Map<string, Ref>();

  constructor(program: Program, sources: WgslSources, can: Capabilities) {
    this.program = program;
    this.#sources = sources;
    this.can = can;
  }

  type(id: ValueId): TensorType {
    return this.#value(id).type;
  }

  isView(id: ValueId): boolean {
    return this.#value(id).view !== null;
  }

  #value(id: ValueId) {
    const value = this.program.values[id];
    if (value === undefined) throw new RustaError(`no value ${id}`, { code: 'program-broken', op: 'webgpu' });
    return value;
  }

  place(id: ValueId): Place {
    const { type, view } = this.#value(id);
    if (view === null) return { ref: id, dtype: type.dtype, shape: type.shape, offset: 0, strides: dense(type.shape) };
    const lead = dense(type.shape.slice(0, -1)).map((stride) => stride * view.rowStride);
    const strides = type.shape.length === 0 ? [] : [...lead, 1];
    return { ref: view.base, dtype: type.dtype, shape: type.shape, offset: view.offset, strides };
  }

  rows(id: ValueId): Rows {
    const { type, view } = this.#value(id);
    const columns = lastOf(type.shape);
    return {
      ref: view?.base ?? id,
      dtype: type.dtype,
      offset: view?.offset ?? 0,
      stride: view?.rowStride ?? columns,
      rows: rowsOf(type.shape),
      columns,
    };
  }

  /** Element at which a dense value starts in its buffer. */
  offset(id: ValueId): number {
    return this.#value(id).view?.offset ?? 0;
  }

  ref(id: ValueId): Ref {
    return this.#value(id).view?.base ?? id;
  }

  temporary(bytes: number): Ref {
    this.temporaries.push({ bytes, contents: null });
    return this.program.values.length + this.temporaries.length - 1;
  }

  /** A temporary with fixed contents; the same contents are kept once. */
  constant(key: string, contents: () => Uint8Array<ArrayBuffer>): Ref {
    const known = this.#constants.get(key);
    if (known !== undefined) return known;
    const data = contents();
    this.temporaries.push({ bytes: data.byteLength, contents: data });
    const ref = this.program.values.length + this.temporaries.length - 1;
    this.#constants.set(key, ref);
    return ref;
  }

  /** The variant that serves a shape here; kept in `choices`. */
  variant<F extends Family>(family: F, shape: ShapeOf<F>): VariantOf<F> {
    const { name, choice } = choose(this.can, family, shape);
    this.choices.push(choice);
    return name;
  }

  /** The text of a family for a define set. Families that compute on V have math.wgsl before them. */
  shader(family: WgslFamily, defines: Defines, math = false): Shader {
    const types = [defines.TX, defines.TG, defines.TO, defines.TA, defines.TB];
    const label = described(family, defines);
    const head = math ? preprocess('math.wgsl', this.#sources.math, defines) : '';
    const body = preprocess(`${family}.wgsl`, this.#sources[family], defines);
    const single = /\b(dot4I8Packed|pack4xI8)\b/.test(body) && this.variant('bytes', null) === 'single';
    const bytes = single ? this.#sources.packed : '';
    const code = `${head}\n${bytes}\n${body}`;
    const enable: string[] = [];
    if (types.includes('f16') || /\bf16\b/.test(code)) {
      if (!this.can.f16) throw refused(label, 'it needs shader-f16', 'use f32 on this adapter');
      enable.push('enable f16;');
    }
    if (/\bsubgroup/.test(code)) enable.push('enable subgroups;');
    if (/\bsubgroup_matrix/.test(code))
      enable.push(
        'enable chromium_experimental_subgroup_matrix;',
        'diagnostic(off, chromium.subgroup_matrix_uniformity);',
      );
    return { label, code: `${enable.join('\n')}\n${code}` };
  }

  /** The shader with its parameters as constants: for kernels whose addresses cost registers otherwise. */
  special(shader: Shader, params: readonly Param[]): Shader {
    const literal = ({ type, value }: Param): string =>
      type === 'u32'
        ? `${value}u`
        : type === 'i32'
          ? `${value}i`
          : `f32(${Number.isInteger(value) ? `${value}.0` : value})`;
    const code = shader.code.replace(
      '@group(0) @binding(0) var<uniform> P: Params;',
      `const P = Params(${params.map(literal).join(', ')});`,
    );
    return { label: `${shader.label} (${params.map(({ value }) => value).join(' ')})`, code };
  }

  /** Groups for a kernel that counts them as x + y * num_workgroups.x and checks the end itself. */
  spread(groups: number): [number, number, number] {
    const most = this.can.groupsPerAxis;
    if (groups <= most) return [Math.max(groups, 1), 1, 1];
    const y = Math.ceil(groups / most);
    return [Math.ceil(groups / y), y, 1];
  }

  call(
    op: string,
    shader: Shader,
    params: readonly Param[],
    buffers: readonly (readonly [Ref, 'read' | 'write', window?: Window | null])[],
    groups: readonly [number, number, number],
  ): void {
    if (groups.some((count) => count === 0)) return;
    const large = buffers.find(([ref, , window]) => this.isLarge(ref) && !window);
    if (large !== undefined)
      throw new RustaError(`${op}: a value of ${this.#bytes(large[0])} bytes is larger than one binding`, {
        code: 'out-of-memory',
        op,
        expected: `at most ${this.can.bindingBytes} bytes on this adapter`,
        hint: 'cut it into several tensors: elementwise ops, moves, sums and AdamW are cut here, this op is not',
      });
    this.#checkLimits(op, shader, buffers.length, groups);
    this.calls.push({
      op,
      shader,
      params,
      buffers: buffers.map(([ref, access, window = null]) => ({ ref, write: access === 'write', window })),
      groups,
    });
  }

  /** @throws RustaError `unsupported`, naming the limit that the adapter sets too low. */
  #checkLimits(op: string, { label }: Shader, buffers: number, groups: readonly number[]): void {
    const { groupsPerAxis, storageBuffers } = this.can;
    if (groups.some((count) => count > groupsPerAxis))
      throw refused(
        `${op} (${label})`,
        `it takes ${groups.join(' x ')} workgroups, and the adapter allows ${groupsPerAxis} along an axis`,
        'cut the value into several tensors',
      );
    if (buffers > storageBuffers)
      throw refused(
        `${op} (${label})`,
        `it takes ${buffers} storage buffers, and the adapter allows ${storageBuffers}`,
        'use another adapter, or --device wasm',
      );
  }

  #bytes(ref: Ref): number {
    const value = this.program.values[ref];
    return value === undefined
      ? (this.temporaries[ref - this.program.values.length]?.bytes ?? 0)
      : bytesFor(value.type);
  }

  /** Whether one binding cannot cover the buffer. */
  isLarge(ref: Ref): boolean {
    return this.#bytes(ref) > this.can.bindingBytes;
  }

  /** A place over `shape` as one binding sees it: as it is, or from the start of a window of its buffer. */
  seenPlace(place: Place, shape: Shape): { place: Place; window: Window | null } {
    return (this.isLarge(place.ref) ? windowOf(place, shape, this.can.bindingBytes) : null) ?? { place, window: null };
  }

  /** Computes a tree over `shape` into a place, in pieces where an operand is larger than a binding. */
  map(op: string, tree: Node, shape: Shape, out: Place): void {
    if (sizeOf(shape) === 0) return;
    const isLarge = (place: Place): boolean => this.isLarge(place.ref);
    if (![...loadsOf(tree), out].some(isLarge)) this.#mapPiece(op, tree, shape, out);
    else
      for (const piece of piecesOf(tree, shape, out, isLarge, this.can.bindingBytes))
        this.#mapPiece(op, piece.tree, piece.shape, piece.out);
  }

  /** Bindings of a tree's loads over `shape`, and the tree as they see it. */
  seen(tree: Node, shape: Shape): { tree: Node; windows: readonly (Window | null)[] } {
    const windows: (Window | null)[] = [];
    for (const place of loadsOf(tree)) windows.push(this.seenPlace(place, shape).window);
    return windows.every((window) => window === null)
      ? { tree, windows }
      : { tree: withLoads(tree, (place) => this.seenPlace(place, shape).place), windows };
  }

  #mapPiece(op: string, whole: Node, shape: Shape, into: Place): void {
    const size = sizeOf(shape);
    const { tree, windows } = this.seen(whole, shape);
    const { place: out, window } = this.seenPlace(into, shape);
    const made = generate(tree, shape, { out, wide: true, first: 1 });
    const shader = this.shader(
      'map',
      { W: made.width, PARAMS: made.fields, BINDINGS: made.bindings, FUNCTIONS: made.functions, BODY: made.body },
      true,
    );
    const per = made.width === 4 || out.dtype === 'u8' || out.dtype === 'i8' ? 4 : 1;
    const n = Math.ceil(size / per);
    this.call(
      op,
      shader,
      [u32(n), ...made.params],
      [...made.reads.map((ref, index) => [ref, 'read', windows[index] ?? null] as const), [out.ref, 'write', window]],
      this.spread(Math.ceil(n / 256)),
    );
  }

  /** Fills a temporary with zeros. */
  clear(op: string, ref: Ref, words: number): void {
    this.map(op, { kind: 'constant', value: 0, whole: true }, [words], {
      ref,
      dtype: 'i32',
      shape: [words],
      offset: 0,
      strides: [1],
    });
  }
}

export type Lower = (lowering: Lowering, instruction: Instruction) => void;

export function bytesFor(type: TensorType): number {
  return sizeOf(type.shape) * bytesOf[type.dtype];
}

export function refused(what: string, why: string, hint: string): RustaError {
  return new RustaError(`${what} cannot run here: ${why}`, { code: 'unsupported', op: 'webgpu', hint });
}
