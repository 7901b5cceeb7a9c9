// The caller's side of the backend's one queue. Two ways lead to the lanes: a ring in shared memory (ring-queue.ts), and
// messages where memory cannot be shared (message-queue.ts). Addresses are the backend's; no buffer is known here.
import { RustaError } from '../../../schemas/errors.ts';

export interface Queue {
  /** Bytes of memory there are. */
  readonly bytes: number;
  /** Makes memory at least `end` bytes long. @returns false where the machine refuses. */
  grow(end: number): boolean;
  /** An executable's code, by number. */
  define(id: number, code: Int32Array<ArrayBuffer>): void;
  /** A command, as control.ts says, its length included. */
  push(words: readonly number[]): void;
  /** Queues a copy of `data`, which may be changed afterwards. */
  write(address: number, data: Uint8Array): void;
  /** The bytes as they are once all before is done. @throws RustaError what went wrong up to there. */
  read(address: number, bytes: number): Promise<Uint8Array<ArrayBuffer>>;
  close(): Promise<void>;
}

/** Where a kernel failed, as a message names it: the op, by executable and instruction. */
export type Where = (executable: number, instruction: number) => string;

export function kernelFailed(where: string, why: string): RustaError {
  return new RustaError(`a kernel failed: ${why}`, {
    code: 'kernel-failed',
    op: where,
    hint: 'this is a defect of the engine; open a new device to go on',
  });
}

export function workerDied(lane: number, lanes: number, why: string): RustaError {
  return new RustaError(`worker ${lane + 1} of ${lanes} died: ${why}`, {
    code: 'worker-died',
    op: 'read',
    hint: 'what the device held is lost; open a new one',
  });
}

export function deviceClosed(op: string): RustaError {
  return new RustaError('the device was closed', {
    code: 'device-closed',
    op,
    hint: 'open a new one with openDevice, or close it after the last use',
  });
}

/** A promise and its ends. */
export interface Pending {
  readonly promise: Promise<Uint8Array<ArrayBuffer>>;
  resolve(data: Uint8Array<ArrayBuffer>): void;
  reject(error: unknown): void;
}

export function pending(): Pending {
  let ends: Omit<Pending, 'promise'> | null = null;
  const promise = new Promise<Uint8Array<ArrayBuffer>>((resolve, reject) => {
    ends = { resolve, reject };
  });
  return { promise, ...(ends as unknown as Omit<Pending, 'promise'>) };
}
