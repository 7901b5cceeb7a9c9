// What a draft does to a field shorthand, against the text that is left.
import { withFieldNames } from '../../../../conductor/proposers/support/shorthand.ts';
import type { Draft, ProposeInput } from '../../../../conductor/types.ts';
import { loadGrammar, SourceFile } from '../../../../tools/index/source.ts';
import { assert, test } from '../../../support/harness.ts';
import { applyDraft } from '../../../support/propose.ts';
import { exampleFile } from '../../../support/rustc.ts';

const text = 'fn f(email: E) -> R { R { email, age: 3 } }';
const at = text.lastIndexOf('email');

async function after(...edits: readonly (readonly [number, number, string])[]): Promise<string> {
  await loadGrammar();
  const file = new SourceFile(exampleFile, text);
  const draft: Draft = { title: 'x', edits: edits.map(([start, end, now]) => file.edit(start, end, now)) };
  const proposer = withFieldNames({ name: 'x', codes: 'any', propose: () => [draft], examples: [] });
  const input = { source: () => file } as unknown as ProposeInput;
  const [named] = await proposer.propose(input);
  return applyDraft(text, named as Draft);
}

test('an expression in the place of a shorthand gets the name of its field', async () => {
  assert.is(await after([at, at + 5, 'email.cloned()']), text.replace('{ email,', '{ email: email.cloned(),'));
});

test('so does one that is made by inserting before or behind it, or both', async () => {
  assert.is(await after([at + 5, at + 5, '.clone()']), text.replace('{ email,', '{ email: email.clone(),'));
  assert.is(await after([at, at, '&']), text.replace('{ email,', '{ email: &email,'));
  assert.is(await after([at, at, 'Some('], [at + 5, at + 5, ')']), text.replace('{ email,', '{ email: Some(email),'));
});

test('another name, a written field and edits elsewhere stay as they are', async () => {
  assert.is(await after([at, at + 5, 'mail']), text.replace('{ email,', '{ mail,'));
  assert.is(await after([at, at + 5, 'email: mail']), text.replace('{ email,', '{ email: mail,'));
  const three = text.indexOf('3');
  assert.is(await after([three, three + 1, '&4']), text.replace('3', '&4'));
});
