// A reference, a `mut`, a lifetime or a clone that is not there: borrows that end too early, values used after they moved.
import type { Node, SourceFile } from '../../tools/index/source.ts';
import { field, nodes, type Recipe, replace, type Slip, slip, withComma, withSpace } from './recipe.ts';

export const borrow: Recipe = {
  name: 'borrow',
  class: 'borrow',
  codes: [
    'E0308',
    'E0382',
    'E0596',
    'E0594',
    'E0507',
    'E0106',
    'E0505',
    'E0502',
    'E0499',
    'E0597',
    'E0373',
    'E0621',
    null,
  ],
  slips: (source) => [
    ...references(source),
    ...mutability(source),
    ...lifetimes(source),
    ...moves(source),
    ...inlined(source),
  ],
  examples: [
    { variant: 'drop-reference', before: 'fn f(s: &String) { g(&s); }', after: 'fn f(s: &String) { g(s); }' },
    { variant: 'drop-mut-of-reference', before: 'fn f() { g(&mut s); }', after: 'fn f() { g(&s); }' },
    { variant: 'drop-loop-reference', before: 'fn f() { for x in &v {} }', after: 'fn f() { for x in v {} }' },
    { variant: 'drop-mut', before: 'fn f() { let mut x = 1; }', after: 'fn f() { let x = 1; }' },
    { variant: 'drop-mut-of-type', before: 'fn f(v: &mut V) {}', after: 'fn f(v: &V) {}' },
    { variant: 'drop-self-mut', before: 'impl A { fn f(&mut self) {} }', after: 'impl A { fn f(&self) {} }' },
    { variant: 'drop-lifetime', before: "struct A<'a> { s: &'a str }", after: "struct A<'a> { s: &str }" },
    { variant: 'drop-lifetime-argument', before: "fn f<'a>(s: A<'a>) {}", after: "fn f<'a>(s: A) {}" },
    { variant: 'drop-clone', before: 'fn f() { g(s.clone()); }', after: 'fn f() { g(s); }' },
    { variant: 'drop-as-ref', before: 'fn f() { self.x.as_ref().map(g); }', after: 'fn f() { self.x.map(g); }' },
    { variant: 'drop-take', before: 'fn f() { g(self.x.take()); }', after: 'fn f() { g(self.x); }' },
    { variant: 'drop-iter', before: 'fn f() { g(v.iter()); }', after: 'fn f() { g(v); }' },
    { variant: 'drop-ref', before: 'fn f() { if let Some(ref x) = y {} }', after: 'fn f() { if let Some(x) = y {} }' },
    { variant: 'drop-move', before: 'fn f() { g(move |x| x); }', after: 'fn f() { g(|x| x); }' },
    {
      variant: 'inline-binding',
      before: 'fn f() { let n = v.len(); v.truncate(n); }',
      after: 'fn f() { v.truncate(v.len()); }',
    },
  ],
};

function references(source: SourceFile): Slip[] {
  return nodes(source, 'reference_expression').flatMap((node) => {
    const value = field(node, 'value');
    if (value === null) return [];
    const mutable = node.children.find((child) => child?.type === 'mutable_specifier') ?? null;
    const inLoop = node.parent?.type === 'for_expression';
    const dropped = slip(inLoop ? 'drop-loop-reference' : 'drop-reference', node.startIndex, value.startIndex);
    return mutable === null
      ? [dropped]
      : [dropped, slip('drop-mut-of-reference', mutable.startIndex, value.startIndex)];
  });
}

function mutability(source: SourceFile): Slip[] {
  return nodes(source, 'mutable_specifier').flatMap((node) => {
    const parent = node.parent?.type ?? '';
    if (parent === 'let_declaration' || parent === 'mut_pattern' || parent === 'parameter')
      return [withSpace('drop-mut', node, source)];
    if (parent === 'reference_type') return [withSpace('drop-mut-of-type', node, source)];
    return parent === 'self_parameter' ? [withSpace('drop-self-mut', node, source)] : [];
  });
}

function lifetimes(source: SourceFile): Slip[] {
  return nodes(source, 'lifetime').flatMap((node) => {
    if (node.parent?.type === 'reference_type') return [withSpace('drop-lifetime', node, source)];
    if (node.parent?.type !== 'type_arguments') return [];
    const only = node.parent.namedChildren.length === 1;
    return [only ? replace('drop-lifetime-argument', node.parent) : withComma('drop-lifetime-argument', node, source)];
  });
}

/** Calls whose value stays usable only because of them. */
const sharing: Readonly<Record<string, string>> = {
  clone: 'drop-clone',
  as_ref: 'drop-as-ref',
  as_mut: 'drop-as-ref',
  as_deref: 'drop-as-ref',
  take: 'drop-take',
  iter: 'drop-iter',
};

function moves(source: SourceFile): Slip[] {
  const calls = nodes(source, 'call_expression').flatMap((node) => {
    const called = field(node, 'function');
    const value = called === null ? null : field(called, 'value');
    const variant = called === null ? undefined : sharing[field(called, 'field')?.text ?? ''];
    const bare = field(node, 'arguments')?.namedChildren.length === 0;
    return value === null || variant === undefined || !bare ? [] : [slip(variant, value.endIndex, node.endIndex)];
  });
  const closures = nodes(source, 'closure_expression').flatMap((node) => {
    const word = node.children.find((child) => child?.type === 'move') ?? null;
    return word === null ? [] : [withSpace('drop-move', word, source)];
  });
  const patterns = nodes(source, 'ref_pattern').flatMap((node) => {
    const [inner] = node.namedChildren;
    return inner ? [slip('drop-ref', node.startIndex, inner.startIndex)] : [];
  });
  return [...calls, ...closures, ...patterns];
}

/** `let n = v.len(); v.truncate(n)`: the binding is there so that two borrows do not meet. */
function inlined(source: SourceFile): Slip[] {
  return nodes(source, 'let_declaration').flatMap((node) => {
    const pattern = field(node, 'pattern');
    const value = field(node, 'value');
    const next = node.nextNamedSibling;
    if (pattern?.type !== 'identifier' || value?.type !== 'call_expression' || next === null) return [];
    const uses = usesIn(next, pattern.text);
    const [use, ...more] = uses;
    if (use === undefined || more.length > 0 || laterUse(next, pattern.text)) return [];
    const between = source.text.slice(next.startIndex, use.startIndex);
    const text = between + value.text;
    return [slip('inline-binding', node.startIndex, use.endIndex, text)];
  });
}

function usesIn(node: Node, name: string): Node[] {
  return node.descendantsOfType('identifier').filter((one) => one !== null && one.text === name) as Node[];
}

function laterUse(node: Node, name: string): boolean {
  for (let next = node.nextNamedSibling; next !== null; next = next.nextNamedSibling)
    if (usesIn(next, name).length > 0 || (next.type === 'macro_invocation' && next.text.includes(name))) return true;
  return false;
}
