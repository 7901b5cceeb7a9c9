// Items as one file's text declares them: functions, types, their fields and variants, imports, impls. Nothing is
// compiled: macros are not expanded and `cfg` is not evaluated. How files make a crate is modules.ts's.
import type { Node, SourceFile, TextRange } from './source.ts';

export type ItemKind =
  | 'function'
  | 'type'
  | 'trait'
  | 'const'
  | 'static'
  | 'module'
  | 'macro'
  | 'variant'
  | 'field'
  | 'method';

/** `private` items are seen in their module and below; `crate` stands for every `pub(…)`. */
export type Visibility = 'private' | 'crate' | 'public';

export interface Item {
  readonly name: string;
  readonly kind: ItemKind;
  readonly visibility: Visibility;
  readonly file: SourceFile;
  /** The whole declaration; in broken syntax, what of it could be told. */
  readonly node: Node;
  /** Where its name stands. */
  readonly declaredAt: TextRange;
  /** Type of a const, static or field; what a function returns (`()` when unsaid); null for the rest. */
  readonly type: string | null;
  /** Types of a function's parameters without `self`, or of a tuple variant's fields; null for the rest. */
  readonly parameters: readonly string[] | null;
  /** True for a method that takes `self`. */
  readonly takesSelf: boolean;
}

/** One name that a `use` brings in; `name` is null for a glob. */
export interface Import {
  readonly name: string | null;
  /** The path as written, without the rename. */
  readonly path: readonly string[];
  readonly visibility: Visibility;
  readonly declaredAt: TextRange;
}

export interface Impl {
  /** Last segment of the type's path, without generics and references. */
  readonly type: string;
  /** Last segment of the trait's path; null for an inherent impl. */
  readonly trait: string | null;
  readonly file: SourceFile;
  readonly node: Node;
}

const declared = new Map<string, ItemKind>([
  ['function_item', 'function'],
  ['function_signature_item', 'function'],
  ['struct_item', 'type'],
  ['enum_item', 'type'],
  ['union_item', 'type'],
  ['type_item', 'type'],
  ['associated_type', 'type'],
  ['trait_item', 'trait'],
  ['const_item', 'const'],
  ['static_item', 'static'],
  ['mod_item', 'module'],
  ['macro_definition', 'macro'],
]);

/** Keywords that open an item whose declaration did not parse: what follows is its name. */
const openers = new Map<string, ItemKind>([
  ['fn', 'function'],
  ['struct', 'type'],
  ['enum', 'type'],
  ['trait', 'trait'],
  ['mod', 'module'],
]);

export const rangeOf = (node: Node): TextRange => ({ start: node.startIndex, end: node.endIndex });
export const textOf = (file: SourceFile, node: Node): string => file.text.slice(node.startIndex, node.endIndex);

/** Named and unnamed children, nothing missing from the list. */
export const childrenOf = (node: Node): Node[] => node.children.filter((child) => child !== null);

function visibilityOf(file: SourceFile, node: Node): Visibility {
  const first = node.namedChild(0);
  if (first?.type !== 'visibility_modifier') return 'private';
  const text = textOf(file, first);
  return text === 'pub' ? 'public' : text.includes('self') ? 'private' : 'crate';
}

/** Types of the parameters under a `parameters` node, without `self`. */
export function parameterTypes(file: SourceFile, parameters: Node): string[] {
  return parameters.namedChildren
    .filter((child) => child !== null && child.type === 'parameter')
    .map((child) => {
      const type = (child as Node).childForFieldName('type');
      return type === null ? '_' : textOf(file, type);
    });
}

function itemOf(file: SourceFile, node: Node, kind: ItemKind, name: Node, inherited: Visibility | null): Item {
  const isFunction = kind === 'function';
  const parameters = isFunction ? node.childForFieldName('parameters') : null;
  const type = node.childForFieldName(isFunction ? 'return_type' : 'type');
  return {
    name: textOf(file, name),
    kind,
    visibility: inherited ?? visibilityOf(file, node),
    file,
    node,
    declaredAt: rangeOf(name),
    type: type !== null && node.type !== 'type_item' ? textOf(file, type) : isFunction ? '()' : null,
    parameters: parameters === null ? null : parameterTypes(file, parameters),
    takesSelf: parameters?.namedChildren.some((child) => child?.type === 'self_parameter') ?? false,
  };
}

interface Contents {
  readonly items: readonly Item[];
  readonly imports: readonly Import[];
  readonly impls: readonly Impl[];
}

const contents = new WeakMap<SourceFile, Map<number, Contents>>();

/** Items, imports and impls that are direct children of `container` (a file, a module's or a function's block). */
export function contentsOf(file: SourceFile, container: Node): Contents {
  let byNode = contents.get(file);
  if (byNode === undefined) {
    byNode = new Map();
    contents.set(file, byNode);
  }
  const known = byNode.get(container.id);
  if (known !== undefined) return known;
  const items: Item[] = [];
  const imports: Import[] = [];
  const impls: Impl[] = [];
  const inherited = container.parent?.type === 'trait_item' ? 'public' : null;
  const walk = (node: Node): void => {
    const children = childrenOf(node);
    for (const [index, child] of children.entries()) {
      const kind = declared.get(child.type);
      if (kind !== undefined) {
        const name = child.childForFieldName('name');
        if (name !== null && name.endIndex > name.startIndex) items.push(itemOf(file, child, kind, name, inherited));
      } else if (child.type === 'use_declaration') {
        const argument = child.childForFieldName('argument');
        if (argument !== null) collectImports(file, argument, [], visibilityOf(file, child), imports);
      } else if (child.type === 'extern_crate_declaration') {
        const name = child.childForFieldName('alias') ?? child.childForFieldName('name');
        const crate = child.childForFieldName('name');
        if (name !== null && crate !== null)
          imports.push({
            name: textOf(file, name),
            path: [textOf(file, crate)],
            visibility: 'private',
            declaredAt: rangeOf(name),
          });
      } else if (child.type === 'impl_item') {
        const type = lastSegment(file, child.childForFieldName('type'));
        const trait = child.childForFieldName('trait');
        if (type !== null) impls.push({ type, trait: lastSegment(file, trait), file, node: child });
      } else if (child.type === 'ERROR') {
        walk(child);
      } else if (node.type === 'ERROR' && openers.has(child.type)) {
        const name = children[index + 1];
        if (name !== undefined && /identifier$/.test(name.type)) {
          const opened = openers.get(child.type) as ItemKind;
          items.push(brokenItem(file, opened, name, children.slice(index + 2, index + 6)));
        }
      } else if (child.type === 'foreign_mod_item') {
        const body = child.childForFieldName('body');
        if (body !== null) walk(body);
      }
    }
  };
  walk(container);
  const found = { items, imports, impls };
  byNode.set(container.id, found);
  return found;
}

/** An item inside an ERROR: its header lies flat among its siblings. */
function brokenItem(file: SourceFile, kind: ItemKind, name: Node, after: readonly Node[]): Item {
  const parameters = kind === 'function' ? (after.find((node) => node.type === 'parameters') ?? null) : null;
  return {
    name: textOf(file, name),
    kind,
    visibility: 'private',
    file,
    node: name,
    declaredAt: rangeOf(name),
    type: null,
    parameters: parameters === null ? null : parameterTypes(file, parameters),
    takesSelf: parameters?.namedChildren.some((child) => child?.type === 'self_parameter') ?? false,
  };
}

/** `&mut a::Foo<T>` → `Foo`; null for types without a name. */
export function lastSegment(file: SourceFile, type: Node | null): string | null {
  for (let at = type; at !== null; ) {
    if (at.type === 'type_identifier' || at.type === 'identifier' || at.type === 'primitive_type')
      return textOf(file, at);
    if (at.type === 'scoped_type_identifier') at = at.childForFieldName('name');
    else if (at.type === 'generic_type' || at.type === 'reference_type') at = at.childForFieldName('type');
    else return null;
  }
  return null;
}

function segments(file: SourceFile, node: Node | null): string[] {
  return node === null
    ? []
    : textOf(file, node)
        .split('::')
        .map((part) => part.trim())
        .filter((part) => part !== '');
}

function collectImports(
  file: SourceFile,
  node: Node,
  prefix: readonly string[],
  visibility: Visibility,
  into: Import[],
): void {
  const add = (name: string | null, path: readonly string[], at: Node): void => {
    into.push({ name, path, visibility, declaredAt: rangeOf(at) });
  };
  switch (node.type) {
    case 'identifier':
    case 'crate':
    case 'super':
      add(textOf(file, node), [...prefix, textOf(file, node)], node);
      return;
    case 'self':
      if (prefix.length > 0) add(prefix.at(-1) as string, prefix, node);
      return;
    case 'scoped_identifier': {
      const path = [...prefix, ...segments(file, node)];
      add(path.at(-1) ?? null, path, node.childForFieldName('name') ?? node);
      return;
    }
    case 'use_as_clause': {
      const alias = node.childForFieldName('alias');
      const path = [...prefix, ...segments(file, node.childForFieldName('path'))].filter((part) => part !== 'self');
      if (alias !== null) add(textOf(file, alias), path, alias);
      return;
    }
    case 'use_wildcard':
      add(null, [...prefix, ...segments(file, node.namedChild(0))], node);
      return;
    case 'scoped_use_list':
    case 'use_list': {
      const path = [...prefix, ...segments(file, node.childForFieldName('path'))];
      const list = node.type === 'use_list' ? node : node.childForFieldName('list');
      for (const child of list?.namedChildren ?? [])
        if (child !== null) collectImports(file, child, path, visibility, into);
      return;
    }
  }
}

/** Variants of an enum as items; none for another type. */
export function variantsOf(item: Item): Item[] {
  if (item.node.type !== 'enum_item') return [];
  const found: Item[] = [];
  for (const variant of item.node.childForFieldName('body')?.namedChildren ?? []) {
    const name = variant?.type === 'enum_variant' ? variant.childForFieldName('name') : null;
    if (!variant || !name) continue;
    const body = variant.childForFieldName('body');
    const tuple =
      body?.type === 'ordered_field_declaration_list' ? body.namedChildren.filter((type) => type !== null) : null;
    found.push({
      ...itemOf(item.file, variant, 'variant', name, item.visibility),
      type: null,
      parameters:
        tuple
          ?.filter((type) => !/visibility|attribute|comment/.test(type.type))
          .map((type) => textOf(item.file, type)) ?? null,
    });
  }
  return found;
}

/** Fields of a struct, union or struct-like variant; a tuple's are named by index. */
export function fieldsOf(item: Item): Item[] {
  const body = item.node.childForFieldName('body');
  const found: Item[] = [];
  if (body?.type === 'field_declaration_list')
    for (const field of body.namedChildren) {
      const name = field?.type === 'field_declaration' ? field.childForFieldName('name') : null;
      if (field && name) found.push(itemOf(item.file, field, 'field', name, null));
    }
  if (body?.type === 'ordered_field_declaration_list') {
    let visibility: Visibility = 'private';
    for (const child of body.namedChildren) {
      if (child === null || /attribute|comment/.test(child.type)) continue;
      if (child.type === 'visibility_modifier') {
        visibility = textOf(item.file, child) === 'pub' ? 'public' : 'crate';
        continue;
      }
      const name = String(found.length);
      found.push({ ...itemOf(item.file, child, 'field', child, visibility), name, type: textOf(item.file, child) });
      visibility = 'private';
    }
  }
  return found;
}
