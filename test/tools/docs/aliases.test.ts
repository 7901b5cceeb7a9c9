// Other systems' names for an item, as its sources give them.
import { aliasesIn, readAliases } from '../../../tools/docs/aliases.ts';
import { assert, test } from '../../support/harness.ts';

function aliases(source: string): Record<string, readonly string[]> {
  const found = new Map<string, string[]>();
  aliasesIn(source, found);
  return Object.fromEntries(found);
}

test('an alias belongs to the item beneath it, whatever stands between', () => {
  const source = `
    #[doc(alias = "mkdir", alias = "CreateDirectory")]
    #[doc(alias("make"))]
    #[stable(feature = "rust1", since = "1.0.0")]
    // a note
    pub const unsafe fn create_dir(path: &Path) {}
    fn bare() {}
    #[doc(alias = "vector")]
    pub struct Vec<T>(T);`;
  assert.equal(aliases(source), { create_dir: ['mkdir', 'CreateDirectory', 'make'], Vec: ['vector'] });
});

test('a symbol is no word, and an attribute above no item is nobody’s', () => {
  assert.equal(aliases('#[doc(alias = "..")]\npub struct RangeFull;'), {});
  assert.equal(aliases('#[doc(alias = "lost")]\nlet number = 3;\npub fn other() {}'), {});
});

test('without the rendered sources there are none', () => {
  assert.is(readAliases('/nowhere').size, 0);
});
