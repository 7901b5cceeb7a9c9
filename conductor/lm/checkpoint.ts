// Whether a checkpoint is there and could be what it should: the first by its header alone, since a fix does not wait for more.
import { fileSource } from '../../engine/checkpoint/bytes.ts';
import { Safetensors } from '../../engine/checkpoint/safetensors.ts';
import { RustaError } from '../../schemas/errors.ts';

/** @throws RustaError `checkpoint-missing`, `checkpoint-corrupt`: its header, or its length. */
export async function checkHeader(path: string): Promise<void> {
  const source = await fileSource(path);
  try {
    await Safetensors.open(source);
  } finally {
    await source.close();
  }
}

/**
 * What it is, in a few words; every byte is compared with its digest.
 * @throws RustaError `checkpoint-missing`, `checkpoint-corrupt`, `checkpoint-kind`, `config-invalid`, `config-mismatch`.
 */
export async function describeCheckpoint(path: string): Promise<string> {
  const [{ loadQuantised, openByteLm }, { parameterCount }] = await Promise.all([
    import('../../engine/checkpoint/byteLm.ts'),
    import('../../engine/model/config.ts'),
  ]);
  const source = await fileSource(path);
  try {
    const file = await openByteLm(source);
    if (file.storage.size === 0)
      throw new RustaError(`${path} holds floats`, {
        code: 'checkpoint-kind',
        op: 'read the checkpoint',
        hint: 'quantise it: trainer export FILE --out S0.safetensors',
      });
    const { config } = await loadQuantised(file);
    return `${(parameterCount(config) / 1e6).toFixed(1)}M parameters in int8, ${path}`;
  } finally {
    await source.close();
  }
}
