// What the user kept, took back or passed over is known by content: the same kind of repair of the same kind of error,
// wherever it stands and whatever its names are.
import { deedOf, habitOf, noteApplied, noteRolledBack, shapeOf, situationOf } from '../../conductor/habits.ts';
import type { Diagnostic, Edit, PatchBundle } from '../../schemas/types.ts';
import { Workshop } from '../support/fix.ts';
import { assert, test } from '../support/harness.ts';
import { diagnose } from '../support/rustc.ts';

let shop: Workshop;
test.before(async () => {
  shop = await Workshop.open();
});
test.after(() => shop.close());

const edits = (...texts: readonly string[]): Edit[] =>
  texts.map((text, index) => ({ file: 'src/lib.rs', start: index * 100, end: index * 100, text }));

test('one kind of repair has one shape, however it is cut into edits and whatever it is about', () => {
  for (const same of [
    [['.to_string()'], ['"abc".to_string()'], ['other.to_string()']],
    [['String::from(', ')'], ['String::from("abc")'], ['String::from(name)']],
    [['use std::fmt;\n'], ['use std::collections::HashMap;\n\n'], ['use crate::shapes::Circle;']],
    [['std::fmt'], ['std::collections::hash_map']],
    [['&'], ['&name'], ['&values']],
    [['let mut count = 0;'], ['let mut sum = 10;']],
  ])
    assert.is(new Set(same.map((texts) => shapeOf(edits(...texts)))).size, 1, JSON.stringify(same));
});

test('other kinds have other shapes', () => {
  const kinds = [
    ['.to_string()'],
    ['.into()'],
    ['String::from(', ')'],
    ['.clone()'],
    ['&'],
    ['&mut '],
    ['*'],
    [''],
    ['', ''],
    ['use std::fmt;'],
    ['std::fmt'],
    ['println!'],
    ['vec!'],
    ['Some(', ')'],
    ['Ok(', ')'],
    ['pub '],
  ];
  assert.is(new Set(kinds.map((texts) => shapeOf(edits(...texts)))).size, kinds.length);
});

async function firstError(text: string): Promise<Diagnostic> {
  return (await diagnose(text)).find(({ level }) => level === 'error') as Diagnostic;
}

test.needs('cargo', 'a situation is the error without its names, and with the types that it expects', async () => {
  const situation = async (text: string): Promise<string> => situationOf(await firstError(text));
  const moved = 'pub fn f(a: String) -> (String, usize) {\n    let b = a;\n    (b, a.len())\n}\n';
  const elsewhere =
    '// A line.\npub fn g(x: u8, name: String) -> usize {\n    let y = name;\n    y.len() + name.len() + x as usize\n}\n';
  assert.is(await situation(moved), await situation(elsewhere));
  const text = await situation('pub fn f() -> String { "a" }\n');
  assert.is(text, await situation('\npub fn text() -> String {\n    "another"\n}\n'));
  assert.is.not(text, await situation('pub fn f() -> u8 { "a" }\n'));
  assert.is.not(text, await situation(moved));
});

test.needs('cargo', 'a deed is the same wherever the error stands, and another for another edit', async () => {
  const text = 'pub fn f() -> String { "a" }\n';
  const deed = async (source: string, shift: number, put: string): Promise<string> => {
    const error = await firstError(source);
    const at = Buffer.from(source).indexOf('"a"') + shift;
    return deedOf(error, { edits: [{ file: 'src/lib.rs', start: at, end: at, text: put }] });
  };
  const here = await deed(text, 3, '.to_string()');
  assert.is(here, await deed(`// Lower down.\n\n${text}`, 3, '.to_string()'));
  assert.is.not(here, await deed(text, 3, '.into()'));
  assert.is.not(here, await deed(text, 0, '.to_string()'));
});

const first = `pub fn total(values: Vec<i32>) -> i32 {
    values.iter().sum()
}

pub fn report() -> (i32, usize) {
    let values = vec![1, 2, 3];
    let sum = total(values);
    (sum, values.len())
}

#[cfg(test)]
mod tests {
    #[test]
    fn reports() {
        assert_eq!(super::report(), (6, 3));
    }
}
`;
/** The same mistake with other names in another place. */
const second = `// Lengths of words.
pub fn longest(words: Vec<String>) -> usize {
    words.iter().map(String::len).max().unwrap_or(0)
}

pub fn summary(text: &str) -> (usize, usize) {
    let words: Vec<String> = text.split(' ').map(str::to_owned).collect();
    let most = longest(words);
    (most, words.len())
}

#[cfg(test)]
mod tests {
    #[test]
    fn sums_up() {
        assert_eq!(super::summary("a bcd"), (3, 2));
    }
}
`;

async function chosen(name: string, text: string): Promise<PatchBundle> {
  const { result } = await shop.fix(await shop.crate(name, { 'src/lib.rs': text }));
  assert.ok(result.bundle, result.reason);
  return result.bundle;
}

test.needs(
  ['bubblewrap', 'cargo'],
  'what was taken back is not the first thing offered again, elsewhere either',
  async () => {
    const before = await chosen('undone', first);
    assert.match(before.diff, /^\+.*total\(values\.clone\(\)\)/m);
    await noteApplied(shop.store, before);
    await noteRolledBack(shop.store, before);
    const again = await chosen('undone', first);
    assert.not.match(again.diff, 'clone');
    const elsewhere = await chosen('undone', second);
    assert.not.match(elsewhere.diff, 'clone');
    const inAnother = await chosen('fresh', second);
    assert.match(inAnother.diff, /^\+.*longest\(words\.clone\(\)\)/m);
  },
);

test.needs(
  ['bubblewrap', 'cargo'],
  'of several repairs that hold, the kind that was kept before comes first',
  async () => {
    const { root, fixes } = await chosen('kept', first);
    const [{ habit } = { habit: undefined }] = fixes;
    const borrows = habitOf(await firstError(first), edits('&', '&values'));
    assert.is(habit?.situation, borrows.situation);
    for (let n = 0; n < 3; n++) await shop.store.noteHabits(root, { kept: [borrows] });
    const now = await chosen('kept', second);
    assert.match(now.diff, /^\+.*words: &/m);
  },
);

test('taking back cancels keeping; other workspaces know nothing of it', async () => {
  const [one, other] = [
    { situation: '1', shape: 'a' },
    { situation: '1', shape: 'b' },
  ];
  await shop.store.noteHabits('/somewhere', { kept: [one, one], refused: [other] });
  await shop.store.noteHabits('/somewhere', { undone: [one] });
  assert.equal(shop.store.habits('/somewhere'), [
    { ...one, kept: 0, undone: 1, refused: 0 },
    { ...other, kept: 0, undone: 0, refused: 1 },
  ]);
  assert.equal(shop.store.habits('/elsewhere'), []);
});
