// The crate's structs and variants by the path that names them, with their shape: unit, tuple, or fields in braces.
import { descendants, type Node, type SourceFile } from '../../../tools/index/source.ts';
import type { ProposeInput } from '../../types.ts';
import { namedChildren } from './expressions.ts';

export interface Shape {
  readonly source: SourceFile;
  /** `struct_item` or `enum_variant`. */
  readonly node: Node;
  readonly name: string;
  /** The enum of a variant. */
  readonly owner: string | null;
  readonly kind: 'unit' | 'tuple' | 'braces';
  /** Names are positions where the shape is a tuple. */
  readonly fields: readonly { readonly name: string; readonly type: string; readonly node: Node }[];
}

/** All shapes of one name; `owner` is the path segment before it, where one is written. */
export function shapesNamed(input: ProposeInput, path: string): Shape[] {
  const segments = path
    .replace(/<.*>/s, '')
    .split('::')
    .map((segment) => segment.trim());
  const name = segments.at(-1) ?? '';
  const owner = segments.at(-2) ?? null;
  const found: Shape[] = [];
  for (const file of input.files) {
    const source = input.source(file);
    if (source === null || !source.text.includes(name)) continue;
    for (const node of descendants(source.root, 'struct_item', 'enum_variant')) {
      if (node.childForFieldName('name')?.text !== name) continue;
      const shape = shapeOf(source, node, name);
      if (shape.owner === null || owner === null || owner === 'Self' || owner === shape.owner) found.push(shape);
    }
  }
  return found;
}

function shapeOf(source: SourceFile, node: Node, name: string): Shape {
  const body = node.childForFieldName('body');
  const owner = node.type === 'enum_variant' ? (node.parent?.parent?.childForFieldName('name')?.text ?? null) : null;
  if (body === null) return { source, node, name, owner, kind: 'unit', fields: [] };
  if (body.type === 'ordered_field_declaration_list') {
    const fields = namedChildren(body)
      .filter((child) => child.type !== 'visibility_modifier')
      .map((child, index) => ({ name: `${index}`, type: child.text, node: child }));
    return { source, node, name, owner, kind: 'tuple', fields };
  }
  const fields = namedChildren(body)
    .filter((child) => child.type === 'field_declaration')
    .map((child) => ({
      name: child.childForFieldName('name')?.text ?? '',
      type: child.childForFieldName('type')?.text ?? '',
      node: child,
    }));
  return { source, node, name, owner, kind: 'braces', fields };
}
