// Elementwise ops, moves and reductions: trees that are joined while only one op reads them, then computed in one pass.
import type { Instruction, ValueId } from '../../program/types.ts';
import { type Shape, sameShape, sizeOf } from '../../shape.ts';
import { f32, u32 } from './call.ts';
import { broadcasted, dense, generate, isBinary, isUnary, loadsOf, type Node, type Place } from './expression.ts';
import type { Lowering } from './lowering.ts';
import { cutPlace, firstCut, withLoads } from './windows.ts';

/** Most loads of a joined tree: with the output they fit the 8 storage buffers that every adapter grants. */
const mostLoads = 6;

const reductions: ReadonlySet<string> = new Set(['sum', 'mean', 'max', 'sumSquares']);

export const isElementwise = (op: string): boolean =>
  isUnary(op) || isBinary(op) || ['affine', 'where', 'activationGrad', 'cast', 'copy', 'mix'].includes(op);

/** Trees that wait for their one reader. */
export class Waiting {
  readonly #trees = new Map<ValueId, Node>();
  /** The only instruction that reads a value, where there is one and the value is nothing else. */
  readonly #reader: readonly (Instruction | null)[];

  constructor(lowering: Lowering) {
    const { values, instructions, outputs, updates } = lowering.program;
    const readers: Instruction[][] = values.map(() => []);
    const kept = new Set<ValueId>([...outputs, ...updates.map(({ value }) => value)]);
    for (const value of values) if (value.view !== null) kept.add(value.view.base);
    for (const instruction of instructions) for (const id of instruction.inputs) readers[id]?.push(instruction);
    this.#reader = readers.map((list, id) => (list.length === 1 && !kept.has(id) ? (list[0] as Instruction) : null));
  }

  take(lowering: Lowering, id: ValueId): Node {
    const tree = this.#trees.get(id);
    if (tree === undefined) return { kind: 'load', place: lowering.place(id) };
    this.#trees.delete(id);
    return tree;
  }

  /** Whether the tree of `id` can wait: its one reader computes elementwise over the same shape, or reduces it. */
  keep(lowering: Lowering, id: ValueId, tree: Node): boolean {
    const reader = this.#reader[id];
    if (reader === null || reader === undefined || lowering.isView(id)) return false;
    if (loadsOf(tree).length >= mostLoads) return false;
    const fits =
      reductions.has(reader.op) ||
      (isElementwise(reader.op) &&
        reader.op !== 'mix' &&
        sameShape(lowering.type(reader.outputs[0] as ValueId).shape, lowering.type(id).shape));
    if (!fits) return false;
    this.#trees.set(id, tree);
    return true;
  }
}

function treeOf(lowering: Lowering, waiting: Waiting, instruction: Instruction): Node {
  const { op, inputs, attrs } = instruction;
  let args = inputs.map((id) => waiting.take(lowering, id));
  // Too many loads for one pass: the largest argument is computed by itself.
  const count = (): number => new Set(args.flatMap((arg) => loadsOf(arg)).map((place) => place)).size;
  while (count() > mostLoads) {
    const sizes = args.map((arg) => loadsOf(arg).length);
    const widest = sizes.indexOf(Math.max(...sizes));
    const id = inputs[widest] as ValueId;
    const place = { ...lowering.place(id) };
    lowering.map(op, args[widest] as Node, place.shape, place);
    args = args.map((arg, index) => (index === widest ? { kind: 'load', place } : arg));
  }
  if (op === 'mix') {
    const weights = lowering.place(inputs[2] as ValueId);
    const weight = (index: number): Node => ({
      kind: 'load',
      place: { ...weights, shape: [], strides: [], offset: weights.offset + index },
    });
    const times = (index: number): Node => ({
      kind: 'op',
      op: 'mul',
      args: [weight(index), args[index] as Node],
      numbers: [],
    });
    return { kind: 'op', op: 'add', args: [times(0), times(1)], numbers: [] };
  }
  return {
    kind: 'op',
    op,
    args,
    numbers: op === 'affine' ? [(attrs as { scale: number }).scale, (attrs as { shift: number }).shift] : [],
    ...(op === 'activationGrad' ? { of: (attrs as { of: 'relu' }).of } : {}),
    ...(op === 'cast' ? { to: lowering.type(instruction.outputs[0] as ValueId).dtype } : {}),
  };
}

/** An elementwise op: joined to its reader, or computed now. */
export function lowerElementwise(lowering: Lowering, waiting: Waiting, instruction: Instruction): void {
  const out = instruction.outputs[0] as ValueId;
  const { shape } = lowering.type(out);
  const tree = treeOf(lowering, waiting, instruction);
  if (waiting.keep(lowering, out, tree)) return;
  lowering.map(instruction.op, tree, shape, lowering.place(out));
}

/** Copies one place to another of the same shape. */
export function move(lowering: Lowering, op: string, from: Place, shape: Shape, to: Place): void {
  const tree: Node = { kind: 'load', place: from };
  lowering.map(op, tree, shape, to);
}

export function fill(lowering: Lowering, op: string, value: number, shape: Shape, to: Place): void {
  const whole = to.dtype === 'i32' || to.dtype === 'u8' || to.dtype === 'i8';
  lowering.map(op, { kind: 'constant', value, whole }, shape, to);
}

/** The part of a place from `start` on along one axis. */
export function part(place: Place, axis: number, start: number, length: number): Place {
  return {
    ...place,
    shape: place.shape.map((extent, index) => (index === axis ? length : extent)),
    offset: place.offset + start * (place.strides[axis] as number),
  };
}

/** Fewest elements of a row for which it is cut in parts, where there are few rows. */
const cutFrom = 4096;

/** Reduces [outer, red, inner] of a tree over `shape`, dense in that order, into `out`. */
export function reduce(
  lowering: Lowering,
  op: string,
  tree: Node,
  shape: Shape,
  [outer, red, inner]: readonly [number, number, number],
  kind: 'sum' | 'max',
  scale: number,
  out: Place,
): void {
  if (outer * inner === 0) return;
  if (loadsOf(tree).some(({ ref }) => lowering.isLarge(ref))) {
    const wide = withLoads(tree, (place) => broadcasted(place, shape));
    const large = loadsOf(wide).filter(({ ref }) => lowering.isLarge(ref));
    const { axis, length } = firstCut(large, shape, lowering.can.bindingBytes);
    if (length < (shape[axis] as number)) {
      reducePieces(lowering, op, wide, shape, [outer, red, inner], { kind, scale, out, axis, length });
      return;
    }
    tree = wide;
  }
  const seen = lowering.seen(tree, shape);
  tree = seen.tree;
  const max = kind === 'max' ? 1 : 0;
  const row = inner === 1 ? 1 : 0;
  const made = generate(tree, shape, { out: null, wide: row === 1 && red % 4 === 0, first: 1 });
  const groups = row === 1 ? outer : outer * Math.ceil(inner / 64);
  const parts = groups < 256 && red >= cutFrom ? Math.min(Math.ceil(red / (cutFrom / 4)), Math.ceil(512 / groups)) : 1;
  const each = Math.ceil(red / parts / 4) * 4;
  const target: Place =
    parts === 1
      ? out
      : {
          ref: lowering.temporary(parts * outer * inner * 4),
          dtype: 'f32',
          shape: [parts, outer * inner],
          offset: 0,
          strides: [outer * inner, 1],
        };
  const shader = lowering.shader(
    'reduce',
    {
      W: made.width,
      MAX: max,
      ROW: row,
      PARAMS: made.fields,
      BINDINGS: made.bindings,
      FUNCTIONS: made.functions,
      OUT: 1 + made.reads.length,
      TO: target.dtype,
    },
    true,
  );
  const [x, y] = lowering.spread(groups);
  lowering.call(
    op,
    shader,
    [u32(outer), u32(red), u32(inner), u32(parts), u32(each), f32(parts === 1 ? scale : 1), ...made.params],
    [...made.reads.map((ref, index) => [ref, 'read', seen.windows[index] ?? null] as const), [target.ref, 'write']],
    [x, y, parts],
  );
  if (parts > 1)
    reduce(lowering, op, { kind: 'load', place: target }, target.shape, [1, parts, outer * inner], kind, scale, out);
}

/** A reduction over what no single binding covers: pieces along the first axis, reduced each by itself, then put together. */
function reducePieces(
  lowering: Lowering,
  op: string,
  tree: Node,
  shape: Shape,
  [outer, red, inner]: readonly [number, number, number],
  cut: { kind: 'sum' | 'max'; scale: number; out: Place; axis: number; length: number },
): void {
  const { kind, scale, out, axis, length } = cut;
  const extent = shape[axis] as number;
  const flat = (count: number): Place => {
    return { ref: lowering.temporary(count * 4), dtype: 'f32', shape: [count], offset: 0, strides: [1] };
  };
  const alongRed = outer === 1 && red > 1;
  let joined: Place | null = alongRed ? null : flat(outer * inner);
  for (let start = 0; start < extent; start += length) {
    const each = Math.min(length, extent - start);
    const share = (of: number): number => (of / extent) * each;
    const own = flat(alongRed ? inner : share(outer * inner));
    const sizes = alongRed ? [1, share(red), inner] : outer > 1 ? [share(outer), red, inner] : [1, red, share(inner)];
    reduce(
      lowering,
      op,
      withLoads(tree, (place) => cutPlace(place, axis, start, each)),
      shape.map((whole, index) => (index === axis ? each : whole)),
      sizes as [number, number, number],
      kind,
      1,
      own,
    );
    if (!alongRed) {
      const at = ((outer * inner) / extent) * start;
      move(lowering, op, own, own.shape, { ...(joined as Place), shape: own.shape, offset: at });
    } else if (joined === null) joined = own;
    else {
      const both = flat(inner);
      const args: Node[] = [joined, own].map((place) => ({ kind: 'load', place }));
      const join: Node = { kind: 'op', op: kind === 'max' ? 'maximum' : 'add', args, numbers: [] };
      lowering.map(op, join, both.shape, both);
      joined = both;
    }
  }
  const last = joined as Place;
  const scaled: Node = { kind: 'op', op: 'affine', args: [{ kind: 'load', place: last }], numbers: [scale, 0] };
  lowering.map(op, scale === 1 ? { kind: 'load', place: last } : scaled, last.shape, {
    ...out,
    shape: last.shape,
    strides: [1],
  });
}

export function lowerReduction(lowering: Lowering, waiting: Waiting, instruction: Instruction): void {
  const input = instruction.inputs[0] as ValueId;
  const out = lowering.place(instruction.outputs[0] as ValueId);
  const { shape } = lowering.type(input);
  let tree = waiting.take(lowering, input);
  if (instruction.op === 'sumSquares') {
    tree = { kind: 'op', op: 'square', args: [tree], numbers: [] };
    reduce(lowering, 'sumSquares', tree, shape, [1, sizeOf(shape), 1], 'sum', 1, out);
    return;
  }
  const { axes } = instruction.attrs as { axes: readonly number[] };
  const kind = instruction.op === 'max' ? 'max' : 'sum';
  const count = axes.reduce((product, axis) => product * (shape[axis] as number), 1);
  const scale = instruction.op === 'mean' ? 1 / count : 1;
  // Runs of neighbouring axes, the last first; each but the last of them goes through a temporary.
  const runs: { from: number; to: number }[] = [];
  for (const axis of axes) {
    const last = runs[runs.length - 1];
    if (last !== undefined && last.to === axis) last.to = axis + 1;
    else runs.push({ from: axis, to: axis + 1 });
  }
  if (runs.length === 0) {
    lowering.map(instruction.op, tree, shape, { ...out, shape, strides: dense(shape) });
    return;
  }
  let now = [...shape];
  while (runs.length > 0) {
    const { from, to } = runs.pop() as { from: number; to: number };
    const size = (a: number, b: number): number => now.slice(a, b).reduce((x, y) => x * y, 1);
    const outer = size(0, from);
    const red = size(from, to);
    const inner = size(to, now.length);
    const next = [...now.slice(0, from), ...now.slice(from, to).map(() => 1), ...now.slice(to)];
    const target: Place =
      runs.length === 0
        ? { ...out, shape: [outer * inner], strides: [1] }
        : {
            ref: lowering.temporary(outer * inner * 4),
            dtype: 'f32',
            shape: next,
            offset: 0,
            strides: dense(next),
          };
    reduce(lowering, instruction.op, tree, now, [outer, red, inner], kind, runs.length === 0 ? scale : 1, target);
    tree = { kind: 'load', place: target };
    now = next;
  }
}
