// Reverse-mode gradients: a walk back over what was recorded, by the rules of the table, that records the gradient's own
// instructions. Rules of single ops are in ops/; adding up, joining of slices and recomputing of blocks is here.
import { RustaError } from '../../schemas/errors.ts';
import { isFloat } from '../dtype.ts';
import { add, cast, concat, fill, pad } from '../ops/functions.ts';
import type { OpAttrs } from '../ops/names.ts';
import { table } from '../ops/table.ts';
import { type Shape, sameShape, sizeOf, written } from '../shape.ts';
import { Tensor } from '../tensor.ts';
import { Recorder } from './record.ts';
import { repeat } from './replay.ts';
import type { Instruction, Program, ValueId } from './types.ts';
import { typeOf } from './views.ts';

/**
 * Gradients of a scalar, inside a function that is recorded.
 * @param loss f32[] (or f64[]): one element.
 * @param wrt tensors that the loss was computed from: arguments, tensors from outside, or values on the way.
 * @returns for each of `wrt` its gradient, of its shape; of its dtype, or f32 where it is f16. Zeros where the loss does not
 *   depend on it.
 * @throws RustaError `not-traced`, `shape-mismatch`, `dtype-mismatch`.
 */
export function gradients<const T extends readonly Tensor[]>(loss: Tensor, wrt: T): { [K in keyof T]: Tensor } {
  const recorder = loss.context;
  if (!(recorder instanceof Recorder)) {
    throw new RustaError(`${written(loss)} was computed at once: nothing is known of how`, {
      code: 'not-traced',
      op: 'gradients',
      hint: 'compute the loss and its gradients in a function given to device.program',
    });
  }
  if (sizeOf(loss.shape) !== 1 || !isFloat(loss.dtype)) {
    throw new RustaError(`the loss is ${written(loss)}: gradients are of one number`, {
      code: isFloat(loss.dtype) ? 'shape-mismatch' : 'dtype-mismatch',
      op: 'gradients',
      expected: 'f32[]',
      got: written(loss),
      hint: 'reduce it by sum or mean',
    });
  }
  const own = wrt.map((tensor) => recorder.own(tensor, 'gradients'));
  const found = walkBack(recorder, loss, own);
  return own.map((tensor) => found.get(tensor.id) ?? fill(recorder, tensor.shape, 0, tensor.dtype)) as {
    [K in keyof T]: Tensor;
  };
}

/**
 * The program whose outputs are those of `program`, followed by the gradients of its first output with respect to the
 * inputs numbered by `wrt`.
 */
export function vjp(program: Program, wrt: readonly number[]): Program {
  const recorder = new Recorder();
  const tensors = new Map<ValueId, Tensor>();
  const at = (id: ValueId | undefined): Tensor => tensors.get(id as ValueId) as Tensor;
  for (const id of program.inputs) tensors.set(id, recorder.input(typeOf(program, id)));
  for (const instruction of program.instructions) {
    const outputs = repeat(recorder, instruction, instruction.inputs.map(at));
    for (const [slot, id] of instruction.outputs.entries()) tensors.set(id, outputs[slot] as Tensor);
  }
  const outputs = program.outputs.map(at);
  const targets = wrt.map((input) => at(program.inputs[input]));
  const found = gradients(outputs[0] as Tensor, targets);
  for (const { input, value } of program.updates) recorder.assign(at(input), at(value));
  return recorder.finish([...outputs, ...found]);
}

function walkBack(recorder: Recorder, loss: Tensor, wrt: readonly Tensor[]): Map<ValueId, Tensor> {
  const instructions = recorder.instructions.slice();
  const reached = dependents(instructions, wrt);
  const sums = new Map<ValueId, Sum>();
  const found = new Map<ValueId, Tensor>();
  const targets = new Set(wrt.map(({ id }) => id));
  const recomputed = new Map<ValueId, Tensor>();
  const recomputedRegions = new Set<number>();
  const now = (id: ValueId): Tensor => recomputed.get(id) ?? recorder.tensor(id);

  const sumOf = (id: ValueId): Sum => {
    let sum = sums.get(id);
    if (sum === undefined) {
      sum = new Sum(recorder.tensor(id));
      sums.set(id, sum);
    }
    return sum;
  };
  /** The gradient of a value that is complete; null where nothing flowed. */
  const take = (id: ValueId): Tensor | null => {
    const total = sums.get(id)?.total() ?? null;
    sums.delete(id);
    if (total !== null && targets.has(id)) found.set(id, total);
    return total;
  };

  sumOf(loss.id).add(fill(recorder, loss.shape, 1, loss.dtype));
  for (let index = instructions.length - 1; index >= 0; index -= 1) {
    const instruction = instructions[index] as Instruction;
    const { op, inputs, outputs, attrs, region } = instruction;
    if (!outputs.some((id) => sums.has(id))) continue;
    const grads = outputs.map(take);
    const { vjp: rule } = table[op];
    if (rule === null || !inputs.some((id) => reached.has(id))) continue;
    if (region !== null && !recomputedRegions.has(region)) {
      recomputedRegions.add(region);
      recompute(recorder, instructions, region, recomputed);
    }
    const [grad] = grads;
    if (op === 'slice' && grad) {
      sumOf(inputs[0] as ValueId).addSlice(grad, attrs as OpAttrs['slice']);
      continue;
    }
    const given = {
      inputs: inputs.map(now),
      outputs: outputs.map(now),
      grads: grads.map((each, slot) =>
        each && op !== 'cast' ? cast(each, recorder.tensor(outputs[slot] as ValueId).dtype) : each,
      ),
      attrs,
    };
    const flowing = (rule as (all: unknown) => readonly (Tensor | null)[])(given);
    for (const [slot, id] of inputs.entries()) {
      const flow = flowing[slot] ?? null;
      if (flow === null || !reached.has(id)) continue;
      const { shape } = recorder.tensor(id);
      if (!sameShape(flow.shape, shape)) {
        throw new RustaError(`the rule gave ${written(flow)} as the gradient of ${written(recorder.tensor(id))}`, {
          code: 'gradient-rule',
          op,
        });
      }
      sumOf(id).add(flow);
    }
  }
  for (const { id } of wrt) if (!found.has(id)) take(id);
  return found;
}

/** Values that a change of `wrt` reaches, `wrt` included: gradients flow through these alone. */
function dependents(instructions: readonly Instruction[], wrt: readonly Tensor[]): Set<ValueId> {
  const reached = new Set<ValueId>(wrt.map(({ id }) => id));
  for (const { op, inputs, outputs } of instructions) {
    if (table[op].vjp !== null && inputs.some((id) => reached.has(id))) for (const id of outputs) reached.add(id);
  }
  return reached;
}

/** Records a block's instructions once more, from its inputs; `into` gets the new value for each old one. */
function recompute(
  recorder: Recorder,
  instructions: readonly Instruction[],
  region: number,
  into: Map<ValueId, Tensor>,
): void {
  const fresh = recorder.newRegion();
  for (const instruction of instructions) {
    if (instruction.region !== region) continue;
    const inputs = instruction.inputs.map((id) => into.get(id) ?? recorder.tensor(id));
    const outputs = repeat(recorder, { ...instruction, region: fresh } as Instruction, inputs);
    for (const [slot, id] of instruction.outputs.entries()) into.set(id, outputs[slot] as Tensor);
  }
}

interface Part {
  readonly grad: Tensor;
  readonly start: number;
  readonly length: number;
}

/** The gradient of one value while it is gathered: whole tensors are added, slices wait until they can be joined. */
class Sum {
  readonly #of: Tensor;
  readonly #parts = new Map<number, Part[]>();
  #whole: Tensor | null = null;

  constructor(of: Tensor) {
    this.#of = of;
  }

  add(grad: Tensor): void {
    this.#whole = this.#whole === null ? grad : added(this.#whole, grad);
  }

  addSlice(grad: Tensor, { axis, start, length }: OpAttrs['slice']): void {
    const parts = this.#parts.get(axis) ?? [];
    parts.push({ grad, start, length });
    this.#parts.set(axis, parts);
  }

  total(): Tensor | null {
    for (const [axis, parts] of this.#parts)
      for (const joined of layersOf(parts, axis, this.#of.shape)) this.add(joined);
    this.#parts.clear();
    return this.#whole;
  }
}

function added(a: Tensor, b: Tensor): Tensor {
  return a.dtype === b.dtype ? add(a, b) : add(cast(a, 'f32'), cast(b, 'f32'));
}

/** Slices along one axis as whole tensors: those that do not overlap are joined by one concat, with zeros in between. */
function layersOf(parts: readonly Part[], axis: number, shape: Shape): Tensor[] {
  const layers: Part[][] = [];
  for (const part of parts.toSorted((a, b) => a.start - b.start)) {
    const layer = layers.find((each) => {
      const last = each[each.length - 1] as Part;
      return last.start + last.length <= part.start && last.grad.dtype === part.grad.dtype;
    });
    if (layer === undefined) layers.push([part]);
    else layer.push(part);
  }
  const extent = shape[axis] as number;
  return layers.map((layer) => {
    const [first] = layer as [Part];
    if (layer.length === 1) return pad(first.grad, axis, first.start, extent - first.start - first.length);
    const joined: Tensor[] = [];
    const zeros = (length: number): void => {
      if (length === 0) return;
      const gap = shape.map((each, at) => (at === axis ? length : each));
      joined.push(fill(first.grad.context, gap, 0, first.grad.dtype));
    };
    let at = 0;
    for (const { grad, start, length } of layer) {
      zeros(start - at);
      joined.push(grad);
      at = start + length;
    }
    zeros(extent - at);
    return concat(joined, axis);
  });
}

/**
 * A function whose intermediate values are not kept for the backward pass: they are computed again when gradients need
 * them. For the blocks of a deep network it trades a third of the time for most of the memory (Chen et al. 2016).
 */
export function checkpoint<A extends readonly unknown[], R>(fn: (...args: A) => R): (...args: A) => R {
  return (...args) => {
    const first = firstTensor(args);
    return first === null ? fn(...args) : first.context.region(() => fn(...args));
  };
}

function firstTensor(tree: unknown): Tensor | null {
  if (tree instanceof Tensor) return tree;
  if (tree === null || typeof tree !== 'object') return null;
  for (const each of Object.values(tree)) {
    const found = firstTensor(each);
    if (found !== null) return found;
  }
  return null;
}
