// Every gradient rule of the table against central differences, in f64 on the reference.
import { open } from '../../../engine/backends/reference.ts';
import { isFloat } from '../../../engine/dtype.ts';
import type { OpCase, OpDef, Ref } from '../../../engine/ops/def.ts';
import { mul, sum } from '../../../engine/ops/functions.ts';
import { table } from '../../../engine/ops/table.ts';
import { gradients } from '../../../engine/program/gradients.ts';
import { optimise } from '../../../engine/program/optimise.ts';
import { Recorder } from '../../../engine/program/record.ts';
import { sizeOf, written } from '../../../engine/shape.ts';
import type { Tensor } from '../../../engine/tensor.ts';
import { test } from '../../support/harness.ts';
import { opNames, statistics } from '../support/conformance.ts';
import { execute } from '../support/execute.ts';
import { filled, randomOf, seed } from '../support/random.ts';

const backend = await open({});
test.after(() => backend.close());

/** Elements of one input that are moved, at most. */
const moved = 12;
const step = 1e-5;
const tolerance = 2e-7;

for (const op of opNames) {
  const def = table[op] as OpDef<unknown>;
  if (def.vjp === null) continue;
  const cases = (def.cases as readonly OpCase<unknown>[]).flatMap((each) => {
    const exact = inF64(each);
    // A cast to f16 has steps; the same cast to f64 has none.
    const smooth = each.smooth !== false || op === 'cast';
    return each.bench === true || !smooth || !takes(def, exact) ? [] : [exact];
  });
  test(`the gradient of ${op} is what central differences give`, async () => {
    if (cases.length === 0) throw new Error(`${op} has a gradient and no smooth case in f64`);
    for (const [index, each] of cases.entries()) await check(`${op} ${index}`, op, each);
  });
}

type AnyCase = OpCase<unknown>;

function inF64({ inputs, attrs, ...rest }: AnyCase): AnyCase {
  const wide = Object.entries(attrs as object).map(([name, value]) => [
    name,
    value === 'f32' || value === 'f16' ? 'f64' : value,
  ]);
  return {
    ...rest,
    attrs: Object.fromEntries(wide),
    inputs: inputs.map((type) => (isFloat(type.dtype) ? { ...type, dtype: 'f64' } : type)),
  };
}

function takes(def: OpDef<unknown>, { inputs, attrs }: AnyCase): boolean {
  try {
    return def.infer(inputs, attrs).some(({ dtype }) => dtype === 'f64') && inputs.some(({ dtype }) => dtype === 'f64');
  } catch {
    return false;
  }
}

async function check(name: string, op: (typeof opNames)[number], { inputs, attrs }: AnyCase): Promise<void> {
  const random = randomOf(name);
  const recorder = new Recorder();
  const tensors = inputs.map((type) => recorder.input(type));
  const refs: Ref[] = inputs.map((type) => filled(type, random));
  const outputs = recorder.apply(op, tensors, attrs as never);
  // The loss is a random sum of all outputs: each has its part in it.
  let loss: Tensor | null = null;
  for (const [slot, output] of outputs.entries()) {
    if (!isFloat(output.dtype) || (slot > 0 && statistics.has(op))) continue;
    refs.push(filled(output, random));
    const part = sum(mul(output, recorder.input(output)));
    loss = loss === null ? part : (recorder.apply('add', [loss, part], {})[0] as Tensor);
  }
  const floats = inputs.flatMap(({ dtype }, slot) => (dtype === 'f64' ? [slot] : []));
  const found = gradients(
    loss as Tensor,
    floats.map((slot) => tensors[slot] as Tensor),
  );
  const program = optimise(recorder.finish([loss as Tensor, ...found]));
  const [, ...gradient] = await execute(backend, program, refs);
  const forward = { ...program, outputs: program.outputs.slice(0, 1) };
  const lossAt = async (slot: number, at: number, by: number): Promise<number> => {
    const data = (refs[slot] as Ref).data.slice();
    data[at] = (data[at] as number) + by;
    const changed = refs.map((ref, other) => (other === slot ? { ...ref, data } : ref));
    return (await execute(backend, forward, changed))[0]?.[0] as number;
  };
  for (const [order, slot] of floats.entries()) {
    const size = sizeOf((inputs[slot] as AnyCase['inputs'][0]).shape);
    const places = size <= moved ? [...Array(size).keys()] : Array.from({ length: moved }, () => random.below(size));
    const largest = Array.from(gradient[order] as ArrayLike<number>).reduce(
      (most, x) => Math.max(most, Math.abs(x)),
      0,
    );
    for (const at of places) {
      const slope = ((await lossAt(slot, at, step)) - (await lossAt(slot, at, -step))) / (2 * step);
      const rule = gradient[order]?.[at] as number;
      if (Math.abs(slope - rule) <= tolerance * Math.max(1, largest)) continue;
      const call = `${op}(${inputs.map(written).join(', ')}) ${JSON.stringify(attrs)}`;
      throw new Error(`${call}: d/d input ${slot}[${at}] is ${slope}, the rule gives ${rule} (RUSTA_SEED=${seed})`);
    }
  }
}
