// What a program computes twice or for nobody is left out. Values stay bit for bit what they were.
import type { Tensor } from '../tensor.ts';
import { repeat, replay } from './replay.ts';
import type { Program, Value, ValueId } from './types.ts';
import { isDense } from './views.ts';

/** Leaves out instructions whose outputs nobody needs. */
export function withoutDeadCode(program: Program): Program {
  const needed = new Set<ValueId>([...program.outputs, ...program.updates.map(({ value }) => value)]);
  const kept = new Set<number>();
  for (let index = program.instructions.length - 1; index >= 0; index -= 1) {
    const { inputs, outputs } = program.instructions[index] as Program['instructions'][number];
    if (!outputs.some((id) => needed.has(id))) continue;
    kept.add(index);
    for (const id of inputs) needed.add(id);
  }
  if (kept.size === program.instructions.length) return program;
  return replay(program, (recorder, instruction, inputs, index) =>
    kept.has(index) ? repeat(recorder, instruction, inputs) : null,
  );
}

/**
 * Computes equal instructions once. What is recomputed for a checkpointed block is not equal to what the block computed:
 * sharing it would keep the memory that checkpointing gives back.
 */
export function withoutRepeats(program: Program): Program {
  const seen = new Map<string, readonly Tensor[]>();
  return replay(program, (recorder, instruction, inputs) => {
    const { op, attrs, region } = instruction;
    const [first] = inputs;
    if (op === 'copy' && first !== undefined && isDense(recorder.values[first.id] as Value)) return [first];
    if (op === 'cast' && first?.dtype === attrs.dtype) return [first];
    const key = `${region ?? ''}|${op}|${inputs.map(({ id }) => id).join()}|${attrsKey(attrs)}`;
    const known = seen.get(key);
    if (known !== undefined) return known;
    const outputs = repeat(recorder, instruction, inputs);
    seen.set(key, outputs);
    return outputs;
  });
}

/** Attributes as a text that is equal where they are: -0, NaN and infinities included. */
export function attrsKey(attrs: unknown): string {
  if (typeof attrs === 'number') return Object.is(attrs, -0) ? '-0' : String(attrs);
  if (Array.isArray(attrs)) return `[${attrs.map(attrsKey).join()}]`;
  if (attrs === null || typeof attrs !== 'object') return String(attrs);
  const entries = Object.entries(attrs).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, value]) => `${key}:${attrsKey(value)}`).join()}}`;
}
