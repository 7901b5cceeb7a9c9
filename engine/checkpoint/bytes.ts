// Where a checkpoint is read from and written to: positioned reads of a file or of memory, writes in order. Nothing here
// knows the format. Node's file system is asked for when a path is opened, so that a page can bundle this file.
import type { FileHandle } from 'node:fs/promises';
import { RustaError } from '../../schemas/errors.ts';

export interface ByteSource {
  /** Told in errors. */
  readonly name: string;
  readonly bytes: number;
  /** Exactly `length` bytes. @throws RustaError `checkpoint-corrupt` where the source ends before. */
  read(position: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
  close(): Promise<void>;
}

export function memorySource(data: Uint8Array, name = 'checkpoint'): ByteSource {
  return {
    name,
    bytes: data.length,
    read: async (position, length) => {
      if (position + length > data.length) throw ended(name, position, length, data.length);
      return data.slice(position, position + length);
    },
    close: async () => {},
  };
}

/**
 * A file in Node.
 * @throws RustaError `checkpoint-missing`, or `no-files` in a page.
 */
export async function fileSource(path: string): Promise<ByteSource> {
  const { open } = files();
  let file: FileHandle;
  try {
    file = await open(path, 'r');
  } catch (cause) {
    throw new RustaError(`${path}: ${(cause as NodeJS.ErrnoException).code ?? String(cause)}`, {
      code: 'checkpoint-missing',
      op: 'read the checkpoint',
      hint: 'check the path; the file must be readable',
      cause,
    });
  }
  const { size } = await file.stat();
  return {
    name: path,
    bytes: size,
    read: async (position, length) => {
      const buffer = new Uint8Array(length);
      let done = 0;
      while (done < length) {
        const { bytesRead } = await file.read(buffer, done, length - done, position + done);
        if (bytesRead === 0) throw ended(path, position, length, size);
        done += bytesRead;
      }
      return buffer;
    },
    close: () => file.close(),
  };
}

function ended(name: string, position: number, length: number, bytes: number): RustaError {
  return new RustaError(`${name}: bytes ${position} to ${position + length} of ${bytes}: it was cut short`, {
    code: 'checkpoint-corrupt',
    op: 'read the checkpoint',
    hint: 'the file was cut short; get it again',
  });
}

/** Takes bytes in order. */
export type ByteSink = (bytes: Uint8Array) => Promise<void>;

/**
 * Writes a file at once or not at all: beside its place first, flushed, then renamed over it.
 * @throws what the file system threw, after the half-written file was removed.
 */
export async function replaceFile(path: string, write: (sink: ByteSink) => Promise<void>): Promise<void> {
  const { open, rename, rm } = files();
  const fresh = `${path}.${process.pid}.tmp`;
  try {
    const file = await open(fresh, 'w');
    try {
      await write(async (bytes) => {
        for (let done = 0; done < bytes.length; ) done += (await file.write(bytes, done)).bytesWritten;
      });
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(fresh, path);
  } catch (error) {
    await rm(fresh, { force: true });
    throw error;
  }
}

function files(): typeof import('node:fs/promises') {
  const get = typeof process === 'undefined' ? undefined : process.getBuiltinModule;
  if (get === undefined) {
    throw new RustaError('there are no files here', {
      code: 'no-files',
      op: 'open a file',
      hint: 'fetch the bytes and pass them to memorySource',
    });
  }
  return get('node:fs/promises');
}
