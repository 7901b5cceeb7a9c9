// Elementwise ops as WGSL: a tree of ops over loads becomes functions and bindings of map.wgsl and reduce.wgsl.
// Which ops are joined into one tree is decided in fuse.ts.
import type { DType } from '../../dtype.ts';
import { isFloat } from '../../dtype.ts';
import type { ActivationName, BinaryName, UnaryName } from '../../ops/names.ts';
import { type Shape, sizeOf } from '../../shape.ts';
import type { Param, Ref } from './call.ts';
import { u32 } from './call.ts';

/** Where a value lies: in a buffer, from an element on, with a stride for each axis of its shape. */
export interface Place {
  readonly ref: Ref;
  readonly dtype: DType;
  readonly shape: Shape;
  readonly offset: number;
  readonly strides: readonly number[];
}

export type Node =
  | { readonly kind: 'load'; readonly place: Place }
  | { readonly kind: 'constant'; readonly value: number; readonly whole: boolean }
  | {
      readonly kind: 'op';
      readonly op: string;
      readonly args: readonly Node[];
      /** Numbers of an affine, passed as parameters so that one pipeline serves all. */
      readonly numbers: readonly number[];
      readonly of?: ActivationName;
      readonly to?: DType;
    };

const unary: { readonly [N in UnaryName]: (x: string) => string } = {
  neg: (x) => `-${x}`,
  abs: (x) => `abs(${x})`,
  exp: (x) => `m_exp(${x})`,
  log: (x) => `m_log(${x})`,
  sqrt: (x) => `sqrt(${x})`,
  rsqrt: (x) => `inverseSqrt(${x})`,
  reciprocal: (x) => `1.0 / ${x}`,
  tanh: (x) => `m_tanh(${x})`,
  sigmoid: (x) => `m_sigmoid(${x})`,
  square: (x) => `${x} * ${x}`,
  sin: (x) => `m_sin(${x})`,
  cos: (x) => `m_cos(${x})`,
  relu: (x) => `m_relu(${x})`,
  relu2: (x) => `m_relu2(${x})`,
  silu: (x) => `m_silu(${x})`,
  gelu: (x) => `m_gelu(${x})`,
  isFinite: (x) => `m_isFinite(${x})`,
};

const binary: { readonly [N in BinaryName]: (a: string, b: string) => string } = {
  add: (a, b) => `${a} + ${b}`,
  sub: (a, b) => `${a} - ${b}`,
  mul: (a, b) => `${a} * ${b}`,
  div: (a, b) => `${a} / ${b}`,
  maximum: (a, b) => `m_maximum(${a}, ${b})`,
  minimum: (a, b) => `m_minimum(${a}, ${b})`,
  pow: (a, b) => `m_pow(${a}, ${b})`,
  less: (a, b) => `select(V(0.0), V(1.0), ${a} < ${b})`,
  equal: (a, b) => `select(V(0.0), V(1.0), ${a} == ${b})`,
};

export const isUnary = (op: string): op is UnaryName => Object.hasOwn(unary, op);
export const isBinary = (op: string): op is BinaryName => Object.hasOwn(binary, op);

/** Strides of a dense value. */
export function dense(shape: Shape): number[] {
  const strides: number[] = [];
  let step = 1;
  for (const extent of shape.toReversed()) {
    strides.unshift(step);
    step *= extent;
  }
  return strides;
}

/** The place as it looks where it is broadcast to a shape. */
export function broadcasted(place: Place, shape: Shape): Place {
  const lead = shape.length - place.shape.length;
  const strides = shape.map((extent, axis) => {
    const own = axis - lead;
    if (own < 0) return 0;
    return place.shape[own] === 1 && extent !== 1 ? 0 : (place.strides[own] as number);
  });
  return { ...place, shape, strides };
}

/** Axes that all operands walk through alike are joined; axes of extent 1 vanish. */
function collapse(shape: Shape, all: readonly (readonly number[])[]): { dims: number[]; strides: number[][] } {
  const dims: number[] = [];
  const strides: number[][] = all.map(() => []);
  for (let axis = 0; axis < shape.length; axis += 1) {
    const extent = shape[axis] as number;
    if (extent === 1) continue;
    const last = dims.length - 1;
    const joined =
      last >= 0 && all.every((each, k) => (strides[k] as number[])[last] === (each[axis] as number) * extent);
    if (joined) {
      dims[last] = (dims[last] as number) * extent;
      for (const [k, each] of all.entries()) (strides[k] as number[])[last] = each[axis] as number;
    } else {
      dims.push(extent);
      for (const [k, each] of all.entries()) (strides[k] as number[]).push(each[axis] as number);
    }
  }
  if (dims.length === 0) return { dims: [1], strides: all.map(() => [0]) };
  return { dims, strides };
}

export interface Generated {
  readonly width: 1 | 4;
  readonly bindings: string;
  readonly fields: string;
  readonly functions: string;
  readonly params: readonly Param[];
  readonly reads: readonly Ref[];
  /** Address expression of the output, given `e`. */
  readonly body: string;
}

const bytes = (dtype: DType): boolean => dtype === 'u8' || dtype === 'i8';

/** Loads of a tree, each place once. */
export function loadsOf(node: Node, into: Place[] = []): Place[] {
  if (node.kind === 'load' && !into.some((place) => same(place, node.place))) into.push(node.place);
  if (node.kind === 'op') for (const arg of node.args) loadsOf(arg, into);
  return into;
}

function same(a: Place, b: Place): boolean {
  return (
    a.ref === b.ref &&
    a.offset === b.offset &&
    a.dtype === b.dtype &&
    String(a.strides) === String(b.strides) &&
    String(a.shape) === String(b.shape)
  );
}

/**
 * `fn value(e: u32) -> V` (or VI for whole numbers): the tree at elements e..e+W-1 of `shape`. Where `out` is given, the
 * body stores it there too. `first` is the first free binding.
 */
export function generate(
  tree: Node,
  shape: Shape,
  options: { out: Place | null; wide: boolean; first: number },
): Generated {
  const loads = loadsOf(tree).map((place) => broadcasted(place, shape));
  const operands = options.out === null ? loads : [...loads, options.out];
  const { dims, strides } = collapse(
    shape,
    operands.map((place) => place.strides),
  );
  const inner = dims.length - 1;
  const even = (k: number): boolean => {
    const own = strides[k] as number[];
    const { offset } = operands[k] as Place;
    return own[inner] === 1 && offset % 4 === 0 && own.slice(0, -1).every((stride) => stride % 4 === 0);
  };
  const outIndex = operands.length - 1;
  const width: 1 | 4 =
    options.wide && (dims[inner] as number) % 4 === 0 && (options.out === null || even(outIndex)) ? 4 : 1;

  const fields: string[] = [];
  const params: Param[] = [];
  const field = (name: string, value: number): string => {
    fields.push(`${name}: u32`);
    params.push(u32(value));
    return `P.${name}`;
  };
  for (let axis = 1; axis < dims.length; axis += 1) field(`d${axis}`, dims[axis] as number);
  const decode: string[] = ['var q = e;'];
  for (let axis = inner; axis > 0; axis -= 1) decode.push(`let c${axis} = q % P.d${axis}; q = q / P.d${axis};`);
  decode.push('let c0 = q;');
  const address = (k: number): string => {
    const own = strides[k] as number[];
    const place = operands[k] as Place;
    const terms: string[] = [];
    if (place.offset !== 0) terms.push(field(`o${k}`, place.offset));
    for (const [axis, stride] of own.entries()) {
      if (stride === 0) continue;
      terms.push(stride === 1 ? `c${axis}` : `c${axis} * ${field(`s${k}_${axis}`, stride)}`);
    }
    return terms.length === 0 ? '0u' : terms.join(' + ');
  };

  const bindings: string[] = [];
  const lines: string[] = [];
  for (const [k, place] of loads.entries()) {
    const own = (strides[k] as number[])[inner] as number;
    const wideLoad = width === 4 && even(k);
    const element =
      place.dtype === 'f32' ? 'f32' : place.dtype === 'f16' ? 'f16' : place.dtype === 'i32' ? 'i32' : 'u32';
    const type = wideLoad && !bytes(place.dtype) ? `vec4<${element}>` : element;
    bindings.push(`@group(0) @binding(${options.first + k}) var<storage, read> b${k}: array<${type}>;`);
    const target = isFloat(place.dtype) ? 'V' : 'VI';
    const scalarType = isFloat(place.dtype) ? 'f32' : 'i32';
    const one = (at: string): string =>
      place.dtype === 'u8'
        ? `i32((b${k}[(${at}) / 4u] >> (((${at}) % 4u) * 8u)) & 255u)`
        : place.dtype === 'i8'
          ? `(i32(b${k}[(${at}) / 4u] << (24u - ((${at}) % 4u) * 8u)) >> 24u)`
          : `${scalarType}(b${k}[${at}])`;
    lines.push(`let a${k} = ${address(k)};`);
    if (wideLoad && place.dtype === 'u8') lines.push(`let x${k} = VI(unpack4xU8(b${k}[a${k} / 4u]));`);
    else if (wideLoad && place.dtype === 'i8') lines.push(`let x${k} = unpack4xI8(b${k}[a${k} / 4u]);`);
    else if (wideLoad) lines.push(`let x${k} = ${target}(b${k}[a${k} / 4u]);`);
    else if (width === 1 || own === 0) lines.push(`let x${k} = ${target}(${one(`a${k}`)});`);
    else {
      const step = own === 1 ? '1u' : `P.s${k}_${inner}`;
      const four = [0, 1, 2, 3].map((j) => one(`a${k} + ${j}u * ${step}`));
      lines.push(`let x${k} = ${target}(${four.join(', ')});`);
    }
  }

  let names = 0;
  const emit = (node: Node): { text: string; whole: boolean } => {
    if (node.kind === 'load') {
      const k = loads.findIndex((place) => same(place, broadcasted(node.place, shape)));
      return { text: `x${k}`, whole: !isFloat(node.place.dtype) };
    }
    if (node.kind === 'constant') {
      fields.push(`k${names}: ${node.whole ? 'i32' : 'f32'}`);
      params.push({ type: node.whole ? 'i32' : 'f32', value: node.value });
      names += 1;
      return { text: `${node.whole ? 'VI' : 'V'}(P.k${names - 1})`, whole: node.whole };
    }
    const args = node.args.map(emit);
    const numbers = node.numbers.map((value) => {
      fields.push(`k${names}: f32`);
      params.push({ type: 'f32', value });
      names += 1;
      return `P.k${names - 1}`;
    });
    const [a, b, c] = args.map((arg) => arg.text) as [string, string, string];
    const whole = args[0]?.whole ?? false;
    let text: string;
    let result = false;
    if (isUnary(node.op)) text = unary[node.op](a);
    else if (isBinary(node.op)) text = binary[node.op](a, b);
    else if (node.op === 'affine') text = `${a} * ${numbers[0]} + ${numbers[1]}`;
    else if (node.op === 'where') text = `select(${c}, ${b}, isTrue(${a}))`;
    else if (node.op === 'activationGrad') text = `g_${node.of}(${a}, ${b})`;
    else if (node.op === 'cast') {
      result = !isFloat(node.to as DType);
      text = result === whole ? a : result ? `VI(${a})` : `V(${a})`;
      if (node.to === 'u8') text = `(${text} & VI(255))`;
      if (node.to === 'i8') text = `((${text} << VU(24u)) >> VU(24u))`;
    } else {
      result = whole;
      text = a;
    }
    names += 1;
    lines.push(`let t${names} = ${text};`);
    return { text: `t${names}`, whole: result };
  };
  const { text, whole } = emit(tree);
  const type = whole ? 'VI' : 'V';
  const functions = `fn value(e: u32) -> ${type} {\n  ${[...decode, ...lines].join('\n  ')}\n  return ${text};\n}`;

  let body = '';
  if (options.out !== null) {
    const { dtype } = options.out;
    const element = dtype === 'f32' ? 'f32' : dtype === 'f16' ? 'f16' : dtype === 'i32' ? 'i32' : 'u32';
    const stored = width === 4 && !bytes(dtype) ? `vec4<${element}>` : element;
    bindings.push(
      `@group(0) @binding(${options.first + loads.length}) var<storage, read_write> result: array<${stored}>;`,
    );
    if (bytes(dtype) && width === 1) {
      const size = sizeOf(shape);
      const last = field('last', size - 1);
      const four = [0, 1, 2, 3].map((j) => `((u32(value(min(4u * i + ${j}u, ${last}))) & 255u) << ${8 * j}u)`);
      body = `result[i] = ${four.join(' | ')};`;
    } else {
      const at = address(outIndex);
      const put = bytes(dtype) ? `pack4x${dtype === 'u8' ? 'U8(VU(v))' : 'I8(v)'}` : `${stored}(v)`;
      const plain = at === 'c0' && dims.length === 1;
      body = plain
        ? `let v = value(i * ${width}u); result[i] = ${put};`
        : `let e = i * ${width}u; let v = value(e); ${decode.join(' ')} result[(${at}) / ${width}u] = ${put};`;
    }
  }
  return {
    width,
    bindings: bindings.join('\n'),
    fields: fields.map((each) => `${each},`).join(' '),
    functions,
    params,
    reads: loads.map((place) => place.ref),
    body,
  };
}
