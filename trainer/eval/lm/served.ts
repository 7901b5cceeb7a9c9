// A checkpoint as it is served: int8 on a device, ready to decode. Which one, and what is asked of it, is the caller's.
import { loadQuantised, openByteLm, type Provenance } from '../../../engine/checkpoint/byteLm.ts';
import { fileSource } from '../../../engine/checkpoint/bytes.ts';
import type { Device } from '../../../engine/device.ts';
import { Decoder } from '../../../engine/generate/decoder.ts';
import { shortHash } from '../../../schemas/hash.ts';

export interface Served {
  readonly decoder: Decoder;
  readonly provenance: Provenance;
  readonly path: string;
  /** Of its weights: the same in every copy. */
  readonly id: string;
}

/** @throws RustaError `checkpoint-missing`, `checkpoint-corrupt`. */
export async function serve(device: Device, path: string, sequences: number = 8): Promise<Served> {
  const source = await fileSource(path);
  try {
    const file = await openByteLm(source);
    const decoder = new Decoder(device, await loadQuantised(file), { sequences });
    const { metadata } = file.file;
    return {
      decoder,
      provenance: file.provenance,
      path,
      id: shortHash(metadata.sha256 ?? path, metadata.config ?? ''),
    };
  } finally {
    await source.close();
  }
}
