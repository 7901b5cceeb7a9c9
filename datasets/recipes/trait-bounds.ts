// A bound, a derive or an implementation that is not there: methods and operators that a type no longer has.
import type { SourceFile } from '../../tools/index/source.ts';
import { field, nodes, type Recipe, replace, type Slip, slip, wholeLines, withComma } from './recipe.ts';

export const traitBounds: Recipe = {
  name: 'trait-bounds',
  class: 'trait-bounds',
  codes: ['E0277', 'E0599', 'E0369', 'E0046', 'E0282', 'E0117'],
  slips: (source) => [...bounds(source), ...wheres(source), ...derives(source), ...impls(source)],
  examples: [
    { variant: 'drop-bound', before: 'fn f<T: Clone>(t: T) {}', after: 'fn f<T>(t: T) {}' },
    { variant: 'drop-one-bound', before: 'fn f<T: Clone + Ord>(t: T) {}', after: 'fn f<T: Ord>(t: T) {}' },
    { variant: 'drop-where', before: 'fn f<T>(t: T) where T: Ord {}', after: 'fn f<T>(t: T) {}' },
    { variant: 'drop-predicate', before: 'fn f<T, U>() where T: Ord, U: Eq {}', after: 'fn f<T, U>() where U: Eq {}' },
    { variant: 'drop-derived', before: '#[derive(Clone, Debug)]\nstruct A;', after: '#[derive(Debug)]\nstruct A;' },
    { variant: 'drop-derive', before: '#[derive(Clone)]\nstruct A;', after: 'struct A;' },
    { variant: 'drop-impl', before: 'struct A;\nimpl Default for A {}\n', after: 'struct A;\n' },
    {
      variant: 'drop-impl-member',
      before: 'impl T for A {\n    fn f() {}\n    fn g() {}\n}',
      after: 'impl T for A {\n    fn g() {}\n}',
    },
  ],
};

function bounds(source: SourceFile): Slip[] {
  return nodes(source, 'trait_bounds').flatMap((node) => {
    if (node.parent?.type === 'where_predicate') return [];
    const each = node.namedChildren.filter((child) => child !== null);
    const all = [replace('drop-bound', node)];
    if (each.length < 2) return all;
    return [...all, ...each.map((bound, index) => dropOne(bound.startIndex, bound.endIndex, index, source))];
  });
}

/** `A + B`: the bound with the plus that goes with it. */
function dropOne(start: number, end: number, index: number, source: SourceFile): Slip {
  const after = index === 0 ? /^\s*\+\s*/.exec(source.text.slice(end)) : null;
  if (after !== null) return slip('drop-one-bound', start, end + after[0].length);
  const before = /\s*\+\s*$/.exec(source.text.slice(0, start));
  return slip('drop-one-bound', start - (before?.[0].length ?? 0), end);
}

function wheres(source: SourceFile): Slip[] {
  return nodes(source, 'where_clause').flatMap((node) => {
    const space = /\s*$/.exec(source.text.slice(0, node.startIndex))?.[0].length ?? 0;
    const all = [slip('drop-where', node.startIndex - space, node.endIndex)];
    const predicates = node.namedChildren.filter((child) => child?.type === 'where_predicate');
    if (predicates.length < 2) return all;
    return [...all, ...predicates.flatMap((one) => (one === null ? [] : [withComma('drop-predicate', one, source)]))];
  });
}

function derives(source: SourceFile): Slip[] {
  return nodes(source, 'attribute_item').flatMap((node) => {
    const match = /^#\[\s*derive\s*\(/.exec(node.text);
    const tokens = node.descendantsOfType('token_tree')[0];
    if (match === null || !tokens) return [];
    const names = tokens.namedChildren.filter((child) => child?.type === 'identifier');
    if (names.length < 2) return [wholeLines('drop-derive', node, source)];
    return names.flatMap((one) => (one === null ? [] : [withComma('drop-derived', one, source)]));
  });
}

function impls(source: SourceFile): Slip[] {
  return nodes(source, 'impl_item').flatMap((node) => {
    if (field(node, 'trait') === null) return [];
    const members = field(node, 'body')?.namedChildren.filter((child) => child?.type === 'function_item') ?? [];
    const dropped = members.flatMap((one) => (one === null ? [] : [wholeLines('drop-impl-member', one, source)]));
    return [wholeLines('drop-impl', node, source), ...(members.length > 1 ? dropped : [])];
  });
}
