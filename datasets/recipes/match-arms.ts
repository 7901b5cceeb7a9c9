// Matches that do not cover or do not fit: an arm left out, a variant misspelt, a rest pattern forgotten.
import type { SourceFile } from '../../tools/index/source.ts';
import { field, nodes, type Recipe, type Slip, slip, wholeLines, withComma } from './recipe.ts';

export const matchArms: Recipe = {
  name: 'match-arms',
  class: 'type-mismatch',
  codes: ['E0004', 'E0599', 'E0023', 'E0027', 'E0005', null],
  slips: (source) => [...arms(source), ...arrows(source), ...rests(source)],
  examples: [
    {
      variant: 'drop-arm',
      before: 'fn f() {\n    match x {\n        A => 1,\n        _ => 2,\n    }\n}',
      after: 'fn f() {\n    match x {\n        A => 1,\n    }\n}',
    },
    {
      variant: 'thin-arrow',
      before: 'fn f() { match x { A => 1, _ => 2 } }',
      after: 'fn f() { match x { A -> 1, _ => 2 } }',
    },
    { variant: 'drop-rest', before: 'fn f() { let A { x, .. } = a; }', after: 'fn f() { let A { x } = a; }' },
    { variant: 'drop-else', before: 'fn f() { if a { 1 } else { 2 } }', after: 'fn f() { if a { 1 } }' },
  ],
};

function arms(source: SourceFile): Slip[] {
  const dropped = nodes(source, 'match_arm').flatMap((node) =>
    (node.parent?.namedChildren.length ?? 0) > 1 ? [wholeLines('drop-arm', node, source)] : [],
  );
  const elses = nodes(source, 'else_clause').map((node) => {
    const space = /\s*$/.exec(source.text.slice(0, node.startIndex))?.[0].length ?? 0;
    return slip('drop-else', node.startIndex - space, node.endIndex);
  });
  return [...dropped, ...elses];
}

function arrows(source: SourceFile): Slip[] {
  return nodes(source, 'match_arm').flatMap((node) => {
    const arrow = node.children.find((child) => child?.type === '=>');
    return arrow ? [slip('thin-arrow', arrow.startIndex, arrow.endIndex, '->')] : [];
  });
}

function rests(source: SourceFile): Slip[] {
  return nodes(source, 'struct_pattern', 'tuple_struct_pattern').flatMap((node) => {
    const rest = node.namedChildren.find((child) => child?.type === 'remaining_field_pattern');
    return rest && field(node, 'type') !== null ? [withComma('drop-rest', rest, source)] : [];
  });
}
