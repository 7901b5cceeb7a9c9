// A name that is not there: a typo, a forgotten `use`, `let`, `self.` or path, a binding that was removed.
import { enclosing, type Node, type SourceFile } from '../../tools/index/source.ts';
import { field, nodes, type Recipe, replace, type Slip, slip, wholeLines } from './recipe.ts';

export const names: Recipe = {
  name: 'names',
  class: 'resolution',
  codes: ['E0425', 'E0432', 'E0433', 'E0405', 'E0599', 'E0609', 'E0423', 'E0560'],
  slips: (source) => [
    ...typos(source),
    ...imports(source),
    ...bindings(source),
    ...receivers(source),
    ...paths(source),
  ],
  examples: [
    { variant: 'typo', before: 'fn f(count: u8) { g(count); }', after: 'fn f(count: u8) { g(cuont); }' },
    { variant: 'typo-of-member', before: 'fn f() { a.insert(1); }', after: 'fn f() { a.inesrt(1); }' },
    { variant: 'typo-of-type', before: 'fn f() -> Table { g() }', after: 'fn f() -> Tbale { g() }' },
    { variant: 'plural', before: 'fn f(item: u8) { g(item); }', after: 'fn f(item: u8) { g(items); }' },
    { variant: 'drop-use', before: 'use std::fmt;\nfn f() {}\n', after: 'fn f() {}\n' },
    { variant: 'drop-let', before: 'fn f() { let x = 1; g(x); }', after: 'fn f() { x = 1; g(x); }' },
    { variant: 'drop-binding', before: 'fn f() {\n    let x = 1;\n    g(x);\n}', after: 'fn f() {\n    g(x);\n}' },
    { variant: 'drop-self', before: 'impl A { fn f(&self) { self.x; } }', after: 'impl A { fn f(&self) { x; } }' },
    { variant: 'drop-path', before: 'fn f() { Color::Red; }', after: 'fn f() { Red; }' },
  ],
};

/** Two letters in the middle, swapped: the typo that hands make most, and that no other name is likely to be. */
function swapped(name: string): string | null {
  for (let at = Math.max(1, Math.floor(name.length / 2) - 1); at < name.length - 1; at += 1) {
    if (name[at] === name[at + 1] || !/[a-z]/.test(name[at] ?? '') || !/[a-z]/.test(name[at + 1] ?? '')) continue;
    return name.slice(0, at) + name[at + 1] + name[at] + name.slice(at + 2);
  }
  return null;
}

function isUse(node: Node): boolean {
  const { parent } = node;
  if (parent === null || /pattern|parameter|_item$|use_|macro|label|scoped_use|shorthand/.test(parent.type))
    return false;
  return parent.type !== 'let_declaration' || field(parent, 'pattern')?.id !== node.id;
}

function typos(source: SourceFile): Slip[] {
  const uses = nodes(source, 'identifier').filter((node) => node.text.length > 3 && isUse(node));
  const typed = uses.flatMap((node) => {
    const wrong = swapped(node.text);
    return wrong === null ? [] : [replace('typo', node, wrong)];
  });
  const counted = uses.flatMap((node) => {
    const wrong = node.text.endsWith('s') ? node.text.slice(0, -1) : `${node.text}s`;
    return /^[a-z_]+$/.test(node.text) ? [replace('plural', node, wrong)] : [];
  });
  const members = nodes(source, 'field_identifier', 'type_identifier').flatMap((node) => {
    const declared = node.parent !== null && field(node.parent, 'name')?.id === node.id;
    const wrong = node.text.length > 3 && !declared ? swapped(node.text) : null;
    const variant = node.type === 'type_identifier' ? 'typo-of-type' : 'typo-of-member';
    return wrong === null ? [] : [replace(variant, node, wrong)];
  });
  return [...typed, ...counted, ...members];
}

function imports(source: SourceFile): Slip[] {
  return nodes(source, 'use_declaration').map((node) => wholeLines('drop-use', node, source));
}

function bindings(source: SourceFile): Slip[] {
  return nodes(source, 'let_declaration').flatMap((node) => {
    const pattern = field(node, 'pattern');
    if (pattern?.type !== 'identifier') return [];
    const typed = field(node, 'type') !== null || field(node, 'value') === null;
    const forgotten = typed ? [] : [slip('drop-let', node.startIndex, pattern.startIndex)];
    return [...forgotten, wholeLines('drop-binding', node, source)];
  });
}

function receivers(source: SourceFile): Slip[] {
  return nodes(source, 'field_expression').flatMap((node) => {
    const value = field(node, 'value');
    const name = field(node, 'field');
    return value?.type === 'self' && name !== null ? [slip('drop-self', value.startIndex, name.startIndex)] : [];
  });
}

function paths(source: SourceFile): Slip[] {
  return nodes(source, 'scoped_identifier', 'scoped_type_identifier').flatMap((node) => {
    const path = field(node, 'path');
    const name = field(node, 'name');
    if (path === null || name === null || enclosing(node, 'use_declaration', 'visibility_modifier') !== null) return [];
    return [slip('drop-path', path.startIndex, name.startIndex)];
  });
}
