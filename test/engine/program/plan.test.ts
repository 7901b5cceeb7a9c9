import fc from 'fast-check';
import type { DType } from '../../../engine/dtype.ts';
import { type Plan, plan } from '../../../engine/program/plan.ts';
import type { Instruction, Program, Value, ValueId, View } from '../../../engine/program/types.ts';
import { baseOf, sliceView, typeOf } from '../../../engine/program/views.ts';
import { byteLength } from '../../../engine/shape.ts';
import { assert, test } from '../../support/harness.ts';

const alignment = 16;
const options = {
  alignment,
  overwrite: true,
  inPlace: (op: string) => (op === 'adamw' ? ([[0, 0]] as const) : []),
};

/** A sealed program out of random numbers: elementwise ops, matmuls, views, ops in place, updates. */
const programs = fc
  .record({
    inputs: fc.array(fc.record({ rows: fc.nat(3), dtype: fc.constantFrom<DType>('f32', 'f16', 'u8') }), {
      minLength: 1,
      maxLength: 4,
    }),
    steps: fc.array(fc.record({ kind: fc.nat(5), a: fc.nat(), b: fc.nat(), rows: fc.nat(4) }), { maxLength: 30 }),
    outputs: fc.nat(3),
    updates: fc.nat(3),
  })
  .map(({ inputs, steps, outputs, updates }): Program => {
    const values: Value[] = [];
    const made: ValueId[] = [];
    const value = (shape: readonly number[], dtype: DType, view: View | null = null): ValueId => {
      values.push({ type: { dtype, shape }, view });
      return values.length - 1;
    };
    const given = inputs.map(({ rows, dtype }) => value([rows, 4], dtype));
    const instructions: Instruction[] = [];
    const record = (op: 'exp' | 'add' | 'matmul' | 'slice' | 'adamw', from: ValueId[], to: ValueId) => {
      const attrs = {};
      instructions.push({ op, inputs: from, outputs: [to], attrs, region: null } as unknown as Instruction);
      return to;
    };
    const changed = new Set<ValueId>();
    for (const { kind, a, b, rows } of steps) {
      const usable = values.map((_, id) => id).filter((id) => !changed.has(baseOf({ values }, id)));
      const x = usable[a % usable.length];
      const y = usable[b % Math.max(1, usable.length)];
      if (x === undefined || y === undefined) continue;
      const { shape, dtype } = typeOf({ values }, x);
      if (kind === 0) made.push(record('exp', [x], value(shape, dtype)));
      else if (kind === 1) {
        const other = typeOf({ values }, y);
        if ((other.shape.join() === shape.join() || other.shape[0] === 1) && other.dtype === dtype)
          made.push(record('add', [x, y], value(shape, dtype)));
      } else if (kind === 2) made.push(record('matmul', [x, y], value([rows, 4], dtype)));
      else if (kind === 3 && (shape[0] as number) > 1) {
        const view = sliceView(x, values[x] as Value, { axis: 0, start: 1, length: (shape[0] as number) - 1 });
        record('slice', [x], value([(shape[0] as number) - 1, 4], dtype, view));
      } else if (kind === 4 && made.includes(x) && baseOf({ values }, y) !== x) {
        const to = value(shape, dtype);
        changed.add(x);
        made.push(record('adamw', [x, y], to));
      }
    }
    const left = made.filter((id) => !changed.has(id));
    const chosen: ValueId[] = [];
    while (chosen.length < outputs && left.length > 0) chosen.push(left.pop() as ValueId);
    const replaced = given.flatMap((input) => {
      const fit = left.findIndex((id) => {
        const [type, wanted] = [typeOf({ values }, id), typeOf({ values }, input)];
        return type.dtype === wanted.dtype && type.shape.join() === wanted.shape.join();
      });
      return fit < 0 ? [] : [{ input, value: left.splice(fit, 1)[0] as ValueId }];
    });
    return { values, inputs: given, instructions, outputs: chosen, updates: replaced.slice(0, updates) };
  });

/** Runs the plan on memory whose bytes know whose they are: every value that is read must still be whole. */
function execute(program: Program, { places, copies, arenaBytes }: Plan): void {
  const memory = {
    input: program.inputs.map((id) => new Int32Array(byteLength(typeOf(program, id))).fill(id)),
    output: program.outputs.map((id) => new Int32Array(byteLength(typeOf(program, id))).fill(-1)),
    arena: new Int32Array(arenaBytes).fill(-1),
  };
  const bytesOf = (id: ValueId): Int32Array => {
    const place = places[id];
    const bytes = byteLength(typeOf(program, id));
    assert.ok(place, `value ${id} has a place`);
    if (place?.kind !== 'arena')
      return memory[(place as { kind: 'input' }).kind][(place as { index: number }).index] as Int32Array;
    assert.is(place.offset % alignment, 0);
    assert.ok(place.offset + bytes <= arenaBytes, 'inside the arena');
    return memory.arena.subarray(place.offset, place.offset + bytes);
  };
  const whole = (id: ValueId, what: string): void => {
    const base = baseOf(program, id);
    const bytes = bytesOf(base);
    assert.is(bytes.length, byteLength(typeOf(program, base)), `value ${base} has its size`);
    assert.ok(
      bytes.every((owner) => owner === base),
      `${what} finds value ${base} whole`,
    );
  };
  for (const [index, { op, inputs, outputs }] of program.instructions.entries()) {
    for (const id of inputs) whole(id, `instruction ${index}`);
    for (const out of outputs) {
      if (program.values[out]?.view !== null) continue;
      const before = new Set(bytesOf(out));
      for (const [slot, id] of inputs.entries()) {
        if (!before.has(baseOf(program, id))) continue;
        const sound = program.values[id]?.view === null && (op === 'adamw' ? slot === 0 : op !== 'matmul');
        assert.ok(sound, `instruction ${index} reads each element of what it overwrites before it writes it`);
      }
      bytesOf(out).fill(out);
    }
  }
  for (const [index, id] of program.outputs.entries()) {
    assert.equal(places[id], { kind: 'output', index });
    whole(id, `output ${index}`);
  }
  for (const { from, input } of copies) {
    whole(from, 'a copy at the end');
    (memory.input[input] as Int32Array).fill(from);
  }
  for (const [index, id] of program.inputs.entries()) {
    const { value } = program.updates.find(({ input }) => input === id) ?? { value: id };
    assert.ok(
      memory.input[index]?.every((owner) => owner === value),
      `input ${index} ends as it should`,
    );
  }
}

test('no value is overwritten while somebody reads it later; outputs and updates end where they belong', () => {
  fc.assert(
    fc.property(programs, fc.boolean(), (program, overwrite) => {
      execute(program, plan(program, { ...options, overwrite }));
    }),
    { numRuns: 2000 },
  );
});

test('every byte of the arena is accounted for: as large as what lives at once needs, or a little more', () => {
  fc.assert(
    fc.property(programs, (program) => {
      const made = plan(program, options);
      const ends = program.instructions.flatMap(({ outputs }) =>
        outputs.flatMap((id) => {
          const place = made.places[id];
          const size = Math.ceil(byteLength(typeOf(program, id)) / alignment) * alignment;
          return place?.kind === 'arena' ? [place.offset + size] : [];
        }),
      );
      assert.is(made.arenaBytes, Math.max(0, ...ends));
    }),
  );
});

function chain(length: number): Program {
  const shape = [8, 8];
  const values = Array.from({ length: length + 1 }, () => ({ type: { dtype: 'f32' as const, shape }, view: null }));
  const instructions = Array.from({ length }, (_, at) => ({
    op: 'softmax' as const,
    inputs: [at],
    outputs: [at + 1],
    attrs: {},
    region: null,
  }));
  return { values, inputs: [0], instructions, outputs: [length], updates: [] };
}

test('a chain of ops takes two places, however long it is', () => {
  assert.is(plan(chain(3), options).arenaBytes, 2 * 256);
  assert.is(plan(chain(100), options).arenaBytes, 2 * 256);
});

test('an elementwise op writes over what it reads, where that dies and the backend can', () => {
  const program = chain(100);
  const elementwise = {
    ...program,
    instructions: program.instructions.map((each) => ({ ...each, op: 'exp' as const })),
  };
  assert.is(plan(elementwise, options).arenaBytes, 0);
  assert.is(plan(elementwise, { ...options, overwrite: false }).arenaBytes, 2 * 256);
});

test('an update is computed in place where nobody reads the old value after it, else copied', () => {
  const values = Array.from({ length: 3 }, () => ({ type: { dtype: 'f32' as const, shape: [4] }, view: null }));
  const exp = (from: ValueId, to: ValueId): Instruction => ({
    op: 'exp',
    inputs: [from],
    outputs: [to],
    attrs: {},
    region: null,
  });
  const inPlace: Program = {
    values,
    inputs: [0],
    instructions: [exp(0, 1), exp(1, 2)],
    outputs: [1],
    updates: [{ input: 0, value: 2 }],
  };
  assert.equal(plan(inPlace, options).copies, []);
  assert.equal(plan(inPlace, options).places[2], { kind: 'input', index: 0 });
  const late: Program = {
    ...inPlace,
    instructions: [exp(0, 1), exp(0, 2)],
    outputs: [2],
    updates: [{ input: 0, value: 1 }],
  };
  assert.equal(plan(late, options).copies, [{ from: 1, input: 0 }]);
});

test('scratch memory lives for one instruction and shares the arena', () => {
  const made = plan(chain(3), { ...options, scratch: () => 100 });
  assert.is(made.arenaBytes, 2 * 256 + 112);
  assert.is(made.scratch.length, 3);
  assert.ok(made.scratch.every((offset) => offset !== null));
});
