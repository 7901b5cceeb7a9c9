// Broken delimiters taken out of the way of a question: what parses afterwards, and what survives.
import { neutralisations } from '../../../tools/index/neutralise.ts';
import { loadGrammar, SourceFile, syntaxDamage } from '../../../tools/index/source.ts';
import { assert, test } from '../../support/harness.ts';

test.before(loadGrammar);

/** The first version of `text` for a question about the text between `⟦` and `⟧`. */
function first(text: string): { text: string; place: string } {
  const start = text.indexOf('⟦');
  const end = text.indexOf('⟧') - 1;
  const file = new SourceFile('lib.rs', text.replace(/[⟦⟧]/g, ''));
  const made = neutralisations(file, { start, end })[0];
  assert.ok(made, 'there is a version to ask in');
  const from = made?.moved(start) ?? -1;
  const to = made?.moved(end - 1) ?? -1;
  return { text: made?.text ?? '', place: made?.text.slice(from, to + 1) ?? '' };
}

const cases: readonly { what: string; text: string; has?: readonly string[]; lacks?: readonly string[] }[] = [
  {
    what: 'a broken function elsewhere loses its body and keeps its signature',
    text: 'fn bad(a: u8) -> u8 {\n    if a > 1 {\n        foo(a;\n    a ++ (\n}\nfn good(b: u8) {\n    ⟦b⟧;\n}\n',
    has: ['fn bad(a: u8) -> u8 {', 'fn good(b: u8) {\n    b;\n}'],
  },
  {
    what: 'a missing closing brace is put where the indentation says',
    text: 'fn f(a: u8) -> u8 {\n    if a > 1 {\n        g();\n    ⟦a⟧\n}\nfn g() {}\n',
    has: ['fn g() {}'],
  },
  {
    what: 'a parenthesis is closed before the semicolon',
    text: 'fn f(a: u8) {\n    println!("{}", g(a);\n    ⟦a⟧;\n}\n',
    has: ['println!("{}", g(a));'],
  },
  {
    what: 'a stray brace goes',
    text: 'fn f() {\n    g();\n    }\n}\nfn g() { ⟦1⟧; }\n',
    has: ['fn g() { 1; }'],
  },
  {
    what: 'only the broken method of an impl is emptied',
    text: 'struct S;\nimpl S {\n    fn a(&self) -> u8 { 1 }\n    fn b(&self -> u8 {\n        (2\n    }\n    fn c(&self) -> u8 {\n        ⟦3⟧\n    }\n}\n',
    has: ['fn a(&self) -> u8 { 1 }', 'fn c(&self) -> u8 {\n        3\n    }'],
  },
  {
    what: 'text that is no item goes',
    text: 'import std.io;\nfn f() {\n    ⟦1⟧;\n}\nint main() { return 0; }\n',
    has: ['fn f() {\n    1;\n}'],
    lacks: ['import'],
  },
  {
    what: 'delimiters in strings and comments are text',
    text: 'fn f() {\n    let s = "){";\n    // }}}\n    g((1);\n    ⟦s⟧;\n}\n',
    has: ['let s = "){";', '// }}}', 'g((1));'],
  },
];

for (const { what, text, has = [], lacks = [] } of cases)
  test(what, () => {
    const made = first(text);
    assert.is(syntaxDamage(made.text), 0, made.text);
    assert.is(made.place, text.slice(text.indexOf('⟦') + 1, text.indexOf('⟧')));
    for (const part of has) assert.ok(made.text.includes(part), made.text);
    for (const part of lacks) assert.not.ok(made.text.includes(part), made.text);
  });

test('a file that parses has no other version', () => {
  assert.equal(neutralisations(new SourceFile('lib.rs', 'fn f() { 1 }'), { start: 9, end: 10 }), []);
});

test('a place inside what was emptied is gone, one after it moves', () => {
  const text = 'fn bad() {\n    foo(1 ++ ;;\n    bar(\n}\nfn good() { 7; }\n';
  const made = neutralisations(new SourceFile('lib.rs', text), {
    start: text.indexOf('7'),
    end: text.indexOf('7') + 1,
  })[0];
  assert.is(made?.moved(text.indexOf('foo')), null);
  assert.is(made?.text[made.moved(text.indexOf('7')) ?? 0], '7');
});
