import { callsMissing } from '../../../conductor/proposers/calls-missing.ts';
import { suggestions } from '../../../conductor/proposers/suggestions.ts';
import { assert, test } from '../../support/harness.ts';
import { checkExamples, draftsOf } from '../../support/propose.ts';

checkExamples(callsMissing);

/** Whether the first value that is passed is called a guess, by title. */
async function first(before: string): Promise<{ readonly title: string; readonly guess: boolean }> {
  const [draft] = await draftsOf(callsMissing, before);
  assert.ok(draft !== undefined, 'a draft');
  return { title: draft.title, guess: draft.flags?.includes('guesses') === true };
}

const guesses: Readonly<Record<string, string>> = {
  'one of several numbers in scope': `
    fn area(a: u32, b: u32) -> u32 { a * b }
    pub fn all(x: u32, y: u32, z: u32) -> u32 { area(x * y * z) }`,
  'the only number in scope, which may have been a literal': `
    fn step(from: i64, size: i64) -> i64 { from + size }
    pub fn go(at: u8, limit: i64) -> i64 { step(i64::from(at)) + limit }`,
  'what calls of a variant of another crate pass elsewhere': `
    pub struct Run { pub at: usize, pub end: usize }
    impl Run {
        pub fn bounds(&self) -> (usize, Option<usize>) { (0, Some(self.end)) }
        pub fn next(&mut self) -> Option<usize> {
            let place = self.at + 1;
            self.at = place;
            if place < self.end { Some() } else { None }
        }
    }`,
  'one of several that other calls pass': `
    pub fn product(low: u32, high: u32, rest: u32) -> u64 {
        u64::from(low) * u64::from(high) + u64::from() + u64::from(rest)
    }`,
  'a literal that two other calls pass': `
    fn pad(text: &str, fill: char) -> String { format!("{text}{fill}") }
    pub fn row(a: &str, b: &str) -> String { pad(a, '.') + &pad(b, '.') + &pad("c") }`,
  'two names as like the parameter as each other': `
    fn pad(text: &str, width: usize) -> String { text.repeat(width) }
    pub fn both(a: &str, width_1: usize, width_2: usize) -> String { pad(a) + &a[width_1..width_2] }`,
};
for (const [title, before] of Object.entries(guesses)) {
  test.needs('cargo', `a guess: ${title}`, async () => {
    const found = await first(before);
    assert.ok(found.guess, found.title);
  });
}

const grounded: Readonly<Record<string, string>> = {
  "the parameter's name": `
    fn area(wide: u32, high: u32) -> u32 { wide * high }
    pub fn all(wide: u32, high: u32, deep: u32) -> u32 { area(wide) * deep + high }`,
  'the one value of its type': `
    pub fn check(at: usize, end: usize) -> Result<(), String> { if at < end { Ok() } else { Err(String::new()) } }`,
  'what nothing has used yet': `
    pub fn kept(words: &mut Vec<u64>, by: u64, most: u64) { let last = by + most; words.push(); }`,
};
for (const [title, before] of Object.entries(grounded)) {
  test.needs('cargo', `no guess: ${title}`, async () => {
    const found = await first(before);
    assert.not.ok(found.guess, found.title);
  });
}

test.needs('cargo', 'what it takes to fit: a cast, a field of a parameter, what other calls write', async () => {
  const titles = async (before: string): Promise<string[]> =>
    (await draftsOf(callsMissing, before)).map(({ title }) => title);
  const cast = await titles(`
    pub fn add(sum: &mut Vec<u64>, i: u16) { sum.push(); }`);
  assert.is(cast[0], 'Pass `i as u64`');
  const field = await titles(`
    pub struct Size { pub wide: u32, pub high: u32 }
    fn area(wide: u32, high: u32) -> u32 { wide * high }
    pub fn of(size: &Size) -> u32 { area(size.wide) }`);
  assert.is(field[0], 'Pass `size.high`');
  const written = await titles(`
    fn each(all: &[u32], f: impl Fn(u32) -> u32) -> u32 { all.iter().map(|one| f(*one)).sum() }
    pub fn both(a: &[u32], b: &[u32]) -> u32 { each(a, |one| one * 2) + each(b) }`);
  assert.ok(written.includes('Pass `|one| one * 2`'), written.join('\n'));
  const already = await titles(`
    fn line(text: &str, end: &str, out: &mut String) { out.push_str(text); out.push_str(end); }
    pub fn two(text: &str, out: &mut String) { line(text, "", out); line(text, out); }`);
  assert.is(already[0], 'Pass `""`');
});

test.needs('cargo', 'every value after the first is a guess, and so is what fills a placeholder', async () => {
  const before = `
    fn area(wide: u32, high: u32) -> u32 { wide * high }
    pub fn all(wide: u32, high: u32, deep: u32) -> u32 { area(wide) * deep + high }`;
  const [, ...others] = await draftsOf(callsMissing, before);
  assert.ok(others.length > 0);
  assert.ok(others.every((draft) => draft.flags?.includes('guesses')));
  const filled = (await draftsOf(suggestions, before)).filter((draft) => draft.features?.applicability === 0);
  assert.ok(filled.length > 0);
  assert.ok(filled.every((draft) => draft.flags?.includes('guesses')));
});
