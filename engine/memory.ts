// Who holds which buffer of a backend: tensors share buffers (a reshape), programs keep what they captured, scopes free what
// was made in them. A buffer goes back when its last holder lets go.
import { RustaError } from '../schemas/errors.ts';
import type { Backend, BufferId } from './backends/backend.ts';
import { byteLength, type TensorType, written } from './shape.ts';
import { type Context, Tensor } from './tensor.ts';

/** A buffer and the number of those who hold it. */
export interface Held {
  readonly buffer: BufferId;
  holders: number;
}

/** The tensors of one device. */
export class Memory {
  readonly #backend: Backend;
  readonly #context: Context;
  readonly #held = new Map<number, Held>();
  readonly #scopes: Set<number>[] = [];
  #next = 1;
  #closed = false;

  constructor(backend: Backend, context: Context) {
    this.#backend = backend;
    this.#context = context;
  }

  /** Tensors that are alive. */
  get count(): number {
    return this.#held.size;
  }

  /** @throws RustaError `out-of-memory`, with `label` as the one who asked. */
  allocate(type: TensorType, label: string): Held {
    // Buffers of no bytes are more than some backends can bind.
    const bytes = Math.max(4, Math.ceil(byteLength(type) / 4) * 4);
    return { buffer: this.#backend.allocate(bytes, `${label} ${written(type)}`), holders: 0 };
  }

  /** A tensor over a buffer; it belongs to the innermost scope. */
  tensor(type: TensorType, held: Held): Tensor {
    const id = this.#next;
    this.#next += 1;
    held.holders += 1;
    this.#held.set(id, held);
    this.#scopes.at(-1)?.add(id);
    return new Tensor(this.#context, { dtype: type.dtype, shape: [...type.shape] }, id);
  }

  /** The buffer of a tensor. @throws RustaError `tensor-freed`, `device-closed`. */
  of(tensor: Tensor, op: string): Held {
    const held = this.#held.get(tensor.id);
    if (held !== undefined) return held;
    if (this.#closed) throw new RustaError('the device was closed', { code: 'device-closed', op });
    throw new RustaError(`${written(tensor)} was freed with the scope that it was made in`, {
      code: 'tensor-freed',
      op,
      hint: 'return from device.scope what is used after it, or make it outside',
    });
  }

  free(tensor: Tensor): void {
    const held = this.#held.get(tensor.id);
    if (held === undefined) return;
    this.#held.delete(tensor.id);
    for (const scope of this.#scopes) scope.delete(tensor.id);
    this.drop(held);
  }

  drop(held: Held): void {
    held.holders -= 1;
    if (held.holders === 0 && !this.#closed) this.#backend.release(held.buffer);
  }

  /** Takes a tensor out of every scope: its owner frees it. */
  keep(tensor: Tensor): void {
    for (const scope of this.#scopes) scope.delete(tensor.id);
  }

  /** Opens a scope. What it gives back closes it: all tensors made since then are freed but those kept, which the next scope gets. */
  open(): (kept: readonly Tensor[]) => void {
    const scope = new Set<number>();
    this.#scopes.push(scope);
    return (kept) => {
      const place = this.#scopes.lastIndexOf(scope);
      const inner = this.#scopes.splice(place);
      const ids = new Set(kept.map(({ id }) => id));
      const outer = this.#scopes.at(-1);
      for (const id of inner.flatMap((each) => [...each])) {
        if (ids.has(id)) outer?.add(id);
        else {
          const held = this.#held.get(id) as Held;
          this.#held.delete(id);
          this.drop(held);
        }
      }
      if (inner.length > 1) {
        throw new RustaError('a scope ended before one that was opened in it', {
          code: 'scope-order',
          op: 'scope',
          hint: 'await each device.scope before the next: a device has one chain of scopes',
        });
      }
    };
  }

  /** Forgets all: the backend frees its buffers itself. */
  close(): void {
    this.#closed = true;
    this.#held.clear();
    for (const scope of this.#scopes) scope.clear();
  }
}
