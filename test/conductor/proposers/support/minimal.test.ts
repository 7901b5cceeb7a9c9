// What stands around a text that stays leaves as insertions; everything else as it came.
import { withInsertions } from '../../../../conductor/proposers/support/minimal.ts';
import type { Draft, ProposeInput } from '../../../../conductor/types.ts';
import { loadGrammar, SourceFile } from '../../../../tools/index/source.ts';
import { assert, test } from '../../../support/harness.ts';
import { exampleFile } from '../../../support/rustc.ts';

const text = 'fn f() -> R { total(a, b) + count }';

async function edits(...wanted: readonly (readonly [string, string])[]): Promise<[number, number, string][]> {
  await loadGrammar();
  const file = new SourceFile(exampleFile, text);
  const draft: Draft = {
    title: 'x',
    edits: wanted.map(([old, now]) => file.edit(text.indexOf(old), text.indexOf(old) + old.length, now)),
  };
  const proposer = withInsertions({ name: 'x', codes: 'any', propose: () => [draft], examples: [] });
  const [made] = await proposer.propose({ source: () => file } as unknown as ProposeInput);
  return (made as Draft).edits.map(({ start, end, text: now }) => [start, end, now]);
}

test('a wrapped expression is two insertions', async () => {
  assert.equal(await edits(['total(a, b)', 'Ok(total(a, b))']), [
    [14, 14, 'Ok('],
    [25, 25, ')'],
  ]);
});

test('what is put behind or before it is one', async () => {
  assert.equal(await edits(['count', 'count as u32']), [[33, 33, ' as u32']]);
  assert.equal(await edits(['count', '&count']), [[28, 28, '&']]);
});

test('another word, a short text, and insertions at one place stay as they came', async () => {
  assert.equal(await edits(['count', 'counter']), [[28, 33, 'counter']]);
  assert.equal(await edits(['+', '+ +']), [[26, 27, '+ +']]);
  assert.equal(await edits(['total', '&total'], ['total(a, b)', 'Ok(total(a, b))']).then((all) => all.length), 2);
});
