// Which tests reach a change: the state that is run to find out.
import { reachingState } from '../../conductor/coverage.ts';
import { CrateState, Snapshot } from '../../conductor/state.ts';
import { loadGrammar } from '../../tools/index/source.ts';
import { assert, test } from '../support/harness.ts';

test.before(loadGrammar);

function reaching(before: string, after: string): string | null {
  const snapshot = new Snapshot(new Map([['src/lib.rs', before]]));
  return reachingState(new CrateState(snapshot, new Map([['src/lib.rs', after]])))?.text('src/lib.rs') ?? null;
}

const two = (a: string, b: string): string => `fn a() -> u8 {\n    ${a}\n}\n\nfn b() -> u8 {\n    ${b}\n}\n`;

test('a panic stands at the start of the changed function, and of no other', () => {
  const text = reaching(two('1', '2'), two('1', '3'));
  assert.ok(text?.includes('fn b() -> u8 { panic!("reached");'));
  assert.not(text?.includes('fn a() -> u8 { panic!'));
});

test('two changed functions have one each', () => {
  assert.is(reaching(two('1', '2'), two('4', '3'))?.split('panic!').length, 3);
});

test('a change outside every body bears on everything: no state', () => {
  assert.is(reaching(two('1', '2'), `use std::fmt;\n${two('1', '2')}`), null);
  assert.is(reaching('struct S { a: u8 }\n', 'struct S { a: u16 }\n'), null);
});

test('a changed signature is outside the body', () => {
  assert.is(reaching('fn a(x: u8) -> u8 {\n    x\n}\n', 'fn a(x: &u8) -> u8 {\n    x\n}\n'), null);
});
