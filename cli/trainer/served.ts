// The checkpoint that a command serves, and the held-out texts that it is judged on.
import { readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { glob } from 'tinyglobby';
import { RustaError } from '../../schemas/errors.ts';
import type { HeldOut } from '../../trainer/eval/lm/probes.ts';
import type { Served } from '../../trainer/eval/lm/served.ts';
import { shippedCheckpoint } from '../checkpoint.ts';
import type { Args, Context, Flag } from '../command.ts';
import { deviceOf } from '../device.ts';
import { corpusOf } from './corpus.ts';

export const checkpointFlag: Flag = {
  name: 'checkpoint',
  kind: 'text',
  value: 'FILE',
  describe: 'an int8 checkpoint (the one that ships)',
};

/** Opens the device and the checkpoint; close `decoder.device` when done. */
export async function servedOf(args: Args, { cwd, terminal }: Context): Promise<Served> {
  const { serve } = await import('../../trainer/eval/lm/served.ts');
  const given = args.text('checkpoint');
  const device = await deviceOf(args, terminal);
  try {
    return await serve(device, given === null ? shippedCheckpoint() : resolve(cwd, given));
  } catch (error) {
    await device.close();
    throw error;
  }
}

/** Texts of a file or folder, or the code of the corpus's test split. */
export async function heldOutOf(args: Args, context: Context): Promise<readonly HeldOut[]> {
  const text = args.text('text');
  if (text !== null) return textsAt(resolve(context.cwd, text));
  const corpus = await corpusOf(args.text('data'), context);
  const { FileReader } = await import('../../trainer/collate/files.ts');
  const reader = new FileReader(corpus.files);
  const documents = [...corpus.of('test', 'code'), ...corpus.of('test', 'std')];
  const texts = documents.map(({ file, offset, bytes, path, source }) => {
    const into = new Uint8Array(bytes);
    reader.read(file, offset, into);
    return { file: `${source}/${path}`, text: Buffer.from(into).toString('utf8') };
  });
  reader.close();
  return texts;
}

/** @throws RustaError `no-text`. */
export async function textsAt(path: string): Promise<readonly HeldOut[]> {
  const found = await stat(path).catch(() => null);
  const files = found?.isDirectory()
    ? (await glob('**/*', { cwd: path, ignore: ['**/target/**', '**/node_modules/**'] })).sort()
    : found === null
      ? []
      : [''];
  const texts: HeldOut[] = [];
  for (const file of files) {
    const bytes = await readFile(file === '' ? path : join(path, file));
    if (bytes.length > 0 && !bytes.subarray(0, 8192).includes(0))
      texts.push({ file: file || path, text: bytes.toString('utf8') });
  }
  if (texts.length > 0) return texts;
  throw new RustaError(found === null ? `${path} is not there` : `${path} holds no text`, {
    code: 'no-text',
    op: 'eval',
    hint: 'give a file or a folder of texts',
    exit: 'usage',
  });
}
