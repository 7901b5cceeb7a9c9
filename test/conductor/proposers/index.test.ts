import { readdirSync } from 'node:fs';
import { proposers, proposersFor } from '../../../conductor/proposers/index.ts';
import { assert, test } from '../../support/harness.ts';

test('every proposer file is in the table, under its own name', () => {
  const files = readdirSync(new URL('../../../conductor/proposers/', import.meta.url))
    .filter((name) => name.endsWith('.ts') && name !== 'index.ts')
    .map((name) => name.replace(/\.ts$/, ''));
  assert.equal(proposers.map((proposer) => proposer.name).sort(), files.sort());
});

test('every proposer has examples, but for the one that asks a model', () => {
  assert.equal(
    proposers.filter((proposer) => proposer.examples.length === 0).map(({ name }) => name),
    ['infill'],
  );
});

test('a code is answered by those that name it and by those that answer any', () => {
  const names = proposersFor({ code: 'E0425', class: 'resolution' }).map((proposer) => proposer.name);
  assert.ok(names.includes('suggestions') && names.includes('names-typos'));
  assert.not.ok(names.includes('syntax-delimiters'));
});
