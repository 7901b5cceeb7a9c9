// Source texts by content: what events refer to by hash. Which of them are still needed is purge.ts's business.
import { sha256 } from '../schemas/hash.ts';
import { damaged } from './faults.ts';
import { thisProcess } from './liveness.ts';
import type { Database } from './table.ts';

export interface BlobRecord {
  readonly bytes: Uint8Array;
  /** Process that stored it last: until its event is logged nothing else refers to it. */
  readonly by: string;
}

export interface Blobs {
  /** Stores a text (as UTF-8) or bytes and resolves to its sha256; storing it again costs a look-up. */
  putBlob(data: string | Uint8Array): Promise<string>;
  /** Throws `store-damaged` when the bytes are no longer those that were stored. */
  getBlob(sha: string): Uint8Array | undefined;
}

export function blobs(database: Database): Blobs {
  const by = thisProcess();
  const table = database.table<BlobRecord>('blobs');
  return {
    async putBlob(data) {
      const bytes = typeof data === 'string' ? Buffer.from(data) : data;
      const sha = sha256(bytes);
      if (table.get(sha)?.by !== by) await database.write(() => table.put(sha, { bytes, by }));
      return sha;
    },
    getBlob(sha) {
      const bytes = table.get(sha)?.bytes;
      if (bytes !== undefined && sha256(bytes) !== sha)
        throw damaged(database.dir, `the text ${sha} is not what was stored`);
      return bytes;
    },
  };
}
