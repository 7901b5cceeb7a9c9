// Warnings that come of a change: those in the functions that it touches.
import { CrateState, Snapshot } from '../../conductor/state.ts';
import { warnedIn } from '../../conductor/warned.ts';
import { loadGrammar } from '../../tools/index/source.ts';
import { assert, test } from '../support/harness.ts';

const path = 'src/lib.rs';
const before = 'fn a() -> u8 {\n    let total = 1;\n    totl\n}\nfn b() {\n    let spare = 2;\n}\n';
const after = before.replace('totl', '7');
const state = new CrateState(new Snapshot(new Map([[path, before]])), new Map([[path, after]]));
const told = (word: string, file = path) => ({ code: 'unused_variables', file, start: after.indexOf(word) });

test.before(loadGrammar);

test('a warning in the function that changed counts, one elsewhere does not', () => {
  assert.is(warnedIn(state, [told('total')]), 1);
  assert.is(warnedIn(state, [told('spare')]), 0);
  assert.is(warnedIn(state, [told('total', 'src/main.rs')]), 0);
  assert.is(warnedIn(state, []), 0);
});
