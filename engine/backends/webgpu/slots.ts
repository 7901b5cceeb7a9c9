// Where the values of a program live on the GPU: in buffers that a run is given, or in slots that values share one after
// the other. Slots are whole buffers, since WebGPU lets no dispatch read one part of a buffer and write another. Pure.
import { table } from '../../ops/table.ts';
import type { Program, ValueId } from '../../program/types.ts';
import type { Call, Ref } from './call.ts';
import type { Temporary } from './lowering.ts';
import { bytesFor } from './lowering.ts';

export type Home =
  | { readonly kind: 'input'; readonly index: number }
  | { readonly kind: 'output'; readonly index: number }
  | { readonly kind: 'slot'; readonly index: number }
  | { readonly kind: 'constant'; readonly index: number };

export interface Homes {
  /** By ref; null for views and for what no call touches. */
  readonly homes: readonly (Home | null)[];
  /** Bytes of each slot. */
  readonly slots: readonly number[];
  /** Copies after the last call: from a ref into an input. */
  readonly copies: readonly { readonly from: Ref; readonly input: number; readonly bytes: number }[];
}

interface Span {
  readonly ref: Ref;
  readonly bytes: number;
  from: number;
  to: number;
}

export function assign(program: Program, calls: readonly Call[], temporaries: readonly Temporary[]): Homes {
  const count = program.values.length;
  const homes: (Home | null)[] = Array.from({ length: count + temporaries.length }, () => null);
  const alias = new Map<Ref, Ref>();
  const owner = (ref: Ref): Ref => {
    const next = alias.get(ref);
    return next === undefined ? ref : owner(next);
  };
  for (const { op, inputs, outputs } of program.instructions)
    for (const [out, into] of table[op].inPlace ?? []) {
      const source = inputs[into] as ValueId;
      alias.set(outputs[out] as ValueId, program.values[source]?.view?.base ?? source);
    }
  for (const [index, id] of program.inputs.entries()) homes[id] = { kind: 'input', index };
  for (const [index, id] of program.outputs.entries()) homes[owner(id)] ??= { kind: 'output', index };

  const spans = new Map<Ref, Span>();
  const lastUse = new Map<Ref, number>();
  for (const [at, { buffers }] of calls.entries())
    for (const { ref } of buffers) {
      const own = owner(ref);
      lastUse.set(own, at);
      const span = spans.get(own);
      if (span === undefined) {
        const temporary = temporaries[own - count];
        const value = program.values[own];
        const bytes = value === undefined ? (temporary?.bytes ?? 0) : bytesFor(value.type);
        spans.set(own, { ref: own, bytes, from: at, to: at });
      } else span.to = at;
    }

  // A new value may lie in its input at once where the input was read for the last time before.
  const copies: { from: Ref; input: number; bytes: number }[] = [];
  for (const { input, value } of program.updates) {
    const from = owner(value);
    if (from === input) continue;
    const index = program.inputs.indexOf(input);
    const made = spans.get(from);
    const free = homes[from] === null && made !== undefined && (lastUse.get(input) ?? -1) < made.from;
    if (free) homes[from] = { kind: 'input', index };
    else {
      copies.push({
        from,
        input: index,
        bytes: bytesFor((program.values[value] as (typeof program.values)[number]).type),
      });
      if (made !== undefined) made.to = calls.length;
    }
  }

  const slots: { bytes: number; readonly used: Span[] }[] = [];
  for (const span of [...spans.values()].toSorted((a, b) => b.bytes - a.bytes || a.from - b.from)) {
    if (homes[span.ref] !== null) continue;
    const temporary = temporaries[span.ref - count];
    if (temporary !== undefined && temporary.contents !== null) {
      homes[span.ref] = { kind: 'constant', index: span.ref - count };
      continue;
    }
    // Sorted by size: every slot so far is large enough, and the last that is free wastes least.
    let index = slots.findLastIndex(({ used }) => used.every((other) => other.to < span.from || other.from > span.to));
    if (index === -1) {
      index = slots.length;
      slots.push({ bytes: Math.max(span.bytes, 4), used: [] });
    }
    slots[index]?.used.push(span);
    homes[span.ref] = { kind: 'slot', index };
  }
  for (const [from] of alias) homes[from] = homes[owner(from)] ?? null;
  return { homes, slots: slots.map(({ bytes }) => bytes), copies };
}
