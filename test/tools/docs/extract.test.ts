// Pages as text: books, API pages, sources, and HTML that lies.
import fc from 'fast-check';
import { apiPath, extractPage, extractSource, resolveLink } from '../../../tools/docs/extract.ts';
import { assert, test } from '../../support/harness.ts';

const book = (inner: string): string =>
  `<html><body><nav>menu</nav><main>${inner}</main><footer>foot</footer></body></html>`;
const api = (inner: string): string =>
  `<html><body><section id="main-content" class="content"><h1>Struct <span>Heap</span><button>Copy item path</button></h1>${inner}</section></body></html>`;

test('a chapter becomes sections with title paths, code in fences, nothing of the frame', () => {
  const page = extractPage(
    'book/x.html',
    book(
      '<h1 id="own"><a class="header">Owning</a></h1><p>One <code>owner</code>,\nno more.</p><ul><li>first</li><li>second</li></ul>' +
        '<h2 id="move">Moves</h2><pre><code class="language-rust compile_fail,E0382"><span class="boring">fn main() {\n</span>let b = a;\n<span class="boring">}</span></code></pre><p>See <a href="../nomicon/drop.html#x">drop</a>.</p>',
    ),
  );
  assert.is(page?.title, 'Owning');
  assert.is(
    page?.text,
    '# Owning\n\nOne `owner`, no more.\n\n- first\n- second\n\n## Moves\n\n```rust\nlet b = a;\n```\n\nSee drop.\n',
  );
  assert.equal(
    page?.sections.map(({ id, titles, fails, links }) => ({ id, titles, fails, links })),
    [
      { id: 'own', titles: ['Owning'], fails: [], links: [] },
      {
        id: 'move',
        titles: ['Owning', 'Moves'],
        fails: ['E0382'],
        links: [{ to: 'nomicon/drop.html#x', text: 'See drop.' }],
      },
    ],
  );
  for (const { start, end, titles } of page?.sections ?? [])
    assert.ok(page?.text.slice(start, end).startsWith(`${'#'.repeat(titles.length)} ${titles.at(-1)}`));
});

test('an API page has a section an item; what other pages say is left out; nightly items are marked', () => {
  const page = extractPage(
    'std/heap/struct.Heap.html',
    api(
      '<details><div class="docblock"><p>A heap.</p><h2 id="examples">Examples</h2><p>None.</p><h2 id="order">Order</h2><p>Max first.</p></div></details>' +
        '<section id="method.push"><span class="rightside">1.0.0</span><h4 class="code-header">pub fn push(&amp;mut self, item: T)</h4></section><div class="docblock"><p>Pushes.</p></div>' +
        '<section id="method.soon"><h4 class="code-header">pub fn soon(&amp;self)</h4></section><span class="item-info"><div class="stab unstable">This is a nightly-only experimental API.</div></span>' +
        '<h2 id="trait-implementations">Trait Implementations</h2><section id="method.clone"><h4 class="code-header">fn clone()</h4></section>',
    ),
  );
  assert.is(page?.title, 'std::heap::Heap');
  assert.is(page?.item, 'struct');
  assert.equal(
    page?.sections.map(({ id, titles, kind, unstable }) => [id, titles.join(' '), kind, unstable]),
    [
      ['', 'std::heap::Heap', 'section', false],
      ['order', 'std::heap::Heap Order', 'section', false],
      ['method.push', 'std::heap::Heap push', 'item', false],
      ['method.soon', 'std::heap::Heap soon', 'item', true],
    ],
  );
  assert.match(page?.text ?? '', /### pub fn push\(&mut self, item: T\)\n\nPushes\./);
  assert.not.match(page?.text ?? '', /clone|Copy item path|1\.0\.0/);
});

test('a rendered source turns back into the file', () => {
  const html =
    '<main><pre class="rust"><code><a href=#1 id=1 data-nosnippet>1</a><span class="kw">fn </span>a&lt;T&gt;() {\n<a href=#2 id=2 data-nosnippet>2</a>}\n</code></pre></main>';
  assert.is(extractSource(html), 'fn a<T>() {\n}\n');
  assert.is(extractSource('<main>no source</main>'), null);
});

test('names of API pages and links', () => {
  assert.equal(apiPath('std/vec/struct.Vec.html'), { title: 'std::vec::Vec', item: 'struct' });
  assert.equal(apiPath('std/macro.vec.html'), { title: 'std::vec!', item: 'macro' });
  assert.equal(apiPath('std/primitive.str.html'), { title: 'str', item: 'primitive' });
  assert.equal(apiPath('std/fs/index.html'), { title: 'std::fs', item: 'mod' });
  assert.is(apiPath('book/ch01.html'), null);
  assert.is(resolveLink('book/a/b.html', '../c.html#x'), 'book/c.html#x');
  assert.is(resolveLink('book/a.html', 'https://doc.rust-lang.org/stable/std/index.html'), 'std/index.html');
  for (const href of ['#here', 'https://example.org', 'mailto:a@b', ''])
    assert.is(resolveLink('book/a.html', href), null);
});

test('HTML that lies gives a page or none, and sections that lie within it', () => {
  const broken = '<main><h1 id="a">A<p>text<h2 id="b">B<pre>code<section id="method.x"><h4 class="code-header">fn x()';
  const piece = fc.constantFrom(
    '<main>',
    '</main>',
    '<h1 id="a">',
    '</h1>',
    '<p>',
    '</p>',
    '<pre>',
    '<code>',
    '</pre>',
    '<li>',
    '<ul>',
    '</ul>',
    '<section id="method.q">',
    '<table><tr><td>',
    'text. ',
    '&lt;',
    '\u0000',
    '<a href="../../../../etc">',
    '<!--',
    ']]>',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
      for (const html of [pieces.join(''), broken.slice(0, pieces.length * 3)]) {
        const page = extractPage('book/x.html', html);
        if (page === null) continue;
        let last = 0;
        for (const { start, end } of page.sections) {
          assert.ok(start >= last && start < end && end <= page.text.length);
          last = end;
        }
      }
    }),
  );
});
