// Rivals: which repairs that compile count as other ones, and what their odds leave.
import { alike, type Contestant, rivalryOf } from '../../conductor/rivals.ts';
import { CrateState, Snapshot } from '../../conductor/state.ts';
import { assert, test } from '../support/harness.ts';

const before = 'fn main() { show(name); }\n';
const snapshot = new Snapshot(new Map([['src/main.rs', before]]));

function contestant(text: string, score = 0, features: Record<string, number> = {}): Contestant {
  return { score, features, state: new CrateState(snapshot, new Map([['src/main.rs', text]])) };
}

for (const [title, a, b] of [
  ['a borrow and a clone', 'fn main() { show(&name); }', 'fn main() { show(name.clone()); }'],
  ['two ways to own a text', 'fn main() { show("a".to_string()); }', 'fn main() { show(String::from("a")); }'],
  ['a loop over references', 'fn main() { for x in &list {} }', 'fn main() { for x in list.iter() {} }'],
  ['an import and a derive', 'use a::B;\nfn main() {}', '#[derive(Clone)]\nfn main() {}'],
  ['lifetimes and mutability', "fn f<'a>(x: &'a mut T) {}", 'fn f<>(x: &T) {}'],
] as const)
  test(`alike: ${title}`, () => assert.ok(alike(contestant(a), contestant(b))));

for (const [title, a, b] of [
  ['another name', 'fn main() { show(names); }', 'fn main() { show(number); }'],
  ['another operator', 'fn main() { show(a & b); }', 'fn main() { show(a * b); }'],
  ['another place', 'fn main() { a(); b(); }', 'fn main() { b(); a(); }'],
] as const)
  test(`not alike: ${title}`, () => assert.not(alike(contestant(a), contestant(b))));

test('a changed signature is another one: callers and tests see it; its bounds are not', () => {
  const changed = (text: string): Contestant => contestant(text, 0, { signature: 1 });
  assert.not(alike(changed('fn f(x: &T) {}'), contestant('fn f(x: T) {}')));
  assert.ok(alike(changed('fn f<T: std::fmt::Debug>(x: T) {}'), changed('fn f<T>(x: T) where T: Debug {}')));
});

test('the share is that of the odds, and those that do the same take nothing from it', () => {
  const own = contestant('fn main() { show(&name); }', 1);
  const same = contestant('fn main() { show(name.clone()); }', 1);
  const other = contestant('fn main() { show(number); }', 1);
  assert.is(rivalryOf(own, [own, same], []).share, 1);
  assert.is(rivalryOf(own, [own, same, other], []).share, 0.5);
  assert.ok(rivalryOf(own, [{ ...other, score: -3 }], []).share > 0.95);
});

test('only what is nearly as likely counts as beaten', () => {
  const own = contestant('fn main() { show(&name); }', 1);
  assert.is(rivalryOf(own, [], [{ score: 0.5 }, { score: 2 }, { score: -4 }]).beaten, 2);
});
