// The conformance suite: ops × cases, written once, declared for any backend. Every case is run plain, with its inputs as
// slices of wider tensors (strides, where the op takes them) and at an offset; then shapes at the edges, out of fast-check;
// then NaN and infinity; then the gradients that the table builds.
import fc from 'fast-check';
import type { Backend } from '../../../engine/backends/backend.ts';
import { isFloat } from '../../../engine/dtype.ts';
import type { OpCase, OpDef, Ref } from '../../../engine/ops/def.ts';
import { mul, slice, sum } from '../../../engine/ops/functions.ts';
import type { OpName } from '../../../engine/ops/names.ts';
import { table } from '../../../engine/ops/table.ts';
import { gradients } from '../../../engine/program/gradients.ts';
import { optimise } from '../../../engine/program/optimise.ts';
import { Recorder } from '../../../engine/program/record.ts';
import { seal } from '../../../engine/program/seal.ts';
import type { Program } from '../../../engine/program/types.ts';
import { sizeOf, type TensorType, written } from '../../../engine/shape.ts';
import type { Tensor } from '../../../engine/tensor.ts';
import { test } from '../../support/harness.ts';
import { cancelling, difference, expected } from './compare.ts';
import { edgeCases } from './edges.ts';
import { execute } from './execute.ts';
import { filled, type Random, randomOf, seed } from './random.ts';

export type AnyCase = OpCase<unknown>;
type AnyDef = OpDef<unknown>;

export interface ConformanceOptions {
  readonly open: () => Promise<Backend>;
  /** Shapes out of fast-check for each op; each is a program to compile. */
  readonly edgeRuns?: number;
  /** Ops that this backend does not run, with the reason; the suite fails where it does run them. */
  readonly without?: Partial<Record<OpName, string>>;
  /** Whether tensors of f16 are among what it takes. */
  readonly f16?: boolean;
  /** Told for every output that was compared: the largest error as a share of what is allowed, and whether f16 was in it. */
  readonly report?: (op: OpName, share: number, half: boolean) => void;
  /** Whether NaN and infinity come through as IEEE 754 says. */
  readonly ieee?: boolean;
}

export const opNames = Object.keys(table) as OpName[];

/** Declares the suite. The backend is opened before its first test and closed after its last. */
export function conformance(name: string, options: ConformanceOptions): void {
  const { edgeRuns = 12, without = {}, f16 = true, ieee = true } = options;
  let backend: Backend;
  test.before(async () => {
    backend = await options.open();
  });
  test.after(() => backend.close());

  for (const op of opNames) {
    const def = table[op] as AnyDef;
    const cases = def.cases.filter(({ bench }) => bench !== true) as AnyCase[];
    if (without[op] !== undefined) {
      test(`${name}: ${op} is refused, since ${without[op]}`, () => {
        let refused = false;
        try {
          backend.prepare(single(op, cases[0] as AnyCase, 'plain').program);
        } catch {
          refused = true;
        }
        if (!refused) throw new Error(`${op} is prepared: take it out of \`without\``);
      });
      continue;
    }
    test(`${name}: ${op} as the reference computes it`, async () => {
      for (const [index, each] of cases.entries()) {
        if (f16 || !usesF16(each))
          for (const layout of layouts)
            await check(backend, op, each, layout, `${op} ${index}`, undefined, options.report);
        if (f16) {
          const half = inF16(op, each);
          if (half !== null) await check(backend, op, half, 'plain', `${op} ${index} f16`, undefined, options.report);
        }
      }
    });
    const edges = edgeCases(op);
    if (edges !== null) {
      test(`${name}: ${op} at shapes of 0, 1 and no multiple of anything`, async () => {
        await fc.assert(
          fc.asyncProperty(edges, fc.constantFrom(...layouts), async (each, layout) => {
            if (!f16 && usesF16(each as AnyCase)) return;
            await check(backend, op, each as AnyCase, layout, `${op} edges`, undefined, options.report);
          }),
          { numRuns: edgeRuns, seed },
        );
      });
    }
    if (ieee && def.vjp !== null && !noSpecials.has(op)) {
      test(`${name}: ${op} lets NaN and infinity through`, async () => {
        for (const [index, each] of cases.slice(0, 3).entries()) {
          if (!usesF16(each)) await check(backend, op, each, 'plain', `${op} ${index} special`, specialIn(op));
        }
      });
    }
    if (ieee && (op === 'attention' || op === 'attentionGrad')) {
      test(`${name}: ${op} lets NaN and infinity of what is seen through, and of nothing else`, async () => {
        for (const [index, each] of cases.entries())
          for (const slot of each.inputs.keys())
            for (const value of [Number.NaN, Number.POSITIVE_INFINITY])
              await check(backend, op, each, 'plain', `${op} ${index} seen`, oneIn(slot, value));
      });
    }
    if (def.vjp !== null) {
      test(`${name}: the gradient of ${op}`, async () => {
        for (const [index, each] of cases.entries()) {
          if (f16 || !usesF16(each)) await checkGradient(backend, op, each, `${op} ${index} gradient`);
        }
      });
    }
  }
}

/** Where what the reference does in f64 and f32 does in f32 differ by more than rounding, or ids are looked up. */
const noSpecials: ReadonlySet<OpName> = new Set<OpName>(['linearInt8', 'kvAppend', 'attentionCached', 'pow']);

/** Ops whose outputs after the first are statistics for their own gradient, and have none. */
export const statistics: ReadonlySet<OpName> = new Set<OpName>(['crossEntropy', 'attention']);

type Layout = 'plain' | 'strided' | 'offset';
const layouts: readonly Layout[] = ['plain', 'strided', 'offset'];

const usesF16 = ({ inputs, attrs }: AnyCase): boolean =>
  inputs.some(({ dtype }) => dtype === 'f16') || Object.values(attrs as object).includes('f16');

/** The case with f16 for f32, where the op takes that; one input may have to stay f32, as statistics do. */
function inF16(op: OpName, each: AnyCase): AnyCase | null {
  if (op === 'cast' || op === 'fill' || usesF16(each)) return null;
  const halves = each.inputs.map((type) => (type.dtype === 'f32' ? { ...type, dtype: 'f16' as const } : type));
  if (!halves.some(({ dtype }) => dtype === 'f16')) return null;
  for (const kept of [-1, ...halves.keys()]) {
    const inputs = halves.map((type, slot) => (slot === kept ? (each.inputs[slot] as typeof type) : type));
    try {
      (table[op] as AnyDef).infer(inputs, each.attrs);
      if (inputs.some(({ dtype }) => dtype === 'f16')) return { ...each, inputs };
    } catch {}
  }
  return null;
}

/** A program of the one op. Inputs lie in wider ones as the layout says, and are sliced out of them in the program. */
export function single(
  op: OpName,
  { inputs, attrs }: AnyCase,
  layout: Layout,
): { program: Program; widened: boolean[] } {
  const recorder = new Recorder();
  const widened = inputs.map((type, slot) => {
    const { shape } = type;
    if (layout === 'plain' || shape.length === 0 || sizeOf(shape) === 0) return false;
    return layout === 'offset' || (table[op] as AnyDef).strided.includes(slot);
  });
  const tensors = inputs.map((type, slot) => {
    if (widened[slot] !== true) return recorder.input(type);
    const { axis, before, after } = margin(type, layout);
    const extent = type.shape[axis] as number;
    const shape = type.shape.map((each, at) => (at === axis ? before + each + after : each));
    return slice(recorder.input({ dtype: type.dtype, shape }), axis, before, extent);
  });
  const outputs = recorder.apply(op, tensors, attrs as never);
  return { program: seal(recorder.finish(outputs)), widened };
}

function margin({ shape }: TensorType, layout: Layout) {
  return layout === 'strided' ? { axis: shape.length - 1, before: 2, after: 3 } : { axis: 0, before: 3, after: 1 };
}

/** Contents of the wider tensor, with NaN (or the largest integers) around the slice. */
function widen(ref: Ref, layout: Layout): Ref {
  const { axis, before, after } = margin(ref.type, layout);
  const extent = ref.shape[axis] as number;
  const inner = sizeOf(ref.shape.slice(axis + 1));
  const outer = sizeOf(ref.shape.slice(0, axis));
  const whole = before + extent + after;
  const data = new Float64Array(outer * whole * inner).fill(isFloat(ref.type.dtype) ? Number.NaN : 127);
  for (let at = 0; at < outer; at += 1)
    data.set(ref.data.subarray(at * extent * inner, (at + 1) * extent * inner), (at * whole + before) * inner);
  const shape = ref.shape.map((each, at) => (at === axis ? whole : each));
  return { type: { dtype: ref.type.dtype, shape }, shape, data };
}

async function check(
  backend: Backend,
  op: OpName,
  each: AnyCase,
  layout: Layout,
  name: string,
  change: (ref: Ref, random: Random, slot: number) => Ref = (ref) => ref,
  report?: ConformanceOptions['report'],
): Promise<void> {
  const random = randomOf(name);
  const refs = each.inputs.map((type, slot) => change(filled(type, random), random, slot));
  const { program, widened } = single(op, each, layout);
  const given = refs.map((ref, slot) => (widened[slot] === true ? widen(ref, layout) : ref));
  const types = (table[op] as AnyDef).infer(each.inputs, each.attrs);
  const wanted = expected(op, refs, each.attrs, types);
  const got = await execute(backend, program, given);
  for (const [slot, want] of wanted.entries()) {
    const wrong = difference(got[slot] as ArrayLike<number>, want);
    report?.(op, shareOf(got[slot] as ArrayLike<number>, want), usesF16(each));
    if (wrong !== null)
      throw new Error(`${describe(op, each)}, ${layout}, output ${slot}: ${wrong} (RUSTA_SEED=${seed})`);
  }
}

/** The largest error over what is allowed there; elements that must be exact do not count. */
function shareOf(got: ArrayLike<number>, { data, bound }: { data: Float64Array; bound: Float64Array }): number {
  let worst = 0;
  for (let at = 0; at < data.length; at += 1) {
    const share = Math.abs((got[at] as number) - (data[at] as number)) / (bound[at] as number);
    if (share > worst && Number.isFinite(share)) worst = share;
  }
  return worst;
}

function describe(op: OpName, { inputs, attrs }: AnyCase): string {
  return `${op}(${inputs.map(written).join(', ')}) ${JSON.stringify(attrs)}`;
}

/** Some element of input `wanted` is `value`. */
function oneIn(wanted: number, value: number): (ref: Ref, random: Random, slot: number) => Ref {
  return (ref, random, slot) => {
    if (slot !== wanted || ref.data.length === 0) return ref;
    const data = ref.data.slice();
    data[random.below(data.length)] = value;
    return { ...ref, data };
  };
}

/** In attention, q alone: so many in k and v would leave nothing finite. They are tried one at a time. */
function specialIn(op: OpName): (ref: Ref, random: Random, slot: number) => Ref {
  return (ref, random, slot) => (op === 'attention' && slot > 0 ? ref : special(ref, random));
}

/** Some elements become NaN, infinity or zero. */
function special(ref: Ref, random: Random): Ref {
  if (!isFloat(ref.type.dtype)) return ref;
  const odd = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, -0];
  const data = ref.data.map((x) => (random.next() < 0.15 ? (odd[random.below(odd.length)] as number) : x));
  return { ...ref, data };
}

/** The gradients that the table's rule builds for a case, and contents for it; null where there are none. */
export function gradientCase(
  op: OpName,
  each: AnyCase,
  name: string,
): { readonly program: Program; readonly refs: readonly Ref[]; readonly weights: readonly Ref[] } | null {
  const recorder = new Recorder();
  const random = randomOf(name);
  const inputs = each.inputs.map((type) => filled(type, random));
  const tensors = each.inputs.map((type) => recorder.input(type));
  const outputs = recorder.apply(op, tensors, each.attrs as never);
  const floats = tensors.filter(({ dtype }) => isFloat(dtype));
  const losses: Tensor[] = [];
  const weights: Ref[] = [];
  for (const [slot, output] of outputs.entries()) {
    if (output.dtype !== 'f32' || (slot > 0 && statistics.has(op))) continue;
    losses.push(sum(mul(output, recorder.input(output))));
    weights.push(filled(output, random));
  }
  if (losses.length === 0 || floats.length === 0) return null;
  // One loss after the other: an output that nothing depends on is part of what is tried.
  const program = optimise(recorder.finish(losses.flatMap((loss) => [...gradients(loss, floats)])));
  return { program, refs: [...inputs, ...weights], weights };
}

/** The program that the table's rule builds, against what the reference makes of the same program. */
async function checkGradient(backend: Backend, op: OpName, each: AnyCase, name: string): Promise<void> {
  const made = gradientCase(op, each, name);
  if (made === null) return;
  const { program, refs, weights } = made;
  const got = await execute(backend, program, refs);
  const want = await execute(await reference(), program, refs);
  const cancels = cancelling(op, refs, each.attrs, weights[0] as Ref);
  for (const [slot, gradient] of want.entries()) {
    const is = got[slot] as ArrayLike<number>;
    const size = Math.sqrt(Array.from(gradient).reduce((total, x) => total + x * x, 0));
    const error = Math.sqrt(Array.from(gradient).reduce((total, x, at) => total + (x - (is[at] as number)) ** 2, 0));
    const root = Math.sqrt(gradient.length);
    const allowed = usesF16(each) ? 4e-3 * (size + 0.02 * root) : 5e-5 * (size + 1e-3) + 1e-6 * root * cancels;
    const right = Number.isFinite(size) ? error <= allowed : sameClass(is, gradient);
    if (!right)
      throw new Error(
        `${describe(op, each)}, gradient ${slot}: off by ${error} of ${size}, allowed ${allowed} (RUSTA_SEED=${seed})`,
      );
  }
}

function sameClass(got: ArrayLike<number>, want: ArrayLike<number>): boolean {
  return Array.from(want).every((x, at) => Number.isFinite(x) === Number.isFinite(got[at] as number));
}

let opened: Promise<Backend> | null = null;
function reference(): Promise<Backend> {
  opened ??= import('../../../engine/backends/reference.ts').then(({ open }) => open({}));
  return opened;
}
