// Golden entries: those committed keep their schema, hashes and patches, over all kinds of mistakes; a changed one does not.
import { fileURLToPath } from 'node:url';
import type { GoldenEntry } from '../../../schemas/types.ts';
import { entryFaults } from '../../../trainer/eval/entries.ts';
import { readCases } from '../../../trainer/eval/layout.ts';
import { assert, test } from '../../support/harness.ts';

const folder = fileURLToPath(new URL('../../../datasets/golden', import.meta.url));

test('every committed entry is whole', async () => {
  const { cases, misfits } = await readCases(folder);
  assert.equal(misfits, []);
  assert.ok(cases.length >= 20, `${cases.length} entries`);
  for (const one of cases) assert.equal(entryFaults(one), [], one.name);
  const classes = new Set(cases.flatMap(({ meta }) => (meta as unknown as GoldenEntry).classes));
  for (const one of [
    'borrow',
    'trait-bounds',
    'type-mismatch',
    'ownership',
    'visibility',
    'syntax',
    'lint',
    'resolution',
  ])
    assert.ok(classes.has(one as GoldenEntry['classes'][number]), `no entry of class ${one}`);
});

test('a text that is not what the episode started from, and a patch that does not fit, are found', async () => {
  const { cases } = await readCases(folder);
  const one = cases.find(({ kind }) => kind === 'file');
  assert.ok(one);
  if (one === undefined) return;
  const changed = { ...one, broken: new Map([...one.broken].map(([path]) => [path, Buffer.from('fn main() {}')])) };
  assert.match(entryFaults(changed).join(), /is not what the episode started from/);
  const entry = one.meta as unknown as GoldenEntry;
  const patch = entry.patch && {
    ...entry.patch,
    files: entry.patch.files.map((file) => ({
      ...file,
      edits: file.edits.map((edit) => ({ ...edit, new: `${edit.new} ` })),
    })),
  };
  assert.match(
    entryFaults({ ...one, meta: { ...entry, patch } as never }).join(),
    /does not give what the episode proved/,
  );
  assert.match(entryFaults({ ...one, meta: { v: 1 } as never }).join(), /episode/);
});
