// Which item a place in a source names.
import { importedIn, itemAt } from '../../../tools/docs/item-at.ts';
import { crateNamesIn } from '../../../tools/docs/third-party.ts';
import { assert, test } from '../../support/harness.ts';

const text = `use std::collections::{HashMap as Map, hash_map};
use std::mem;
fn main() {
    let mut map = Map::new(); // Vec::new
    mem::take(&mut map);
    println!("{}", x.as_deref());
    let y = 1;
}`;

test('paths are read with the use lines of the file', () => {
  assert.is(itemAt(text, 4, 20), 'std::collections::HashMap');
  assert.is(itemAt(text, 4, 25), 'std::collections::HashMap::new');
  assert.is(itemAt(text, 5, null), 'std::mem::take');
});

test('macros and methods by their own name', () => {
  assert.is(itemAt(text, 6, 6), 'println!');
  assert.is(itemAt(text, 6, 24), 'as_deref');
});

test('comments, strings and places that name nothing', () => {
  assert.is(itemAt(text, 4, 36), null);
  assert.is(itemAt(text, 7, null), null);
  assert.is(itemAt(text, 99, null), null);
});

test("names of other people's crates, not words that are also Rust's", () => {
  assert.equal(
    crateNamesIn('How do I spawn a task in tokio with async_trait?', () => 100),
    ['tokio', 'async_trait'],
  );
  assert.equal(
    crateNamesIn('log the time of bytes in a url', () => 100),
    [],
  );
  // A name of the long list counts where the documentation hardly has it as a word.
  assert.equal(
    crateNamesIn('ahash or paste?', () => 0),
    ['ahash', 'paste'],
  );
  assert.equal(
    crateNamesIn('ahash or paste?', () => 3),
    [],
  );
});

test('imports of std are read out of their braces; those of other crates are not', () => {
  const uses =
    'use std::{fmt, io::{self, Read as R}};\nuse serde::Serialize;\n  pub use core::mem::*;\nuse alloc::vec::Vec;\n';
  assert.equal(importedIn(uses), ['std::fmt', 'std::io', 'std::io::Read', 'alloc::vec::Vec']);
  assert.equal(importedIn('fn main() {}'), []);
});

test('a word of English that is also a crate declines nothing', () => {
  assert.equal(
    crateNamesIn('which of either way', () => 0),
    [],
  );
});
