// Golden entries: those committed keep their schema, hashes and patches, over all kinds of mistakes; a changed one does not.
import { fileURLToPath } from 'node:url';
import type { GoldenEntry } from '../../../schemas/types.ts';
import { entryFaults, provePatch } from '../../../trainer/eval/entries.ts';
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

test.needs(
  ['bubblewrap', 'cargo'],
  'a patch proves itself with its tests, and not where fewer pass than did',
  async () => {
    const { cases } = await readCases(folder);
    const one = cases.find(({ name }) => name === 'resolution-misspelt');
    assert.ok(one);
    if (one === undefined) return;
    const { signal } = new AbortController();
    assert.equal(await provePatch(one, signal), []);
    const entry = one.meta as unknown as GoldenEntry;
    const after = { passed: 2, failed: 0, ignored: 0 };
    const claimed = { ...entry, tests: { ...entry.tests, after } };
    assert.equal(await provePatch({ ...one, meta: claimed as never }, signal), ['1 of its tests pass, where 2 did']);
    // The same entry over a text whose test fails, taken for a proof of nothing changed.
    const failing = '#[test]\nfn holds() {\n    assert_eq!(1 + 1, 3);\n}\n';
    const untouched = { ...entry, patch: entry.patch && { ...entry.patch, files: [] } };
    const broken = new Map([...one.broken].map(([path]) => [path, Buffer.from(failing)]));
    assert.equal(await provePatch({ ...one, broken, meta: untouched as never }, signal), ['its test holds failed']);
  },
);
