// The crate's own types by name, and the `#[derive]` that they lack.
import type { Edit } from '../../../schemas/types.ts';
import { descendants, type Node, type SourceFile } from '../../../tools/index/source.ts';
import type { ProposeInput } from '../../types.ts';
import { namedChildren } from './expressions.ts';

export interface OwnType {
  readonly source: SourceFile;
  /** `struct_item`, `enum_item` or `union_item`. */
  readonly node: Node;
  readonly name: string;
  /** Field types as written, over all variants. */
  readonly fields: readonly string[];
}

/** The type declared under `name` in the files that may be edited; null for none or several. */
export function typeNamed(input: ProposeInput, name: string): OwnType | null {
  const found: OwnType[] = [];
  for (const file of input.files) {
    const source = input.source(file);
    if (source === null || !source.text.includes(name)) continue;
    for (const node of descendants(source.root, 'struct_item', 'enum_item', 'union_item')) {
      if (node.childForFieldName('name')?.text === name) found.push({ source, node, name, fields: fieldTypes(node) });
    }
  }
  return found.length === 1 ? (found[0] as OwnType) : null;
}

function fieldTypes(node: Node): string[] {
  const named = descendants(node, 'field_declaration').map((field) => field.childForFieldName('type')?.text ?? '');
  const ordered = descendants(node, 'ordered_field_declaration_list').flatMap((list) =>
    namedChildren(list)
      .filter((child) => child.type !== 'visibility_modifier')
      .map((child) => child.text),
  );
  return [...named, ...ordered];
}

/**
 * Edits by which the crate's type `name` derives `traits`, those that it has left out: none when it has all of them.
 * `Eq` brings `PartialEq`, `Copy` brings `Clone`. null when a trait is implemented by hand. A type that is not the
 * crate's own needs no edit.
 */
export function deriveEdits(input: ProposeInput, name: string, traits: readonly string[]): Edit[] | null {
  const type = typeNamed(input, name);
  if (type === null) return [];
  const has = new Set(derivesOf(type.node).flatMap((attribute) => names(attribute)));
  const missing = traits.filter((trait) => !has.has(trait));
  if (missing.length === 0) return [];
  if (missing.some((trait) => implementedByHand(input, name, trait))) return null;
  const existing = derivesOf(type.node)[0];
  const list = existing?.childForFieldName('arguments') ?? null;
  if (list !== null) {
    const inner = list.text.slice(1, -1).trim();
    const comma = inner === '' || inner.endsWith(',') ? (inner === '' ? '' : ' ') : ', ';
    return [type.source.insert(list.endIndex - 1, `${comma}${missing.join(', ')}`)];
  }
  const at = type.node.startIndex;
  return [type.source.insert(at, `#[derive(${missing.join(', ')})]${type.source.newline}${type.source.indentAt(at)}`)];
}

/** Whether the crate's type `name` derives a trait. */
export function derivesTrait(input: ProposeInput, name: string, trait: string): boolean {
  const type = typeNamed(input, name);
  return type !== null && derivesOf(type.node).some((attribute) => names(attribute).includes(trait));
}

/** The `derive` attributes above an item. */
export function derivesOf(item: Node): Node[] {
  const found: Node[] = [];
  for (let at = item.previousNamedSibling; at !== null; at = at.previousNamedSibling) {
    if (at.type === 'line_comment' || at.type === 'block_comment') continue;
    if (at.type !== 'attribute_item') break;
    const attribute = at.namedChild(0);
    if (attribute?.namedChild(0)?.text === 'derive') found.push(attribute);
  }
  return found;
}

function names(attribute: Node): string[] {
  const list = attribute.childForFieldName('arguments');
  return list === null ? [] : descendants(list, 'identifier').map((node) => node.text);
}

function implementedByHand(input: ProposeInput, name: string, trait: string): boolean {
  return input.files.some((file) => {
    const source = input.source(file);
    return (
      source !== null &&
      descendants(source.root, 'impl_item').some((node) => {
        const type = node.childForFieldName('type')?.text.split('<')[0];
        return type === name && node.childForFieldName('trait')?.text.split('::').at(-1)?.split('<')[0] === trait;
      })
    );
  });
}
