// Fusion: compositions that one op of the table computes. Values stay what they were, but for rounding; a value that is
// used elsewhere too is left alone. The patterns are a list: each looks at one instruction and says what replaces it.
import { activationGrad, sqrt } from '../ops/functions.ts';
import type { OpAttrs, OpName } from '../ops/names.ts';
import { sameShape, sizeOf, type TensorType } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { repeat, replay } from './replay.ts';
import { withoutDeadCode, withoutRepeats } from './simplify.ts';
import type { Instruction, Program, ValueId } from './types.ts';
import { typeOf } from './views.ts';

/** What replaces an instruction: another op, a value that is there already, or several ops. */
type Replacement =
  | {
      readonly [N in OpName]: { readonly op: N; readonly inputs: readonly ValueId[]; readonly attrs: OpAttrs[N] };
    }[OpName]
  | { readonly value: ValueId }
  | { readonly build: (at: (id: ValueId) => Tensor) => Tensor };

/** Questions that a pattern asks of the program around its instruction. */
interface Around {
  type(id: ValueId): TensorType;
  /** The instruction of this name that made the value. */
  made<N extends OpName>(id: ValueId | undefined, op: N): Extract<Instruction, { op: N }> | null;
  /** As `made`, and nobody but this instruction reads the value. */
  only<N extends OpName>(id: ValueId | undefined, op: N): Extract<Instruction, { op: N }> | null;
  /** Instructions that read the value. */
  readers(id: ValueId): readonly Instruction[];
  /** Whether the instruction comes before this one. */
  before(other: Instruction): boolean;
}

type Pattern = (at: Instruction, around: Around) => Replacement | null;

/** A fused program. Passes go on until no pattern fits, since one fusion may make room for the next. */
export function fuse(program: Program): Program {
  let current = program;
  for (let pass = 0; pass < 16; pass += 1) {
    const next = fuseOnce(current);
    if (next === null) break;
    current = withoutDeadCode(withoutRepeats(next));
  }
  return current;
}

function fuseOnce(program: Program): Program | null {
  const makers = new Map<ValueId, Instruction>();
  const readers = new Map<ValueId, Instruction[]>();
  for (const instruction of program.instructions) {
    for (const id of instruction.outputs) makers.set(id, instruction);
    for (const id of new Set(instruction.inputs)) readers.set(id, [...(readers.get(id) ?? []), instruction]);
  }
  const handedOut = new Set([...program.outputs, ...program.updates.map(({ value }) => value)]);
  const replacements = new Map<number, Replacement>();
  for (const [index, at] of program.instructions.entries()) {
    const made = (id: ValueId | undefined, op: OpName): Instruction | null => {
      const maker = id === undefined ? undefined : makers.get(id);
      return maker?.op === op ? maker : null;
    };
    const around: Around = {
      type: (id) => typeOf(program, id),
      made: made as Around['made'],
      only: ((id: ValueId | undefined, op: OpName) =>
        id !== undefined && readers.get(id)?.length === 1 && !handedOut.has(id)
          ? made(id, op)
          : null) as Around['only'],
      readers: (id) => readers.get(id) ?? [],
      before: (other) => program.instructions.indexOf(other) < index,
    };
    for (const pattern of patterns) {
      const found = pattern(at, around);
      if (found === null) continue;
      replacements.set(index, found);
      break;
    }
  }
  if (replacements.size === 0) return null;
  return replay(program, (recorder, instruction, inputs, index, at) => {
    const found = replacements.get(index);
    if (found === undefined) return repeat(recorder, instruction, inputs);
    if ('value' in found) return [at(found.value)];
    return recorder.within(instruction.region, () =>
      'build' in found ? [found.build(at)] : recorder.apply(found.op, found.inputs.map(at), found.attrs as never),
    );
  });
}

const plain = { epilogue: 'none' } as const;

/** A matmul that something can still be added to. */
function isPlain({ inputs, attrs }: Extract<Instruction, { op: 'matmul' }>): boolean {
  return attrs.epilogue === plain.epilogue && inputs.length === 2;
}

/** Whether a permutation exchanges the last two axes and leaves the others. */
function swapsLast(perm: readonly number[]): boolean {
  const rank = perm.length;
  return rank >= 2 && perm.every((axis, at) => axis === (at < rank - 2 ? at : 2 * rank - 3 - at));
}

const patterns: readonly Pattern[] = [
  // matmul of a transposed matrix -> its flag.
  (at, { made }) => {
    if (at.op !== 'matmul') return null;
    for (const side of [0, 1]) {
      const turned = made(at.inputs[side], 'transpose');
      if (turned === null || !swapsLast(turned.attrs.perm)) continue;
      const inputs = at.inputs.map((id, slot) => (slot === side ? (turned.inputs[0] as ValueId) : id));
      const { transA, transB } = at.attrs;
      const attrs = { ...at.attrs, transA: transA !== (side === 0), transB: transB !== (side === 1) };
      return { op: 'matmul', inputs, attrs };
    }
    return null;
  },
  // matmul(cast(f16), cast(f16)) -> matmul of f16: sums are f32 whatever the inputs.
  (at, { made, type }) => {
    if (at.op !== 'matmul') return null;
    const [a, b] = [made(at.inputs[0], 'cast'), made(at.inputs[1], 'cast')];
    const narrow = [a, b].every((cast) => cast !== null && type(cast.inputs[0] as ValueId).dtype === 'f16');
    if (!narrow || at.attrs.out === 'f64' || type(at.inputs[0] as ValueId).dtype !== 'f32') return null;
    return {
      op: 'matmul',
      inputs: [a?.inputs[0] as ValueId, b?.inputs[0] as ValueId, ...at.inputs.slice(2)],
      attrs: at.attrs,
    };
  },
  // cast(matmul) -> its output's dtype.
  (at, { only, type }) => {
    if (at.op !== 'cast') return null;
    const product = only(at.inputs[0], 'matmul');
    const { dtype } = at.attrs;
    if (product === null || !isPlain(product) || product.attrs.out !== 'f32' || dtype !== 'f16') return null;
    return type(product.inputs[0] as ValueId).dtype === 'f64'
      ? null
      : { op: 'matmul', inputs: product.inputs, attrs: { ...product.attrs, out: dtype } };
  },
  // affine(matmul) without a shift -> its scale.
  (at, { only }) => {
    if (at.op !== 'affine' || at.attrs.shift !== 0) return null;
    const product = only(at.inputs[0], 'matmul');
    if (product === null || !isPlain(product)) return null;
    const scale = product.attrs.scale * at.attrs.scale;
    return { op: 'matmul', inputs: product.inputs, attrs: { ...product.attrs, scale } };
  },
  // relu2(matmul) -> its epilogue.
  (at, { only }) => {
    if (at.op !== 'relu2') return null;
    const product = only(at.inputs[0], 'matmul');
    if (product === null || !isPlain(product)) return null;
    return { op: 'matmul', inputs: product.inputs, attrs: { ...product.attrs, epilogue: 'relu2' } };
  },
  // The gradient of relu2 from its result, 2·sqrt(y)·g, where its input is a matmul that is kept for nothing else.
  (at, { before, made, readers, type }) => {
    if (at.op !== 'activationGrad' || at.attrs.of !== 'relu2') return null;
    const [x, g] = at.inputs as readonly [ValueId, ValueId];
    const product = made(x, 'matmul');
    if (product === null || !isPlain(product) || type(x).dtype === 'f16') return null;
    const forward = readers(x).find((each) => each.op === 'relu2');
    if (forward === undefined || readers(x).some((each) => each !== forward && each !== at)) return null;
    const y = forward.outputs[0] as ValueId;
    if (!before(forward)) return null;
    return { build: (tensor) => activationGrad(sqrt(tensor(y)), tensor(g), 'relu2') };
  },
  // matmul + residual.
  (at, { only, type }) => {
    if (at.op !== 'add') return null;
    for (const side of [1, 0]) {
      const product = only(at.inputs[side], 'matmul');
      const residual = at.inputs[1 - side] as ValueId;
      if (product === null || !isPlain(product) || residual === at.inputs[side]) continue;
      if (!sameShape(type(residual).shape, type(at.inputs[side] as ValueId).shape)) continue;
      return { op: 'matmul', inputs: [...product.inputs, residual], attrs: product.attrs };
    }
    return null;
  },
  // x · sigmoid(x) -> silu.
  (at, { made }) => {
    if (at.op !== 'mul') return null;
    const [a, b] = at.inputs as readonly [ValueId, ValueId];
    for (const [x, s] of [
      [a, b],
      [b, a],
    ] as const) {
      if (made(s, 'sigmoid')?.inputs[0] === x) return { op: 'silu', inputs: [x], attrs: {} };
    }
    return null;
  },
  // relu(x)² -> relu2.
  (at, { made }) => {
    const squared = at.op === 'square' || (at.op === 'mul' && at.inputs[0] === at.inputs[1]);
    const half = squared ? made(at.inputs[0], 'relu') : null;
    return half === null ? null : { op: 'relu2', inputs: half.inputs, attrs: {} };
  },
  // x · rsqrt(mean(x²) + eps), x / sqrt(mean(x²) + eps) -> rmsNorm.
  (at, { made, type }) => {
    if (at.op !== 'mul' && at.op !== 'div') return null;
    const [a, b] = at.inputs as readonly [ValueId, ValueId];
    const orders =
      at.op === 'mul'
        ? ([
            [a, b],
            [b, a],
          ] as const)
        : ([[a, b]] as const);
    for (const [x, factor] of orders) {
      const root = at.op === 'mul' ? made(factor, 'rsqrt') : made(factor, 'sqrt');
      const shifted = root === null ? null : made(root.inputs[0], 'affine');
      const mean = shifted?.attrs.scale === 1 ? made(shifted.inputs[0], 'mean') : null;
      const square = mean === null ? null : made(mean.inputs[0], 'square');
      if (shifted === null || mean === null || square?.inputs[0] !== x) continue;
      const { axes, keepDims } = mean.attrs;
      if (keepDims && axes.length === 1 && axes[0] === type(x).shape.length - 1)
        return { op: 'rmsNorm', inputs: [x], attrs: { eps: shifted.attrs.shift } };
    }
    return null;
  },
  // rope(rmsNorm of each head) -> normRope.
  (at, { made, type }) => {
    if (at.op !== 'rope' || at.attrs.inverse) return null;
    const { heads, base } = at.attrs;
    const joined = made(at.inputs[0], 'reshape');
    const norm =
      heads === 1 ? made(at.inputs[0], 'rmsNorm') : joined === null ? null : made(joined.inputs[0], 'rmsNorm');
    if (norm === null) return null;
    const parted = heads === 1 ? null : made(norm.inputs[0], 'reshape');
    const source = heads === 1 ? norm.inputs[0] : parted?.inputs[0];
    const whole = type(at.inputs[0] as ValueId);
    if (source === undefined || !sameShape(type(source).shape, whole.shape)) return null;
    const width = whole.shape[whole.shape.length - 1] as number;
    if (type(norm.inputs[0] as ValueId).shape.at(-1) !== width / heads) return null;
    const inputs = [source, ...at.inputs.slice(1)];
    return { op: 'normRope', inputs, attrs: { heads, base, eps: norm.attrs.eps } };
  },
  // affine(affine) -> one affine; the one that changes nothing goes.
  (at, { only }) => {
    if (at.op !== 'affine') return null;
    const { scale, shift } = at.attrs;
    if (scale === 1 && shift === 0) return { value: at.inputs[0] as ValueId };
    const inner = only(at.inputs[0], 'affine');
    if (inner === null) return null;
    const attrs = { scale: inner.attrs.scale * scale, shift: inner.attrs.shift * scale + shift };
    return { op: 'affine', inputs: inner.inputs, attrs };
  },
  // transpose(transpose) -> one, or none.
  (at, { made }) => {
    if (at.op !== 'transpose') return null;
    const { perm } = at.attrs;
    const inner = made(at.inputs[0], 'transpose');
    if (inner === null) return null;
    const joined = perm.map((axis) => inner.attrs.perm[axis] as number);
    const still = joined.every((axis, index) => axis === index);
    const [source] = inner.inputs as readonly [ValueId];
    return still ? { value: source } : { op: 'transpose', inputs: [source], attrs: { perm: joined } };
  },
  // Constants: what is computed of one is one.
  (at, { made, type }) => {
    const [first] = at.inputs;
    const constant = made(first, 'fill');
    if (constant === null) return null;
    const { shape, dtype } = type(at.outputs[0] as ValueId);
    const { value } = constant.attrs;
    if (at.op === 'reshape' || at.op === 'broadcastTo')
      return { op: 'fill', inputs: [], attrs: { shape, dtype, value } };
    if (at.op === 'affine')
      return { op: 'fill', inputs: [], attrs: { shape, dtype, value: value * at.attrs.scale + at.attrs.shift } };
    return null;
  },
  // x · constant, x + constant, … -> affine.
  (at, { made, type }) => {
    if (at.op !== 'mul' && at.op !== 'add' && at.op !== 'sub') return null;
    const [a, b] = at.inputs as readonly [ValueId, ValueId];
    const { shape } = type(at.outputs[0] as ValueId);
    for (const [x, other] of [
      [a, b],
      [b, a],
    ] as const) {
      const constant = made(other, 'fill');
      if (constant === null || sizeOf(type(x).shape) !== sizeOf(shape) || !sameShape(type(x).shape, shape)) continue;
      const { value } = constant.attrs;
      if (at.op === 'mul') return { op: 'affine', inputs: [x], attrs: { scale: value, shift: 0 } };
      if (at.op === 'add') return { op: 'affine', inputs: [x], attrs: { scale: 1, shift: value } };
      if (x === a) return { op: 'affine', inputs: [x], attrs: { scale: 1, shift: -value } };
      return { op: 'affine', inputs: [x], attrs: { scale: -1, shift: value } };
    }
    return null;
  },
];
