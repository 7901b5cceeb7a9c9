// Text that does not parse, or parses as something else: a delimiter, semicolon, comma, quote or macro's `!` dropped or
// doubled, a keyword misspelt, borrowed from another language or left out, `=` for `==`.
import type { Node, SourceFile } from '../../tools/index/source.ts';
import { nodes, type Recipe, replace, type Slip, slip } from './recipe.ts';

export const syntax: Recipe = {
  name: 'syntax',
  class: 'syntax',
  codes: [null, 'E0423', 'E0765', 'E0308'],
  slips: (source) => [
    ...delimiters(source),
    ...punctuation(source),
    ...keywords(source),
    ...operators(source),
    ...macros(source),
  ],
  examples: [
    { variant: 'drop-delimiter', before: 'fn f() { g(h(1)); }', after: 'fn f() { g(h(1); }' },
    { variant: 'double-delimiter', before: 'fn f() { g(1); }', after: 'fn f() { g(1)); }' },
    { variant: 'wrong-delimiter', before: 'fn f() { g(1); }', after: 'fn f() { g(1]; }' },
    { variant: 'drop-semicolon', before: 'fn f() { let x = 1; g(x); }', after: 'fn f() { let x = 1 g(x); }' },
    { variant: 'drop-comma', before: 'fn f() { g(a, b); }', after: 'fn f() { g(a b); }' },
    { variant: 'semicolon-for-comma', before: 'struct A { x: u8, y: u8 }', after: 'struct A { x: u8; y: u8 }' },
    { variant: 'keyword', before: 'fn f() {}', after: 'fun f() {}' },
    { variant: 'drop-keyword', before: 'fn f() { for x in v {} }', after: 'fn f() { for x v {} }' },
    { variant: 'single-equals', before: 'fn f() { if a == b {} }', after: 'fn f() { if a = b {} }' },
    { variant: 'word-operator', before: 'fn f() { a && b; }', after: 'fn f() { a and b; }' },
    { variant: 'drop-bang', before: 'fn f() { println!("a"); }', after: 'fn f() { println("a"); }' },
    { variant: 'drop-quote', before: 'fn f() { g("a"); }', after: 'fn f() { g("a); }' },
    { variant: 'drop-arrow', before: 'fn f() -> u8 { 1 }', after: 'fn f() u8 { 1 }' },
    { variant: 'single-colon', before: 'fn f() { A::b(); }', after: 'fn f() { A:b(); }' },
  ],
};

const closers: Readonly<Record<string, string>> = { ')': ']', ']': ')', '}': ')' };

/** Tokens without a name of their own, as the grammar calls them by their text. */
function tokens(source: SourceFile, text: readonly string[]): Node[] {
  return nodes(source, ...text).filter((node) => node.childCount === 0);
}

function delimiters(source: SourceFile): Slip[] {
  return tokens(source, [')', ']', '}', '(', '{']).flatMap((node) => {
    const drop = replace('drop-delimiter', node);
    const other = closers[node.type];
    if (other === undefined) return [drop];
    return [
      drop,
      slip('double-delimiter', node.endIndex, node.endIndex, node.type),
      replace('wrong-delimiter', node, other),
    ];
  });
}

function punctuation(source: SourceFile): Slip[] {
  const semicolons = tokens(source, [';']).map((node) => replace('drop-semicolon', node));
  const commas = tokens(source, [',']).flatMap((node) => {
    const drop = replace('drop-comma', node);
    return node.parent?.type === 'field_declaration_list' ? [drop, replace('semicolon-for-comma', node, ';')] : [drop];
  });
  const quotes = nodes(source, 'string_literal').flatMap((node) =>
    node.text.startsWith('"') && node.endIndex - node.startIndex > 2
      ? [slip('drop-quote', node.endIndex - 1, node.endIndex)]
      : [],
  );
  return [...semicolons, ...commas, ...quotes];
}

/** How keywords come out of other languages and hasty fingers. */
const misspelt: Readonly<Record<string, readonly string[]>> = {
  fn: ['fun', 'func', 'def', 'function'],
  struct: ['stuct', 'class'],
  enum: ['Enum'],
  impl: ['imp'],
  let: ['var', 'lte'],
  match: ['switch', 'mtach'],
  else: ['esle'],
  while: ['wihle'],
  return: ['retrun'],
  use: ['import', 'ues'],
  pub: ['public'],
  for: ['foreach'],
  trait: ['interface'],
  const: ['cosnt'],
};

function keywords(source: SourceFile): Slip[] {
  const wrong = tokens(source, Object.keys(misspelt)).flatMap((node) =>
    (misspelt[node.type] ?? []).map((other) => replace('keyword', node, other)),
  );
  const dropped = tokens(source, ['in', 'fn', 'for', 'let', 'else']).map((node) => {
    const space = /^\s*/.exec(source.text.slice(node.endIndex))?.[0].length ?? 0;
    return slip('drop-keyword', node.startIndex, node.endIndex + space);
  });
  return [...wrong, ...dropped];
}

function operators(source: SourceFile): Slip[] {
  const equals = tokens(source, ['==']).map((node) => replace('single-equals', node, '='));
  const arrows = tokens(source, ['->']).map((node) => {
    const space = /^\s*/.exec(source.text.slice(node.endIndex))?.[0].length ?? 0;
    return slip('drop-arrow', node.startIndex, node.endIndex + space);
  });
  const both = tokens(source, ['&&']).map((node) => replace('word-operator', node, 'and'));
  const either = tokens(source, ['||']).map((node) => replace('word-operator', node, 'or'));
  const colons = tokens(source, ['::']).map((node) => replace('single-colon', node, ':'));
  return [...equals, ...arrows, ...both, ...either, ...colons];
}

function macros(source: SourceFile): Slip[] {
  return nodes(source, 'macro_invocation').flatMap((node) => {
    const bang = node.children.find((child) => child?.type === '!');
    return bang ? [replace('drop-bang', bang)] : [];
  });
}
