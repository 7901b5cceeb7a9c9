// Pages of documentation as cases.
import { blocksOf, likeness, pairsOf, program } from '../../datasets/docs.ts';
import { assert, test } from '../support/harness.ts';

const block = (words: string, text: string): string => `<pre><code class="language-rust ${words}">${text}</code></pre>`;
const page = `<html><main>${[
  block(
    'compile_fail E0382',
    '<span class="boring">fn main() {\n</span>let x = &amp;y;\n<span class="boring">}</span>',
  ),
  block('', 'fn main() { ok }'),
  block('compile_fail E0001 edition2018', 'let a;'),
  block('compile_fail E0002', 'let b;'),
  block('ignore', 'not run'),
  block('compile_fail,E0003', '#![feature(x)]\nlet c;'),
  '<pre><code class="language-console">$ rustc</code></pre>',
].join('')}</main></html>`;

test('blocks of Rust in order, hidden lines and entities included', () => {
  const blocks = blocksOf(page);
  assert.is(blocks.length, 6);
  assert.is(blocks[0]?.text, 'fn main() {\nlet x = &y;\n}');
  assert.ok(blocks[2]?.words.includes('edition2018') && blocks[5]?.words.includes('E0003'));
});

test('a failing block goes with the next one only where that compiles; nightly ones are left out', () => {
  assert.equal(pairsOf(blocksOf(page)), [
    { broken: 'fn main() {\nlet x = &y;\n}\n', follows: 'fn main() { ok }\n', code: 'E0382' },
    { broken: 'fn main() {\nlet a;\n}\n', follows: null, code: 'E0001' },
    { broken: 'fn main() {\nlet b;\n}\n', follows: null, code: 'E0002' },
  ]);
});

test('a block without main becomes the body of one, crate attributes outside', () => {
  assert.is(program('#![allow(x)]\nlet a = 1;'), '#![allow(x)]\nfn main() {\nlet a = 1;\n}\n');
  assert.is(program('fn main() {}'), 'fn main() {}\n');
});

test('likeness is the share of common lines', () => {
  assert.is(likeness('a\nb', 'a\nb'), 1);
  assert.is(likeness('a\nb', '  a\nc'), 0.5);
  assert.is(likeness('a', 'b'), 0);
  assert.is(likeness('a\na', 'a'), 2 / 3);
});
