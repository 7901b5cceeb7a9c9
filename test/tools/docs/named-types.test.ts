// Types that a question names, and the pages that they stand for.
import { pagesNamedIn } from '../../../tools/docs/index/named-types.ts';
import { assert, test } from '../../support/harness.ts';

function named(question: string, page: string): boolean {
  return pagesNamedIn(question).some((pattern) => pattern.test(page));
}

test('a type by an ordinary word, whichever of its pages', () => {
  assert.ok(named('cut a text in two', 'std/primitive.str.html'));
  assert.ok(named('entries of a hash map', 'std/collections/hash_map/struct.HashMap.html'));
  assert.ok(named('how large is a file', 'std/fs/struct.Metadata.html'));
  assert.not.ok(named('cut a text in two', 'std/cell/struct.Cell.html'));
});

test('a word within another names nothing; neither does a question without a type', () => {
  assert.not.ok(named('what is set up by reset', 'std/primitive.str.html'));
  assert.not.ok(named('the context of a profile', 'std/fs/struct.File.html'));
  assert.equal(pagesNamedIn('leave the outer loop'), []);
});
