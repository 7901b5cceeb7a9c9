// Emissions become calls: operands get their slot and offset, scratch memory its place, and each call is told whether lanes
// must meet before it.
import { type WasmKernelName, wasmKernels } from '../../../../kernels/registry.ts';
import { scratchOf, type WasmKernel } from '../../../../kernels/spec.ts';
import { type Argument, arenaSlot, type Call } from '../code.ts';
import { costOf, soloBelow } from './cost.ts';
import type { Emission, Operand } from './types.ts';

/** Where a value, or scratch memory, lies: a slot of the run, and which bytes there. */
export interface Located {
  readonly slot: number;
  readonly offset: number;
  readonly bytes: number;
}

export interface Layout {
  readonly lanes: number;
  /** By value. */
  value(id: number): Located;
  /** Slot of a packed copy. */
  packedSlot(index: number): number;
  /** Index of a kernel's phase among all functions. */
  target(kernel: WasmKernelName, phase: number): number;
}

interface Access extends Located {
  readonly writes: boolean;
  /** Instruction and group: see Emission. */
  readonly group: string;
}

/** Turns the emissions of a program, in order, into calls. */
export class Resolver {
  readonly calls: Call[] = [];
  readonly #layout: Layout;
  /** What lane 0 alone, and what all lanes, may have touched since they last met; null: anything. */
  #solo: Access[] | null = null;
  #all: Access[] | null = null;

  constructor(layout: Layout) {
    this.#layout = layout;
  }

  /** `scratch`: where the instruction's scratch memory begins in the arena. */
  add(emission: Emission, instruction: number, scratch: number): void {
    const { kernel, given, group } = emission;
    const spec: WasmKernel = wasmKernels[kernel];
    const numbers = Object.fromEntries(
      Object.entries(given).map(([name, value]) => [name, typeof value === 'number' ? value : 0]),
    );
    for (let phase = 0; phase < spec.phases.length; phase += 1) {
      const solo = costOf(kernel, numbers, phase) < soloBelow;
      const { args, accesses } = this.#arguments(emission, numbers, scratch, solo, `${instruction} ${group}`);
      const free = phase === 0 && this.#independent(accesses, solo, group !== 0);
      this.#touched(accesses, solo, free);
      this.calls.push({ target: this.#layout.target(kernel, phase), args, solo, free, instruction });
    }
  }

  #arguments(
    { kernel, given, scratch: own }: Emission,
    numbers: Readonly<Record<string, number>>,
    scratch: number,
    solo: boolean,
    group: string,
  ): { args: Argument[]; accesses: Access[] } {
    const spec: WasmKernel = wasmKernels[kernel];
    const { lanes } = this.#layout;
    const size = scratchOf(spec, numbers);
    const accesses: Access[] = [];
    const args = Object.entries(spec.params).map(([name, kind]): Argument => {
      if (kind === 'shared' || kind === 'lane') {
        const from = scratch + own + (kind === 'lane' ? size.shared : 0);
        const bytes = kind === 'lane' ? size.lane * lanes : size.shared;
        accesses.push({ slot: arenaSlot, offset: from, bytes, writes: true, group });
        return { kind: 'address', slot: arenaSlot, offset: from, laneStride: kind === 'lane' ? size.lane : 0 };
      }
      const value = given[name] as Operand | number;
      if (typeof value === 'number') return { kind: kind === 'f32' ? 'float' : 'int', value };
      const located = this.#locate(value, scratch);
      accesses.push({ ...located, writes: kind !== 'read', group });
      const offset = located.offset + (value.kind === 'value' ? value.offset : 0);
      return { kind: 'address', slot: located.slot, offset };
    });
    const partition: Argument[] = solo
      ? [
          { kind: 'int', value: 0 },
          { kind: 'int', value: 1 },
        ]
      : [{ kind: 'lane' }, { kind: 'lanes' }];
    return { args: [...args, ...partition], accesses };
  }

  #locate(operand: Operand, scratch: number): Located {
    if (operand.kind === 'value') return this.#layout.value(operand.id);
    if (operand.kind === 'temp') return { slot: arenaSlot, offset: scratch + operand.offset, bytes: operand.bytes };
    return { slot: this.#layout.packedSlot(operand.index), offset: 0, bytes: Number.POSITIVE_INFINITY };
  }

  #independent(accesses: readonly Access[], solo: boolean, grouped: boolean): boolean {
    const before = solo ? [this.#all] : [this.#solo, this.#all];
    return before.every(
      (list) => list !== null && !list.some((one) => accesses.some((other) => clash(one, other, grouped))),
    );
  }

  #touched(accesses: readonly Access[], solo: boolean, free: boolean): void {
    if (!free) {
      // A call of lane 0 alone waits only for what all lanes did.
      if (!solo) this.#solo = [];
      this.#all = [];
    }
    const list = solo ? this.#solo : this.#all;
    list?.push(...accesses);
  }
}

function clash(a: Access, b: Access, grouped: boolean): boolean {
  if (a.slot !== b.slot || !(a.writes || b.writes)) return false;
  if (grouped && a.group === b.group) return false;
  return a.offset < b.offset + b.bytes && b.offset < a.offset + a.bytes;
}
