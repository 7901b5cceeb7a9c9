// What a cursor (`^`) in Rust text can name, and what it cannot; whole and broken syntax.
import { type CrateSources, crateItems, crateOf, membersOf } from '../../../tools/index/modules.ts';
import { type Name, namesInScope } from '../../../tools/index/scope.ts';
import { loadGrammar, SourceFile } from '../../../tools/index/source.ts';
import { assert, test } from '../../support/harness.ts';

test.before(loadGrammar);

/** A workspace of `files`; the one text with a `^` is where the cursor stands. */
function place(files: Readonly<Record<string, string>>): { names: Name[]; sources: CrateSources; file: SourceFile } {
  const made = new Map<string, SourceFile>();
  let at: { path: string; index: number } | null = null;
  for (const [path, text] of Object.entries(files)) {
    const index = text.indexOf('^');
    if (index >= 0) at = { path, index };
    made.set(path, new SourceFile(path, text.replace('^', '')));
  }
  if (at === null) throw new Error('no cursor');
  const sources = { files: [...made.keys()].sort(), source: (path: string) => made.get(path) ?? null };
  const file = made.get(at.path) as SourceFile;
  return { names: namesInScope(file, at.index, sources), sources, file };
}

interface Case {
  readonly what: string;
  readonly text: string;
  /** `path` or `path: type`, as they must be found. */
  readonly has: readonly string[];
  readonly lacks?: readonly string[];
}

const cases: readonly Case[] = [
  {
    what: 'a let is seen after itself, not before and not in its own value',
    text: 'fn f(a: i32) { let b: u8 = 1; let c = ^b; let d = 2; }',
    has: ['a: i32', 'b: u8', 'f: ()'],
    lacks: ['c', 'd'],
  },
  {
    what: 'a block ends what it declared',
    text: 'fn f() { let a = 1; { let b = 2; } ^; }',
    has: ['a'],
    lacks: ['b'],
  },
  {
    what: 'patterns bind every name in them, and no path',
    text: 'fn f(p: P) { let (a, mut b) = x; let P { c, d: e, .. } = p; let [g, .., h] = y; let Some(ref i @ j) = z else { return }; ^; }',
    has: ['a', 'b', 'c', 'e', 'g', 'h', 'i', 'j', 'p: P'],
    lacks: ['d', 'x', 'y', 'z'],
  },
  {
    what: 'if let binds in its block only',
    text: 'fn f(o: Option<u8>) { if let Some(x) = o { ^; } }',
    has: ['x', 'o: Option<u8>'],
  },
  {
    what: 'and not in else, nor after',
    text: 'fn f(o: Option<u8>) { if let Some(x) = o { } else { ^ } }',
    has: ['o'],
    lacks: ['x'],
  },
  {
    what: 'a let chain binds from left to right',
    text: 'fn f() { if let Some(x) = a() && let Some(y) = b(^x) && let Some(z) = c() { } }',
    has: ['x'],
    lacks: ['y', 'z'],
  },
  {
    what: 'while let and for bind in their body, with the label',
    text: "fn f() { 'outer: for (i, x) in list { while let Some(top) = stack.pop() { ^; } } }",
    has: ['i', 'x', 'top', "'outer"],
  },
  {
    what: 'a for pattern is not seen in what it walks over',
    text: 'fn f() { for x in ^y { } }',
    has: ['f'],
    lacks: ['x'],
  },
  {
    what: 'a match arm binds for its guard and value',
    text: 'fn f(v: V) { match v { V::A(n) if n > 1 => ^n, e @ V::B { size } => 0, FULL => 1 } }',
    has: ['n', 'v: V'],
    lacks: ['e', 'size', 'FULL'],
  },
  {
    what: 'closure parameters, and those of the closures around',
    text: 'fn f() { xs.iter().map(|(a, b): &(u8, u8)| ys.iter().filter(|y| ^y)); }',
    has: ['a', 'b', 'y'],
  },
  {
    what: 'closure parameters among the tokens of a macro',
    text: 'fn f() { let k = 1; assert!(xs.iter().all(|x| ^x > k)); }',
    has: ['x', 'k'],
  },
  {
    what: 'locals of an outer function are out of reach of an inner one, its items are not',
    text: 'fn f(a: u8) { let b = 1; const K: usize = 3; fn g(c: u8) { ^; } }',
    has: ['c: u8', 'K: usize', 'g: ()'],
    lacks: ['a', 'b'],
  },
  {
    what: 'generics with their bounds',
    text: "fn f<'a, T: Clone + Ord, const N: usize>(x: &'a T) { ^; }",
    has: ['T: Clone + Ord', 'N: usize', "'a", "x: &'a T"],
  },
  {
    what: 'members of self, by how they are written',
    text: 'struct S { total: u64 } impl S { const MAX: u8 = 1; fn new() -> S { S { total: 0 } } fn add(&mut self, by: u64) { ^; } } trait T { fn name(&self) -> String; } impl T for S { }',
    has: [
      'self.total: u64',
      'self.add: ()',
      'Self::new: S',
      'Self::MAX: u8',
      'self.name: String',
      'self: &mut self',
      'Self: S',
    ],
    lacks: ['total', 'add', 'self.new'],
  },
  {
    what: 'an associated function has no self',
    text: 'struct S { total: u64 } impl S { fn new() -> S { ^ } fn add(&mut self) {} }',
    has: ['Self::new: S'],
    lacks: ['self.total', 'self.add', 'self'],
  },
  {
    what: 'variants by their path, and bare after a glob',
    text: 'enum Shape { Circle(f64), Square { side: f64 } } enum Kind { Solid } use Kind::*; fn f() { ^ }',
    has: ['Shape::Circle', 'Shape::Square', 'Kind::Solid', 'Solid'],
    lacks: ['Circle'],
  },
  {
    what: 'imports with renames',
    text: 'use std::collections::{HashMap, BTreeMap as Tree, hash_map::{self, Entry}}; use std::fmt; fn f() { ^ }',
    has: ['HashMap', 'Tree', 'hash_map', 'Entry', 'fmt'],
    lacks: ['BTreeMap', 'self'],
  },
  {
    what: 'an inline module sees its parent by path, and its own items bare',
    text: 'fn up() {} mod inner { fn own() {} fn f() { ^ } } mod other { pub fn open() {} fn closed() {} }',
    has: ['own: ()', 'crate::up: ()', 'crate::other::open: ()'],
    lacks: ['up', 'crate::other::closed'],
  },
  {
    what: 'a test module with use super::*',
    text: 'struct Cart; fn total(c: &Cart) -> u32 { 0 } mod tests { use super::*; fn t() { ^ } }',
    has: ['Cart', 'total: u32'],
  },
  {
    what: 'the prelude',
    text: 'fn f() { ^ }',
    has: ['Some', 'Vec', 'println', 'usize', 'drop', 'Iterator'],
  },
  {
    what: 'an unclosed block before the place',
    text: 'struct S { a: u8 }\nfn f(p: u8) -> u8 {\n  let x = p;\n  if x > 1 {\n    let y = 2;\n    g(^y\n}\nfn h() { }',
    has: ['p: u8', 'x', 'y', 'S', 'h'],
  },
  {
    what: 'an unclosed function: its parameters and lets lie flat in an ERROR',
    text: 'fn helper(n: u8) -> u8 { n }\nfn main() {\n  let x = 5;\n  let y = x +;\n  for i in 0..3 { println!("{}", i }\n  ^x\n',
    has: ['x', 'y', 'i', 'helper: u8', 'main'],
  },
  {
    what: 'a missing semicolon',
    text: 'fn f(a: u8) {\n  let b = 1\n  let c = 2;\n  ^\n}',
    has: ['a: u8', 'b', 'c'],
  },
  {
    what: 'text that is no Rust at all',
    text: '}} )) let <<< ^ ]] "unclosed',
    has: ['Some'],
  },
];

for (const { what, text, has, lacks = [] } of cases)
  test(what, () => {
    const { names } = place({ 'src/main.rs': text });
    for (const wanted of has) {
      const [, path, type] = /^(.+?)(?:: (.*))?$/.exec(wanted) ?? [];
      const candidates = names.filter((name) => name.path === path);
      assert.ok(
        candidates.length > 0,
        `${path} is missing among ${names.filter((n) => n.declaredAt).map((n) => n.path)}`,
      );
      if (type !== undefined)
        assert.ok(
          candidates.some((name) => name.type === type),
          `${wanted}, found ${candidates.map((n) => n.type)}`,
        );
    }
    for (const path of lacks)
      assert.not.ok(
        names.some((name) => name.path === path),
        `${path} is out of scope`,
      );
  });

test('the nearest of several declarations of a name is the one', () => {
  const { names, file } = place({
    'src/main.rs': 'fn f(x: u8) { let x: u16 = 1; { let x: u32 = 2; ^ } let x: u64 = 3; }',
  });
  const found = names.filter((name) => name.name === 'x');
  assert.is(found.length, 1);
  assert.is(found[0]?.type, 'u32');
  assert.is(found[0]?.distance, 0);
  assert.is(file.slice(found[0]?.declaredAt?.range ?? { start: 0, end: 0 }), 'x');
});

test('functions carry the types of their parameters', () => {
  const { names } = place({
    'src/main.rs':
      'struct S(u8, pub String); impl S { fn put(&self, k: &str, v: u8) -> bool { ^ } } fn go(n: usize, (a, b): (u8, u8)) {}',
  });
  assert.equal(names.find((name) => name.path === 'go')?.parameters, ['usize', '(u8, u8)']);
  assert.equal(names.find((name) => name.path === 'self.put')?.parameters, ['&str', 'u8']);
  assert.is(names.find((name) => name.path === 'self.1')?.type, 'String');
});

const workspace = {
  'src/main.rs':
    'mod bank;\nmod util { pub fn clamp(x: i64) -> i64 { x } fn hidden() {} pub mod deep { pub struct Deep; } }\nuse bank::Account as Acc;\nfn main() { ^ }',
  'src/bank.rs':
    'pub mod ledger;\npub struct Account { pub id: u32, balance: i64 }\nimpl Account { pub fn deposit(&mut self, n: i64) {} }\npub(crate) enum Kind { Debit, Credit }\nstruct Secret;\n',
  'src/bank/ledger.rs':
    'use super::*;\npub fn post(a: &mut Account) { let k = Kind::Debit; }\n#[path = "odd/place.rs"] pub mod odd;\n',
  'src/bank/odd/place.rs': 'pub const ODD: u8 = 1;',
  'src/stray.rs': 'pub fn nobody() {}',
};

test('modules are followed through files', () => {
  const { names } = place(workspace);
  const paths = names.map((name) => name.path);
  for (const path of [
    'Acc',
    'bank::Account',
    'bank::Kind::Debit',
    'bank::ledger::post',
    'util::clamp',
    'util::deep::Deep',
    'bank::ledger::odd::ODD',
  ])
    assert.ok(paths.includes(path), path);
  for (const path of ['bank::Secret', 'util::hidden', 'nobody', 'Account']) assert.not.ok(paths.includes(path), path);
});

test('from a file below, the way up starts at the crate', () => {
  const inside = {
    ...workspace,
    'src/main.rs': workspace['src/main.rs'].replace('^', ''),
    'src/bank/ledger.rs': workspace['src/bank/ledger.rs'].replace('let k', '^let k'),
  };
  const paths = place(inside).names.map((name) => name.path);
  for (const path of ['a', 'Account', 'Kind', 'Secret', 'crate::util::clamp', 'crate::main', 'odd::ODD'])
    assert.ok(paths.includes(path), path);
});

test('items of the crate with their path and visibility', () => {
  const { sources, file } = place(workspace);
  const items = crateItems(crateOf(file, sources)).map((item) => `${item.visibility} ${item.kind} ${item.path}`);
  for (const item of [
    'public type crate::bank::Account',
    'private type crate::bank::Secret',
    'crate variant crate::bank::Kind::Credit',
    'public const crate::bank::ledger::odd::ODD',
    'private function crate::util::hidden',
  ])
    assert.ok(items.includes(item), item);
});

test('members of a named type come from every file', () => {
  const { sources, file } = place({ ...workspace, 'src/stray.rs': '' });
  const members = membersOf('Account', crateOf(file, sources)).map(
    (member) => `${member.kind} ${member.name}: ${member.type}`,
  );
  assert.equal(members, ['field id: u32', 'field balance: i64', 'method deposit: ()']);
});

test('a 100,000-line file answers within a second of its parse', () => {
  const one = (n: number): string =>
    `fn f${n}(a: i32, b: &str) -> Option<i32> {\n    let x = a + 1;\n    let y = match b.parse::<i32>() {\n        Ok(v) => v,\n        Err(_) => return None,\n    };\n    Some(x * y)\n}\nstruct S${n} { a: i32 }\n`;
  const text = Array.from({ length: 11_200 }, (_, n) => one(n)).join('');
  const file = new SourceFile('src/main.rs', text);
  assert.ok(file.lineCount > 100_000);
  file.root;
  // Processor time: other tests run beside this one.
  const started = process.cpuUsage();
  const names = namesInScope(file, text.indexOf('Some(x * y)', text.length / 2), {
    files: ['src/main.rs'],
    source: () => file,
  });
  const used = process.cpuUsage(started);
  const took = (used.user + used.system) / 1000;
  assert.ok(names.some((name) => name.path === 'y' && name.distance === 0));
  assert.ok(names.some((name) => name.path === 'f11199'));
  assert.ok(took < 1000, `${took} ms`);
});
