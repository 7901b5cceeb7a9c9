// Fields that are missing, misspelt or of another shape, in declarations, literals and accesses.
import type { SourceFile } from '../../tools/index/source.ts';
import { field, nodes, type Recipe, replace, type Slip, slip, withComma } from './recipe.ts';

export const structFields: Recipe = {
  name: 'struct-fields',
  class: 'type-mismatch',
  codes: ['E0063', 'E0560', 'E0609', 'E0026', 'E0027', 'E0615', 'E0599', 'E0616'],
  slips: (source) => [...literals(source), ...declarations(source), ...accesses(source)],
  examples: [
    { variant: 'drop-initializer', before: 'fn f() { A { x: 1, y: 2 }; }', after: 'fn f() { A { y: 2 }; }' },
    { variant: 'drop-field', before: 'struct A { x: u8, y: u8 }', after: 'struct A { y: u8 }' },
    { variant: 'drop-variant', before: 'enum A { X, Y }', after: 'enum A { Y }' },
    { variant: 'call-to-access', before: 'fn f() { v.len(); }', after: 'fn f() { v.len; }' },
    { variant: 'access-to-call', before: 'fn f() { a.x; }', after: 'fn f() { a.x(); }' },
    { variant: 'other-index', before: 'fn f() { a.0; }', after: 'fn f() { a.1; }' },
  ],
};

function literals(source: SourceFile): Slip[] {
  return nodes(source, 'field_initializer', 'shorthand_field_initializer').map((node) =>
    withComma('drop-initializer', node, source),
  );
}

function declarations(source: SourceFile): Slip[] {
  const fields = nodes(source, 'field_declaration').map((node) => withComma('drop-field', node, source));
  return [...fields, ...nodes(source, 'enum_variant').map((node) => withComma('drop-variant', node, source))];
}

function accesses(source: SourceFile): Slip[] {
  const calls = nodes(source, 'call_expression').flatMap((node) => {
    const called = field(node, 'function');
    const bare = field(node, 'arguments')?.namedChildren.length === 0;
    return called?.type === 'field_expression' && bare ? [slip('call-to-access', called.endIndex, node.endIndex)] : [];
  });
  const reads = nodes(source, 'field_expression').flatMap((node) => {
    const name = field(node, 'field');
    if (name === null || node.parent?.type === 'call_expression') return [];
    if (name.type === 'integer_literal') return [replace('other-index', name, String(Number(name.text) + 1))];
    return [slip('access-to-call', name.endIndex, name.endIndex, '()')];
  });
  return [...calls, ...reads];
}
