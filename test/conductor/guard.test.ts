// What a patch may contain: tables of texts before and after, with what the guard says of them.
import { inspect } from '../../conductor/guard.ts';
import { loadGrammar, SourceFile } from '../../tools/index/source.ts';
import { assert, test } from '../support/harness.ts';

test.before(loadGrammar);

/** Inspects the smallest single edit that turns `before` into `after`. */
function look(before: string, after: string): ReturnType<typeof inspect> {
  let head = 0;
  while (head < before.length && before[head] === after[head]) head += 1;
  let tail = 0;
  while (tail < Math.min(before.length, after.length) - head && before.at(-1 - tail) === after.at(-1 - tail)) tail += 1;
  const old = new SourceFile('src/lib.rs', before);
  const edit = old.edit(head, before.length - tail, after.slice(head, after.length - tail));
  return inspect(old, new SourceFile('src/lib.rs', after), [edit], []);
}

const fn = (body: string): string => `fn f(x: i32, v: Vec<i32>) -> i32 {\n    ${body}\n}\n`;

const allowed: readonly (readonly [string, string, string])[] = [
  ['a borrow', fn('g(v); v.len() as i32'), fn('g(&v); v.len() as i32')],
  ['a missing semicolon', fn('let a = x\n    a'), fn('let a = x;\n    a')],
  ['a typo in a name', fn('let count = x; cuont'), fn('let count = x; count')],
  ['a macro that lost its `!`', fn('panic("x")'), fn('panic!("x")')],
  ['a misspelt macro', fn('unrechable!()'), fn('unreachable!()')],
  ['quotes of a text', fn("g('hello'); x"), fn('g("hello"); x')],
  ['a literal that becomes a float', fn('let y: f64 = 3; x'), fn('let y: f64 = 3.0; x')],
  ['a missing import', fn('x'), `use std::fmt;\n${fn('x')}`],
  ['an import that goes', `use std::fmt;\nuse std::fmt;\n${fn('x')}`, `use std::fmt;\n${fn('x')}`],
  ['a misspelt method', fn('v.first().unwarp()'), fn('v.first().unwrap()')],
  ['a clone', fn('g(v); h(v); x'), fn('g(v.clone()); h(v); x')],
  ['a counting loop down', fn('for (i = x; i > 5; i -= 2) {} x'), fn('for i in (5 + 1..=x).rev().step_by(2) {} x')],
  [
    'an arrow of an arm, before functions that call macros',
    'fn f(x: u8) -> u8 {\n    match x {\n        1 => 2,\n        _ -> unreachable!(),\n    }\n}\nfn g(x: u8) {\n    assert!(x > 0);\n}\n',
    'fn f(x: u8) -> u8 {\n    match x {\n        1 => 2,\n        _ => unreachable!(),\n    }\n}\nfn g(x: u8) {\n    assert!(x > 0);\n}\n',
  ],
  [
    'an argument too many of a `return` that then reads like another one',
    `${fn('if x > 9 { return k(e(x)); } x')}${fn('if x > 0 { return k(e(x), e(x)); } x')}`,
    `${fn('if x > 9 { return k(e(x)); } x')}${fn('if x > 0 { return k(e(x)); } x')}`,
  ],
  ['two statements that change places', fn('a(x); b(x); x'), fn('b(x); a(x); x')],
];
for (const [title, before, after] of allowed) {
  test(`${title} is neither banned, nor removal, nor invention`, () => {
    const { refusal, flags, reasons } = look(before, after);
    assert.is(refusal, null);
    assert.equal(flags, [], reasons.join('; '));
  });
}

const lost: readonly (readonly [string, string, string])[] = [
  ['a method', fn('v.push(x); x'), fn('v.clone().push(x); x')],
  ['a function', fn('fill(&mut v); x'), fn('fill(&mut v.clone()); x')],
  ['an assignment', fn('v[0] = x; x'), fn('v.clone()[0] = x; x')],
  ['a binding', fn('let mut a = find(x); a.n += 1; x'), fn('let mut a = find(x).clone(); a.n += 1; x')],
  ['a loop over what holds it', fn('for y in v.iter_mut() {} x'), fn('for y in Box::new(v.clone()).iter_mut() {} x')],
];
for (const [title, before, after] of lost) {
  test(`a copy that is changed by ${title} and dropped invents behaviour`, () => {
    assert.equal(look(before, after).flags, ['invents']);
  });
}
test('a change inside of a macro is told, and is no doubt by itself', () => {
  const { flags, reasons } = look(
    'macro_rules! twice { ($x:expr) => { $x + $y } }\n',
    'macro_rules! twice { ($x:expr) => { $x + $x } }\n',
  );
  assert.equal([flags, reasons], [[], ['changes the macro `twice!`, and so every use of it']]);
});

test('a copy that is changed and given on is one', () => {
  assert.equal(look(fn('let mut a = v; a[0] = x; a'), fn('let mut a = v.clone(); a[0] = x; a')).flags, []);
  assert.equal(look(fn('rc.borrow_mut().n = x; x'), fn('rc.clone().borrow_mut().n = x; x')).flags, []);
});

const banned: readonly (readonly [string, string, string])[] = [
  ['todo!', fn(''), fn('todo!()')],
  ['unimplemented!', fn(''), fn('unimplemented!()')],
  ['unreachable!', fn('if x > 0 { 1 }'), fn('if x > 0 { 1 } else { unreachable!() }')],
  ['panic!', fn(''), fn('panic!("no")')],
  ['panic! in a macro’s arguments', fn('vec![x][0]'), fn('vec![panic!()][0]')],
  ['unsafe', fn('g(x)'), fn('unsafe { g(x) }')],
  ['#[allow]', fn('x'), `#[allow(unused)]\n${fn('x')}`],
  ['#![allow]', fn('x'), `#![allow(warnings)]\n${fn('x')}`],
  ['#[cfg]', fn('x'), `#[cfg(any())]\n${fn('x')}`],
  ['#[ignore]', fn('x'), `#[ignore]\n${fn('x')}`],
  ['process::exit', fn(''), fn('std::process::exit(0)')],
  ['an endless loop', fn(''), fn('loop {}')],
  ['while true', fn('x'), fn('while true { g(); } x')],
  ['a leak', fn('g(v); x'), fn('g(Box::leak(Box::new(v))); x')],
  ['mem::forget', fn('g(&v); x'), fn('g(&v); std::mem::forget(v); x')],
];
for (const [title, before, after] of banned) {
  test(`${title} is banned`, () => {
    assert.is(look(before, after).refusal?.verdict, 'banned');
  });
}

const dropped: readonly (readonly [string, string, string])[] = [
  ['a copy that is unwrapped and dropped', fn('v.retain(x).unwrap(); x'), fn('v.clone().retain(x).unwrap(); x')],
  [
    'what is changed after its copy was given away',
    fn('let mut w = v; keep(w); w.push(x); x'),
    fn('let mut w = v; keep(w.clone()); w.push(x); x'),
  ],
  [
    'a new variable where the one outside was meant',
    fn('let mut n = 0; while n < x { n = n + 1; } n'),
    fn('let mut n = 0; while n < x { let n = n + 1; } n'),
  ],
];
for (const [title, before, after] of dropped) {
  test(`${title} is a write that nothing keeps`, () => {
    assert.ok(look(before, after).reasons.includes('changes a copy that is dropped'));
  });
}

test('a copy of what is emptied and filled again for the next one is none', () => {
  const around = (body: string): string =>
    fn(`let mut all = vec![]; let mut w = vec![]; for y in v { w.push(y); ${body} } x`);
  assert.equal(look(around('all.push(w); w.clear();'), around('all.push(w.clone()); w.clear();')).reasons, []);
});

test('a file that unwraps takes a missing value for a bug: one more is no invention', () => {
  const other = 'fn g(v: &[i32]) -> i32 { *v.last().unwrap() }\n';
  assert.equal(look(other + fn('v.first()'), other + fn('v.first().unwrap()')).flags, []);
  const inTest = `#[cfg(test)]\nmod tests {\n    ${other}}\n`;
  assert.ok(look(inTest + fn('v.first()'), inTest + fn('v.first().unwrap()')).flags.includes('invents'));
});

const removing: readonly (readonly [string, string, string])[] = [
  ['a macro call in another one that becomes a name', fn('show!(square!(x)); x'), fn('show!(square =!(x)); x')],
  ['a statement that goes', fn('let a = x; g(a); a'), fn('let a = x; a')],
  ['a statement that becomes a comment', fn('g(x); x'), fn('// g(x);\n    x')],
  ['an argument-less call that goes', fn('g(x).check(); x'), fn('x')],
  ['a branch never taken', fn('g(x); x'), fn('if false { g(x); } x')],
  ['an early return', fn('g(x); h(x); x'), fn('return x; g(x); h(x); x')],
  ['a match arm that goes', fn('match x { 0 => g(), 1 => h(), _ => x }'), fn('match x { 0 => g(), _ => x }')],
  ['a function that goes', `${fn('x')}fn g(y: u8) -> u8 { y }\n`, fn('x')],
  ['a struct field that goes', 'struct S { a: u8, b: Vec<T> }\n', 'struct S { a: u8 }\n'],
];
for (const [title, before, after] of removing) {
  test(`${title} is removal`, () => {
    const { refusal, flags } = look(before, after);
    assert.is(refusal, null);
    assert.ok(flags.includes('removes'));
  });
}

const inventing: readonly (readonly [string, string, string])[] = [
  ['a new number', fn('g(x)'), fn('g(x, 42)')],
  ['zero', fn('let n: i32; n'), fn('let n: i32 = 0; n')],
  ['a new text', fn('g(); x'), fn('g("hello"); x')],
  ['an empty text', fn('g(); x'), fn('g(""); x')],
  ['unwrap', fn('v.first()'), fn('v.first().unwrap()')],
  ['Default::default()', fn(''), fn('Default::default()')],
  ['unwrap_or_default', fn('v.first()'), fn('v.first().unwrap_or_default()')],
  [
    'a function with a body',
    'trait T { fn a(&self) -> u8; }\nstruct S;\nimpl T for S {}\n',
    'trait T { fn a(&self) -> u8; }\nstruct S;\nimpl T for S { fn a(&self) -> u8 { 7 } }\n',
  ],
];
for (const [title, before, after] of inventing) {
  test(`${title} is invention`, () => {
    const { refusal, flags } = look(before, after);
    assert.is(refusal, null);
    assert.ok(flags.includes('invents'));
  });
}

test('tests are never edited', () => {
  const source = (name: string): string =>
    `fn f() {}\n#[cfg(test)]\nmod tests {\n    #[test]\n    fn t() { ${name}(); }\n}\n`;
  assert.is(look(source('g'), source('super::f')).refusal?.verdict, 'out-of-bounds');
});
