// The byte language model in a fix: the checkpoint that ships is loaded by its thread and asked; one that is missing, cut short or
// damaged leaves the fix to the table, and the user is told.
import { copyFile, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { shippedCheckpoint } from '../../../cli/checkpoint.ts';
import { ByteLmThread } from '../../../conductor/lm/byte-lm.ts';
import { checkHeader, describeCheckpoint } from '../../../conductor/lm/checkpoint.ts';
import type { EpisodeEvent } from '../../../schemas/types.ts';
import { Workshop } from '../../support/fix.ts';
import { assert, test } from '../../support/harness.ts';

const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text));
const broken = 'pub fn size(names: &[String]) -> usize {\n    let total = nmaes.len();\n    total + names.len()\n}\n';

let shop: Workshop;
let folder = '';
test.before(async () => {
  shop = await Workshop.open();
  folder = await mkdtemp(join(tmpdir(), 'rusta-lm-'));
});
test.after(async () => {
  await shop.close();
  await rm(folder, { recursive: true, force: true });
});

test('the model that ships finds what is written likelier than a slip, and writes what ends a line', async () => {
  const model = new ByteLmThread(shippedCheckpoint(), 'wasm');
  const prompt = Uint8Array.from([0xc0, ...bytes('fn size(names: &[String]) -> usize {\n    let total = ')]);
  const [[right, wrong] = []] = await model.score([
    { prompt, texts: [bytes('names.len();\n'), bytes('nmaes.len();\n')] },
  ]);
  assert.ok((right as number) > (wrong as number), `${right} > ${wrong}`);
  const hole = { prefix: bytes('fn one() -> u32 {\n    '), suffix: bytes('\n}\n'), most: 64, count: 2 };
  for (const text of await model.fill(hole)) assert.ok(!text.includes('\n'), text);
  await model.close();
  await model.score([]).then(
    () => assert.unreachable(),
    (error: Error) => assert.match(error.message, /does not answer/),
  );
});

function warnings(events: readonly EpisodeEvent[]): string {
  return events.flatMap((event) => (event.type === 'notice' ? [event.message] : [])).join('\n');
}

test.needs('bubblewrap', 'with the model a fix says so, logs what it found, and can be replayed', async () => {
  const path = await shop.crate('with-model', { 'src/lib.rs': broken });
  const model = { checkpoint: shippedCheckpoint(), device: 'wasm', ranks: true, infills: false } as const;
  const { result, events } = await shop.fix(path, {}, { model });
  assert.is(result.bundle?.files[0]?.path, 'src/lib.rs', result.reason);
  const [start] = events;
  assert.is(start?.type === 'start' && start.subject.policy, 'bytelm');
  assert.not.match(warnings(events), /byte language model/);
});

test.needs('bubblewrap', 'without its checkpoint a fix runs on the table, and says why', async () => {
  const path = await shop.crate('no-model', { 'src/lib.rs': broken });
  const model = { checkpoint: join(folder, 'none.safetensors'), device: 'wasm', ranks: true, infills: true } as const;
  const { result, events } = await shop.fix(path, {}, { model });
  assert.ok(result.bundle, result.reason);
  const [start] = events;
  assert.is(start?.type === 'start' && start.subject.policy, 'prior');
  assert.match(warnings(events), /ranked by the table.*none\.safetensors/);
});

test('a checkpoint that is no checkpoint, or was cut short, is told as such', async () => {
  const whole = await readFile(shippedCheckpoint());
  for (const [name, content] of [
    ['text', Buffer.from('version https://git-lfs.github.com/spec/v1\n')],
    ['torn', whole.subarray(0, whole.length >> 1)],
    ['empty', Buffer.alloc(0)],
  ] as const) {
    const checkpoint = join(folder, name);
    await writeFile(checkpoint, content);
    for (const look of [checkHeader, describeCheckpoint])
      await look(checkpoint).then(
        () => assert.unreachable(name),
        (error: Error & { code?: string }) => assert.is(error.code, 'checkpoint-corrupt', name),
      );
  }
});

test('a damaged byte is found before anything is scored', async () => {
  const checkpoint = join(folder, 'damaged');
  await copyFile(shippedCheckpoint(), checkpoint);
  const file = await open(checkpoint, 'r+');
  const { size } = await file.stat();
  await file.write(Buffer.from('damage'), 0, 6, size >> 1);
  await file.close();
  await checkHeader(checkpoint);
  const model = new ByteLmThread(checkpoint, 'wasm');
  await model.score([{ prompt: Uint8Array.of(0xc0), texts: [bytes('fn'), bytes('nf')] }]).then(
    () => assert.unreachable(),
    (error: Error) => assert.match(error.message, /SHA-256/),
  );
  await model.close();
});
