// Types that own what they borrowed: `&'a str` → `String` in a struct, its `impl` blocks without the lifetime, and
// `.to_string()` where its values are built. When that is worth it is the proposers' to say.
import type { Edit } from '../../../schemas/types.ts';
import { descendants, enclosing, type Node, type SourceFile } from '../../../tools/index/source.ts';
import type { ProposeInput } from '../../types.ts';
import { typeNamed } from './derives.ts';
import { namedChildren, receiver } from './expressions.ts';

/** The owned type for a `reference_type`, as text: `&str` → `String`, `&[T]` → `Vec<T>`, `&T` → `T`; null for `&mut`, `dyn`. */
export function ownedType(reference: Node): string | null {
  const inner = reference.childForFieldName('type');
  if (inner === null || reference.children.some((child) => child?.type === 'mutable_specifier')) return null;
  if (inner.text === 'str') return 'String';
  if (inner.type === 'dynamic_type' || inner.type === 'reference_type') return null;
  if (inner.type === 'array_type' && inner.childForFieldName('length') === null) {
    const element = inner.childForFieldName('element')?.text;
    return element === undefined ? null : `Vec<${element}>`;
  }
  return inner.text;
}

/** Edits that make every reference under a type owned; null where one cannot be. */
export function ownReferences(source: SourceFile, type: Node): Edit[] | null {
  const edits: Edit[] = [];
  for (const reference of descendants(type, 'reference_type')) {
    if (enclosing(reference.parent, 'function_type') !== null) continue;
    const owned = ownedType(reference);
    if (owned === null) return null;
    edits.push(source.edit(reference.startIndex, reference.endIndex, owned));
  }
  return edits;
}

/** An expression of a reference as an owned value of `type`: `&x` → `x.clone()`, `text` → `text.to_string()`. */
export function ownedValue(node: Node, type: string): string {
  const inner = node.type === 'reference_expression' ? node.childForFieldName('value') : null;
  if (inner !== null && inner.type !== 'index_expression') return `${receiver(inner.text)}.clone()`;
  const text = inner !== null ? receiver(inner.text) : receiver(node.text);
  return type === 'String' ? `${text}.to_string()` : type.startsWith('Vec<') ? `${text}.to_vec()` : `${text}.clone()`;
}

/**
 * Edits by which the crate's type `name`, which borrows for lifetimes of its own, owns its fields; null where it has no
 * lifetime or a field that cannot be owned.
 */
export function ownStruct(input: ProposeInput, name: string): Edit[] | null {
  const type = typeNamed(input, name);
  if (type === null || type.node.type !== 'struct_item') return null;
  const edits: Edit[] = [];
  const owned = new Map<string, string>();
  for (const field of descendants(type.node, 'field_declaration')) {
    const written = field.childForFieldName('type');
    const own = written === null ? null : ownReferences(type.source, written);
    if (written === null || own === null) return null;
    if (own.length === 0) continue;
    edits.push(...own);
    const whole = written.type === 'reference_type' ? ownedType(written) : null;
    if (whole !== null) owned.set(field.childForFieldName('name')?.text ?? '', whole);
  }
  if (edits.length === 0) return null;
  edits.push(...withoutLifetimes(type.source, type.node));
  for (const file of input.files) {
    const source = input.source(file);
    if (source === null || !source.text.includes(name)) continue;
    for (const used of descendants(source.root, 'generic_type')) {
      if (used.childForFieldName('type')?.text !== name) continue;
      const list = used.childForFieldName('type_arguments');
      if (list !== null) edits.push(...dropLifetimes(source, list));
    }
    for (const impl of descendants(source.root, 'impl_item')) {
      if (!new RegExp(`^${name}\\b`).test(impl.childForFieldName('type')?.text ?? '')) continue;
      edits.push(...withoutLifetimes(source, impl));
      const body = impl.childForFieldName('body');
      const declared = lifetimesOf(impl);
      for (const lifetime of body === null ? [] : descendants(body, 'lifetime')) {
        if (declared.includes(lifetime.text) && lifetime.parent?.type === 'reference_type')
          edits.push(source.edit(lifetime.startIndex, lifetime.endIndex + 1, ''));
      }
    }
    for (const literal of descendants(source.root, 'struct_expression')) {
      const built = literal.childForFieldName('name')?.text.replace(/<.*$/, '');
      const own = built === 'Self' ? enclosing(literal, 'impl_item')?.childForFieldName('type')?.text : built;
      if (own === undefined || !new RegExp(`^${name}\\b`).test(own)) continue;
      for (const field of descendants(literal, 'field_initializer', 'shorthand_field_initializer')) {
        if (!enclosing(field, 'struct_expression')?.equals(literal)) continue;
        const value = field.type === 'field_initializer' ? field.childForFieldName('value') : null;
        const key = field.childForFieldName('field')?.text ?? field.text;
        const as = owned.get(key);
        if (as === undefined) continue;
        if (value !== null) edits.push(source.edit(value.startIndex, value.endIndex, ownedValue(value, as)));
        else
          edits.push(
            source.insert(
              field.endIndex,
              `: ${as === 'String' ? `${key}.to_string()` : as.startsWith('Vec<') ? `${key}.to_vec()` : `${key}.clone()`}`,
            ),
          );
      }
    }
  }
  return edits;
}

function lifetimesOf(item: Node): string[] {
  const list = item.childForFieldName('type_parameters');
  return list === null ? [] : descendants(list, 'lifetime').map((lifetime) => lifetime.text);
}

/** An item's generic parameters without its lifetimes. */
function withoutLifetimes(source: SourceFile, item: Node): Edit[] {
  const list = item.childForFieldName('type_parameters');
  return list === null ? [] : dropLifetimes(source, list);
}

function dropLifetimes(source: SourceFile, list: Node): Edit[] {
  const children = namedChildren(list);
  const kept = children.filter((child) => child.type !== 'lifetime' && child.type !== 'lifetime_parameter');
  if (kept.length === children.length) return [];
  const text = kept.length === 0 ? '' : `<${kept.map((child) => child.text).join(', ')}>`;
  return [source.edit(list.startIndex, list.endIndex, text)];
}
