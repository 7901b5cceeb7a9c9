// A file of 100,000 lines: what is done for one candidate costs what the candidate changes, in time and in memory.

import { inspect } from '../../conductor/guard.ts';
import { changedLines } from '../../conductor/propose.ts';
import { CrateState, Snapshot } from '../../conductor/state.ts';
import { loadGrammar, SourceFile } from '../../tools/index/source.ts';
import { assert, test } from '../support/harness.ts';
import { broken, Place, says } from './support.ts';

const functions = Array.from(
  { length: 25_000 },
  (_, n) => `pub fn f${n}(x: u32) -> u32 {\n    let y = x + ${n};\n    y * 2\n}\n`,
);
const text = functions.join('') + broken;

test.before(loadGrammar);

/** Bytes of the parser's WebAssembly memory: trees lie there, and no collector's mood shows in it. */
function parserBytes(): number {
  const { external, arrayBuffers } = process.memoryUsage();
  return external - arrayBuffers;
}

test('forty candidates are guarded in less time than four parses of the file, and leave no trees behind', () => {
  const state = new CrateState(new Snapshot(new Map([['src/lib.rs', text]])));
  const source = state.source('src/lib.rs') as SourceFile;
  const began = performance.now();
  assert.is(source.root.hasError, false);
  const parse = performance.now() - began;
  const at = text.indexOf('smu');
  const held = parserBytes();
  const start = performance.now();
  for (let n = 0; n < 40; n++) {
    const edit = source.edit(at, at + 3, `sum + v${n}`);
    const after = state.edited([edit]);
    assert.is(changedLines(state, after), 1);
    const changed = new SourceFile('src/lib.rs', after.text('src/lib.rs') as string, source);
    const looked = inspect(source, changed, [edit], []);
    changed.dispose();
    assert.is(looked.refusal, null);
  }
  const each = (performance.now() - start) / 40;
  assert.ok(each < parse / 2, `${each} ms for a candidate, ${parse} ms for a parse`);
  const grown = (parserBytes() - held) / 1e6;
  assert.ok(grown < 30, `${grown} MB more`);
});

test('a text parsed from the tree before is the tree of that text', () => {
  const before = new SourceFile('a.rs', text);
  const changed = text.replace('smu', 'if sum > 3 { "é🦀" } else { sum }').replace('let y = x + 7;', '');
  const root = (file: SourceFile): string => file.root.descendantsOfType(['function_item']).at(-2)?.toString() ?? '';
  assert.is(root(new SourceFile('a.rs', changed, before)), root(new SourceFile('a.rs', changed)));
});

test.needs(['bubblewrap', 'cargo'], 'the one error in it is found', async () => {
  const place = new Place();
  try {
    place.crate('large', { 'src/lib.rs': text });
    says(await place.fix('large', '--check'), 1, /src\/lib\.rs:100004:5: E0425 cannot find value `smu`/);
  } finally {
    place.remove();
  }
});
