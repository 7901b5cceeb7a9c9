// Arguments and parameters of another number or order: left out, given twice, swapped, or added to one side only.
import type { Node, SourceFile } from '../../tools/index/source.ts';
import { field, nodes, type Recipe, type Slip, slip, withComma } from './recipe.ts';

export const arity: Recipe = {
  name: 'arity',
  class: 'type-mismatch',
  codes: ['E0061', 'E0107', 'E0308', 'E0023', 'E0425'],
  slips: (source) => [...calls(source), ...parameters(source), ...generics(source)],
  examples: [
    { variant: 'drop-argument', before: 'fn f() { g(a, b); }', after: 'fn f() { g(a); }' },
    { variant: 'repeat-argument', before: 'fn f() { g(a); }', after: 'fn f() { g(a, a); }' },
    { variant: 'swap-arguments', before: 'fn f() { g(a, &b); }', after: 'fn f() { g(&b, a); }' },
    { variant: 'drop-parameter', before: 'fn f(a: u8, b: u8) {}', after: 'fn f(a: u8) {}' },
    { variant: 'drop-type-argument', before: 'fn f(m: Map<K, V>) {}', after: 'fn f(m: Map<K>) {}' },
    { variant: 'drop-subpattern', before: 'fn f() { if let A(x, y) = a {} }', after: 'fn f() { if let A(x) = a {} }' },
  ],
};

function list(node: Node | null): Node[] {
  return node?.namedChildren.filter((child) => child !== null && !/comment|attribute/.test(child.type)) as Node[];
}

function calls(source: SourceFile): Slip[] {
  return nodes(source, 'arguments').flatMap((node) => {
    const all = list(node);
    const last = all.at(-1);
    if (last === undefined) return [];
    const drops = all.map((one) => withComma('drop-argument', one, source));
    const [first, second] = all;
    const swap =
      first !== undefined && second !== undefined && all.length === 2 && first.text !== second.text
        ? [slip('swap-arguments', first.startIndex, second.endIndex, `${second.text}, ${first.text}`)]
        : [];
    return [...drops, slip('repeat-argument', last.endIndex, last.endIndex, `, ${last.text}`), ...swap];
  });
}

function parameters(source: SourceFile): Slip[] {
  const declared = nodes(source, 'parameters').flatMap((node) => {
    const all = list(node).filter((one) => one.type === 'parameter');
    return node.parent?.type === 'function_item' ? all.map((one) => withComma('drop-parameter', one, source)) : [];
  });
  const patterns = nodes(source, 'tuple_struct_pattern').flatMap((node) => {
    const type = field(node, 'type');
    const inner = list(node).filter((one) => one.startIndex !== type?.startIndex);
    return inner.length < 2 ? [] : inner.slice(1).map((one) => withComma('drop-subpattern', one, source));
  });
  return [...declared, ...patterns];
}

function generics(source: SourceFile): Slip[] {
  return nodes(source, 'type_arguments').flatMap((node) => {
    const all = list(node).filter((one) => one.type !== 'lifetime');
    return all.length < 2 ? [] : all.map((one) => withComma('drop-type-argument', one, source));
  });
}
