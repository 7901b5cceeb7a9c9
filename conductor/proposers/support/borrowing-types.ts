// Types that come to borrow: which others hold them, and what changes in their implementations and in the functions that take
// or give them.
import type { Edit } from '../../../schemas/types.ts';
import { descendants, enclosing, type Node, type SourceFile } from '../../../tools/index/source.ts';
import type { ProposeInput } from '../../types.ts';
import { functionOf } from './functions.ts';
import { argument, associatedReferences, bareReferences, declare, name } from './lifetime-edits.ts';

export interface TypeItem {
  readonly source: SourceFile;
  readonly item: Node;
}

/** Types without lifetimes, and the crate's types that hold them: all of them borrow once the first does. */
export function heldBy(input: ProposeInput, firsts: readonly TypeItem[]): readonly TypeItem[] {
  const found = [...firsts];
  for (const { item } of found) {
    const held = new Set([item.childForFieldName('name')?.text ?? '']);
    for (const file of input.files) {
      const source = input.source(file);
      for (const other of source === null ? [] : descendants(source.root, 'struct_item', 'enum_item')) {
        const fields = other.childForFieldName('body');
        const known = found.some((one) => one.source === source && one.item.equals(other));
        if (
          source === null ||
          known ||
          fields === null ||
          other.childForFieldName('type_parameters')?.text.includes("'")
        )
          continue;
        if (mentions(fields, held).length > 0) found.push({ source, item: other });
      }
    }
  }
  return found;
}

/** Targets of the fields' references that no field owns: a `&str` given out can then only be one of those lent. */
export function lentOnly(bodies: readonly Node[]): ReadonlySet<string> {
  const targets = bodies.flatMap((body) =>
    bareReferences(body).map((one) => one.childForFieldName('type')?.text ?? ''),
  );
  const owned = (target: string): boolean =>
    target !== 'str' ||
    bodies.some((body) => descendants(body, 'type_identifier').some((one) => ['String', 'Cow'].includes(one.text)));
  return new Set(targets.filter((target) => !owned(target)));
}

/** Results of methods with `&self` that are references to what the type borrowed. */
export function accessorEdits(source: SourceFile, impl: Node, typeName: string, lent: ReadonlySet<string>): Edit[] {
  if (impl.childForFieldName('type')?.text !== typeName || impl.childForFieldName('trait') !== null) return [];
  return descendants(impl, 'function_item').flatMap((node) => {
    const fn = functionOf(source, node);
    if (fn?.returnType == null || fn.self?.text.startsWith('&') !== true) return [];
    return bareReferences(fn.returnType)
      .filter((one) => lent.has(one.childForFieldName('type')?.text ?? ''))
      .map((one) => name(source, one, "'a"));
  });
}

/** A function whose result could borrow from one reference until its argument's type borrowed too: all of it for `'a`. */
export function ambiguous(source: SourceFile, node: Node, names: ReadonlySet<string>): Edit[] {
  const fn = functionOf(source, node);
  const fnName = node.childForFieldName('name');
  if (fn === null || fnName === null || fn.returnType === null || fn.self !== null) return [];
  if (node.childForFieldName('type_parameters')?.text.includes("'") || enclosing(node, 'impl_item') !== null) return [];
  const elided = (type: Node): [Node[], Node[]] => [bareReferences(type), mentions(type, names)];
  const given = fn.parameters.map((parameter) => elided(parameter.type));
  const result = elided(fn.returnType);
  const inputs = given.reduce((sum, [references, held]) => sum + references.length + held.length, 0);
  if (inputs < 2 || result.flat().length === 0 || given.every(([, held]) => held.length === 0)) return [];
  return [
    declare(source, node, fnName),
    ...[...given, result].flatMap(([references, held]) => [
      ...references.map((one) => name(source, one, "'a")),
      ...held.map((one) => argument(source, one)),
    ]),
  ];
}

/** Uses of the named types without a lifetime, function types left out. */
export function mentions(fields: Node, names: ReadonlySet<string>): Node[] {
  return descendants(fields, 'type_identifier').filter(
    (node) =>
      names.has(node.text) && node.parent?.type !== 'enum_variant' && enclosing(node.parent, 'function_type') === null,
  );
}

/**
 * `impl Name` → `impl<'a> Name<'a>`, `impl<T> Name<T>` → `impl<'a, T> Name<'a, T>`; functions that give back `Self` take references
 * for `'a`, and associated types are references for it.
 */
export function implEdits(source: SourceFile, impl: Node, typeName: string, names: ReadonlySet<string>): Edit[] {
  const type = impl.childForFieldName('type');
  const keyword = impl.children.find((child) => child?.type === 'impl');
  const own = type?.type === 'generic_type' ? type.childForFieldName('type') : type;
  if (!type || own?.type !== 'type_identifier' || own.text !== typeName || !keyword) return [];
  if (descendants(type, 'lifetime').length > 0) return [];
  const edits = [declare(source, impl, keyword), argument(source, own)];
  edits.push(...associatedReferences(impl).map((one) => name(source, one, "'a")));
  // What it gives out of the other types holds what it borrowed.
  for (const item of descendants(impl, 'type_item'))
    edits.push(...mentions(item.childForFieldName('type') ?? item, names).map((one) => argument(source, one)));
  for (const node of descendants(impl, 'function_item')) {
    const fn = functionOf(source, node);
    if (fn === null || fn.returnType === null) continue;
    const result = fn.returnType;
    if (fn.self !== null) edits.push(...mentions(result, names).map((one) => argument(source, one)));
    const givesOwn = descendants(result, 'type_identifier').some((one) => one.text === 'Self' || one.text === typeName);
    if (!givesOwn) continue;
    for (const parameter of fn.parameters)
      edits.push(...bareReferences(parameter.type).map((one) => name(source, one, "'a")));
    for (const one of fn.self === null ? descendants(result, 'type_identifier') : [])
      if (one.text === typeName) edits.push(argument(source, one));
  }
  return edits;
}
