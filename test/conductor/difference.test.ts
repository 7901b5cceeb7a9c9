// The part of a file in which two texts differ: whole items, as few as there can be, and what stands outside of them.
import { difference, standsOutside } from '../../conductor/difference.ts';
import { inspect } from '../../conductor/guard.ts';
import { loadGrammar, SourceFile } from '../../tools/index/source.ts';
import { assert, test } from '../support/harness.ts';

test.before(loadGrammar);

const file = (text: string): SourceFile => new SourceFile('src/lib.rs', text);
const parts = (before: string, after: string): string[] =>
  difference(file(before), file(after)).map(({ nodes }) => nodes.map((node) => node.text).join(' | '));

const one = 'fn one() -> u8 { 1 }';
const two = 'fn two() -> u8 { 2 }';
const three = 'fn three() -> u8 { 3 }';

test('one item that changed stands alone, also inside of modules and impls', () => {
  const changed = two.replace('2 }', '22 }');
  assert.equal(parts(`${one}\n${two}\n${three}\n`, `${one}\n${changed}\n${three}\n`), [two, changed]);
  const nested = (item: string): string =>
    `mod m {\n  impl S {\n    ${one}\n    ${item}\n    ${three}\n  }\n}\n${one}\n`;
  assert.equal(parts(nested(two), nested(changed)), [two, changed]);
});

test('an item that comes or goes brings along what touches it, and no more', () => {
  const before = `${one}\n\n${two}\n\n${three}\n`;
  assert.equal(parts(before, `${one}\n\nstruct S;\n\n${two}\n\n${three}\n`), [two, `struct S; | ${two}`]);
  assert.equal(parts(`\n${one}\n`, `use a::b;\n${one}\n`), ['', 'use a::b;']);
});

test('equal texts differ in nothing that matters', () => {
  const [before, after] = difference(file(one), file(one));
  assert.equal(
    before.nodes.map((node) => node.text),
    after.nodes.map((node) => node.text),
  );
});

test('what stands outside is found by its kind, not by its letters', () => {
  const [part] = difference(file(`struct A;\n// struct B;\n${one}\n`), file(`struct A;\n// struct B;\n${two}\n`));
  assert.ok(standsOutside(part, 'struct_item', 'struct  A;'));
  assert.not.ok(standsOutside(part, 'struct_item', 'struct B;'));
  assert.not.ok(standsOutside(part, 'function_item', one));
});

test('a table of many thousand words is looked for like any other item', () => {
  const table = `static T: [u8; 20000] = [${'0x55,\n'.repeat(20_000)}];`;
  const [part] = difference(file(`${table}\n${one}\n`), file(`${table}\n${two}\n`));
  assert.ok(standsOutside(part, 'static_item', table));
  assert.not.ok(standsOutside(part, 'static_item', table.replace('20000', '20001')));
});

test('a duplicate may go, however far away the other one is', () => {
  const filler = Array.from({ length: 50 }, (_, n) => `fn f${n}() -> u32 { ${n} }`).join('\n');
  const before = file(`${one}\n${filler}\n${one}\n`);
  const after = file(`${filler}\n${one}\n`);
  assert.equal(inspect(before, after, [before.edit(0, one.length + 1, '')], []).flags, []);
  const without = file(`${one}\n${filler}\n`.replace('fn f7() -> u32 { 7 }', ''));
  const base = file(`${one}\n${filler}\n`);
  const at = base.text.indexOf('fn f7()');
  assert.equal(inspect(base, without, [base.edit(at, at + 20, '')], []).flags, ['removes']);
});
