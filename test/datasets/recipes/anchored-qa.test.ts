// Anchored questions: the answer is the span, the span resolves, and pages of other books give none.
import { questionsOf } from '../../../datasets/recipes/anchored-qa.ts';
import { resolveAnchor } from '../../../tools/docs/anchor.ts';
import { extractPage, type Page } from '../../../tools/docs/extract.ts';
import { assert, test } from '../../support/harness.ts';

const html = `<section id="main-content"><h1>Struct Heap</h1>
<div class="docblock"><p>A heap that keeps its largest item first.</p></div>
<section id="method.pop"><h4 class="code-header">pub fn pop(&amp;mut self) -> T</h4></section>
<div class="docblock"><p>Removes the largest item of the heap.</p><p>Returns the item that was removed last.</p>
<h5 id="panics">Panics</h5><p>Panics if the heap holds no items at all.</p></div></section>`;

test('what an item does, returns and when it panics, each with an anchor that gives the answer', () => {
  const page = extractPage('std/heap/struct.Heap.html', html) as Page;
  const made = questionsOf(page);
  assert.equal(
    made.map(({ question, answer }) => [question, answer]),
    [
      ['What is `std::heap::Heap`, or what does it do?', 'A heap that keeps its largest item first.'],
      ['What is `std::heap::Heap::pop`, or what does it do?', 'Removes the largest item of the heap.'],
      ['When does `std::heap::Heap::pop` panic?', 'Panics if the heap holds no items at all.'],
      ['What does `std::heap::Heap::pop` return?', 'Returns the item that was removed last.'],
    ],
  );
  for (const { anchor, answer } of made) {
    const found = resolveAnchor(anchor, page.text);
    assert.is(found.state === 'lost' ? '' : found.text, answer);
  }
  assert.equal(questionsOf(page), made);
});

test('a page of another book gives none', () => {
  const page = extractPage(
    'book/x.html',
    '<main><h1 id="a">A</h1><p>One must never do this, always.</p></main>',
  ) as Page;
  assert.equal(questionsOf(page), []);
});
