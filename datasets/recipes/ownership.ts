// Values that are used after they moved, or borrowed while they may not be: a receiver or an iteration that takes instead of
// borrowing, two statements in the wrong order, a borrowed value declared in a block too deep.
import type { Node, SourceFile } from '../../tools/index/source.ts';
import { field, nodes, type Recipe, replace, type Slip, slip } from './recipe.ts';

export const ownership: Recipe = {
  name: 'ownership',
  class: 'borrow',
  codes: ['E0382', 'E0499', 'E0502', 'E0505', 'E0506', 'E0507', 'E0597'],
  slips: (source) => [...receivers(source), ...iterations(source), ...statements(source)],
  examples: [
    { variant: 'owned-self', before: 'impl A { fn f(&self) {} }', after: 'impl A { fn f(self) {} }' },
    { variant: 'into-iter', before: 'fn f() { for x in v.iter() {} }', after: 'fn f() { for x in v.into_iter() {} }' },
    { variant: 'swap-statements', before: 'fn f() { g(&s);\n h(s); }', after: 'fn f() { h(s);\n g(&s); }' },
    {
      variant: 'inner-block',
      before: 'fn f() { let s = g();\n let r = h(&s); r }',
      after: 'fn f() { let r = { let s = g();\n h(&s) }; r }',
    },
  ],
};

function receivers(source: SourceFile): Slip[] {
  return nodes(source, 'self_parameter').flatMap((node) =>
    /^&\s*(mut\s+)?self$/.test(node.text) ? [replace('owned-self', node, 'self')] : [],
  );
}

function iterations(source: SourceFile): Slip[] {
  return nodes(source, 'call_expression').flatMap((node) => {
    const name = field(node, 'function')?.childForFieldName('field') ?? null;
    return name?.text === 'iter' || name?.text === 'iter_mut' ? [replace('into-iter', name, 'into_iter')] : [];
  });
}

/** Neighbours of one block, swapped or put into a block of their own. */
function statements(source: SourceFile): Slip[] {
  return nodes(source, 'let_declaration', 'expression_statement').flatMap((node) => {
    const next = node.nextNamedSibling;
    if (next === null || !/^(let_declaration|expression_statement)$/.test(next.type)) return [];
    const between = source.text.slice(node.endIndex, next.startIndex);
    if (between.trim() !== '') return [];
    const swapped = `${next.text}${between}${node.text}`;
    return [slip('swap-statements', node.startIndex, next.endIndex, swapped), ...inner(source, node, next)];
  });
}

/** `let s = g(); let r = h(&s);` → `let r = { let s = g(); h(&s) };` */
function inner(source: SourceFile, node: Node, next: Node): Slip[] {
  const name = field(node, 'pattern');
  const value = field(next, 'value');
  if (node.type !== 'let_declaration' || next.type !== 'let_declaration' || value === null) return [];
  if (name?.type !== 'identifier' || !value.text.includes(name.text)) return [];
  const head = source.text.slice(next.startIndex, value.startIndex);
  const between = source.text.slice(node.endIndex, next.startIndex);
  return [slip('inner-block', node.startIndex, next.endIndex, `${head}{ ${node.text}${between}${value.text} };`)];
}
