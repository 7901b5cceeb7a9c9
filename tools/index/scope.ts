// Names that a place in a file can use: locals and parameters by position, generics, members of `self`, imports,
// items of this and of other modules, the prelude. Types are those that are written down; nothing is inferred.
//
// Broken syntax is expected: an ERROR node is read as a flat list of what its text would have declared.
import { childrenOf, contentsOf, type Import, type Item, lastSegment, rangeOf, textOf, variantsOf } from './items.ts';
import { type CrateSources, type CrateTree, crateOf, type Module, membersOf, visibleFrom } from './modules.ts';
import { preludeNames } from './prelude.ts';
import type { Node, SourceFile, TextRange } from './source.ts';

export type NameKind =
  | 'local'
  | 'parameter'
  | 'field'
  | 'method'
  | 'function'
  | 'type'
  | 'trait'
  | 'variant'
  | 'const'
  | 'static'
  | 'module'
  | 'macro'
  | 'generic'
  | 'lifetime'
  | 'label'
  | 'import'
  | 'self';

export interface Name {
  readonly name: string;
  readonly kind: NameKind;
  /** null for the prelude. */
  readonly declaredAt: { readonly file: string; readonly range: TextRange } | null;
  /** The declared type as written; what a function returns (`()` when unsaid); null when none is written. */
  readonly type: string | null;
  /** Types of a function's parameters without `self`, or of a tuple variant's fields; null for the rest. */
  readonly parameters: readonly string[] | null;
  /** Scopes between the place and the declaration; 0 is the innermost block. Other modules and the prelude come last. */
  readonly distance: number;
  /** How it is written from here: `count`, `self.total`, `Shape::Circle`, `crate::bank::Account`. */
  readonly path: string;
}

const preludeDistance = 1000;
const otherModuleDistance = 100;

/** Two names of different spaces do not shadow each other. */
function space(kind: NameKind): string {
  if (kind === 'macro' || kind === 'lifetime' || kind === 'label') return kind;
  return kind === 'type' || kind === 'trait' || kind === 'module' || kind === 'generic' ? 'type' : 'value';
}

/** Collects names, nearest first: a later one of the same path and space is shadowed. */
class Names {
  readonly found: Name[] = [];
  private readonly seen = new Set<string>();
  private readonly file: SourceFile;

  constructor(file: SourceFile) {
    this.file = file;
  }

  add(name: Name): void {
    if (name.name === '' || name.name === '_') return;
    const key = `${space(name.kind)} ${name.path}`;
    if (this.seen.has(key)) return;
    this.seen.add(key);
    this.found.push(name);
  }

  /** A name declared at `node` in this file. */
  here(kind: NameKind, node: Node, distance: number, type: string | null = null): void {
    const name = textOf(this.file, node);
    const declaredAt = { file: this.file.path, range: rangeOf(node) };
    this.add({ name, kind, declaredAt, type, parameters: null, distance, path: name });
  }

  item(item: Item, distance: number, path: string = item.name, name: string = item.name): void {
    const declaredAt = { file: item.file.path, range: item.declaredAt };
    this.add({ name, kind: item.kind, declaredAt, type: item.type, parameters: item.parameters, distance, path });
  }
}

/** Every identifier that a pattern binds, with the type beside it where the pattern is that one name. */
function bind(
  names: Names,
  file: SourceFile,
  pattern: Node | null,
  kind: NameKind,
  distance: number,
  type: Node | null,
): void {
  if (pattern === null) return;
  const walk = (node: Node, whole: boolean): void => {
    if (node.type === 'identifier' || node.type === 'shorthand_field_identifier') {
      // A capital names a constant or a variant here, not a binding.
      if (whole || !/^[A-Z]/.test(textOf(file, node)))
        names.here(kind, node, distance, whole && type !== null ? textOf(file, type) : null);
      return;
    }
    if (/scoped|literal|expression|type|range_pattern|macro/.test(node.type)) return;
    const path = node.childForFieldName('type');
    const field = node.type === 'field_pattern' ? node.childForFieldName('name') : null;
    for (const child of node.namedChildren) {
      if (child === null || child.id === path?.id) continue;
      if (child.id === field?.id && child.type === 'field_identifier') continue;
      walk(child, whole && node.type === 'mut_pattern');
    }
  };
  walk(pattern, true);
}

function bindParameters(names: Names, file: SourceFile, parameters: Node | null, distance: number): void {
  for (const child of parameters?.namedChildren ?? []) {
    if (child === null) continue;
    if (child.type === 'parameter')
      bind(names, file, child.childForFieldName('pattern'), 'parameter', distance, child.childForFieldName('type'));
    else if (child.type === 'self_parameter') selfParameter(names, file, child, distance);
    else bind(names, file, child, 'parameter', distance, null);
  }
}

function selfParameter(names: Names, file: SourceFile, node: Node, distance: number): void {
  const declaredAt = { file: file.path, range: rangeOf(node) };
  names.add({
    name: 'self',
    kind: 'self',
    declaredAt,
    type: textOf(file, node),
    parameters: null,
    distance,
    path: 'self',
  });
}

function bindGenerics(names: Names, file: SourceFile, node: Node, distance: number): void {
  const list = node.childForFieldName('type_parameters');
  for (const child of list?.namedChildren ?? []) {
    const name = child?.childForFieldName('name');
    if (!child || !name) continue;
    if (child.type === 'lifetime_parameter') names.here('lifetime', name, distance);
    else if (child.type === 'const_parameter') {
      const type = child.childForFieldName('type');
      names.here('const', name, distance, type === null ? null : textOf(file, type));
    } else {
      const bounds = child.childForFieldName('bounds');
      names.here('generic', name, distance, bounds === null ? null : textOf(file, bounds).replace(/^:\s*/, ''));
    }
  }
}

function bindCondition(names: Names, file: SourceFile, condition: Node | null, before: number, distance: number): void {
  if (condition === null) return;
  if (condition.type === 'let_condition') {
    if (condition.endIndex <= before)
      bind(names, file, condition.childForFieldName('pattern'), 'local', distance, null);
  } else if (condition.type === 'let_chain') {
    for (const child of condition.namedChildren.toReversed()) bindCondition(names, file, child, before, distance);
  }
}

/** Bindings and items of a block's direct statements, the last `let` first: it shadows the ones before. */
function bindStatements(names: Names, file: SourceFile, children: readonly Node[], at: number, distance: number): void {
  for (let index = children.length - 1; index >= 0; index--) {
    const child = children[index] as Node;
    if (child.startIndex >= at) continue;
    if (child.type === 'let_declaration' && child.endIndex <= at) {
      bind(names, file, child.childForFieldName('pattern'), 'local', distance, child.childForFieldName('type'));
    } else if (child.type === 'ERROR' && child.endIndex <= at) {
      bindStatements(names, file, childrenOf(child), at, distance);
    } else if (child.type === 'let' || child.type === 'for') {
      let next = children[index + 1];
      if (next?.type === 'mutable_specifier') next = children[index + 2];
      if (next !== undefined && next.endIndex <= at) bind(names, file, next, 'local', distance, null);
    }
  }
}

/** What an ERROR around the place declares: its statements back to the `fn` that opened it, and that header. */
function bindBroken(names: Names, file: SourceFile, error: Node, at: number, distance: number): void {
  const children = childrenOf(error);
  let header = -1;
  for (const [index, child] of children.entries()) if (child.type === 'fn' && child.startIndex < at) header = index;
  bindStatements(names, file, children.slice(header + 1), at, distance);
  if (header < 0) return;
  for (const child of children.slice(header + 1, header + 5)) {
    if (child.type === 'parameters' && child.endIndex <= at) bindParameters(names, file, child, distance + 1);
    if (child.type === 'type_parameters') bindGenerics(names, file, error, distance + 1);
  }
}

/** Closure parameters among a macro's tokens, which have no tree of their own. */
function bindTokens(names: Names, file: SourceFile, tokens: Node, at: number, distance: number): void {
  let open = false;
  for (const child of childrenOf(tokens)) {
    if (child.startIndex >= at) break;
    if (textOf(file, child) === '|') open = !open;
    else if (open && child.type === 'identifier') names.here('parameter', child, distance);
  }
}

/** Adds what `imports` bring into `module`; what they name in this crate is added as what it is. */
function addImports(names: Names, tree: CrateTree, module: Module, imports: readonly Import[], distance: number): void {
  for (const { name, path, declaredAt } of imports) {
    if (name === null) {
      for (const item of globItems(tree, module, path)) names.item(item, distance);
      continue;
    }
    const target = resolve(tree, module, path);
    if (target !== null && 'kind' in target) {
      names.item(target, distance, name, name);
      // Variants of an imported enum are written through its name here.
      for (const variant of variantsOf(target)) names.item(variant, distance + 1, `${name}::${variant.name}`);
      continue;
    }
    const range = { file: module.file.path, range: declaredAt };
    const kind = target === null ? 'import' : 'module';
    names.add({ name, kind, declaredAt: range, type: null, parameters: null, distance, path: name });
  }
}

function globItems(tree: CrateTree, from: Module, path: readonly string[], depth = 0): Item[] {
  const target = resolve(tree, from, path);
  if (target === null) return [];
  if ('kind' in target) return variantsOf(target);
  const found = target.items.filter((item) => visibleFrom(item, target, from));
  if (depth < 4)
    for (const { name, path: through } of target.imports) {
      if (name === null) found.push(...globItems(tree, target, through, depth + 1));
      else {
        const item = resolve(tree, target, through);
        if (item !== null && 'kind' in item && item.name === name) found.push(item);
      }
    }
  return found;
}

/** The module or item of this crate that a path names from `from`; null for one outside it. */
export function resolve(tree: CrateTree, from: Module, path: readonly string[]): Module | Item | null {
  let at: Module | null = from;
  for (const [index, segment] of path.entries()) {
    if (segment === 'self') continue;
    if (segment === 'crate' || segment === '') {
      at = tree.modules[0] ?? null;
    } else if (segment === 'super') {
      const up: readonly string[] = (at as Module).path.slice(0, -1);
      at = moduleAt(tree, up);
    } else {
      const here: Module = at as Module;
      const child: Module | null = moduleAt(tree, [...here.path, segment]);
      if (child !== null) {
        at = child;
      } else {
        const item: Item | undefined = here.items.find((each) => each.name === segment);
        if (item === undefined) return null;
        const last = path[index + 1];
        if (last === undefined) return item;
        return variantsOf(item).find((variant) => variant.name === last) ?? null;
      }
    }
    if (at === null) return null;
  }
  return at;
}

function moduleAt(tree: CrateTree, path: readonly string[]): Module | null {
  const wanted = path.join('::');
  return tree.modules.find((module) => module.path.join('::') === wanted) ?? null;
}

/** Members of the type around the place, as they are written from it. */
function addMembers(names: Names, tree: CrateTree, type: string, hasSelf: boolean, distance: number): void {
  for (const member of membersOf(type, tree)) {
    const instance = member.kind === 'field' || member.takesSelf;
    if (instance && !hasSelf) continue;
    names.item(member, distance, instance ? `self.${member.name}` : `Self::${member.name}`);
  }
}

/**
 * Names usable at index `at` of `file`, nearest first; of two that the same path would mean, the nearer.
 * Items of other modules are there with the path that reaches them, where their visibility lets it.
 */
export function namesInScope(file: SourceFile, at: number, sources: CrateSources): Name[] {
  const names = new Names(file);
  const tree = crateOf(file, sources);
  let distance = 0;
  /** True once a function's edge is crossed: locals beyond it cannot be captured. */
  let sealed = false;
  let hasSelf = false;
  let module: Module | null = null;
  const blocks: { node: Node; distance: number }[] = [];
  const inside = (node: Node | null): boolean => node !== null && node.startIndex <= at && at <= node.endIndex;

  for (let node = file.root.descendantForIndex(at, at); node !== null; node = node.parent) {
    switch (node.type) {
      case 'block':
      case 'ERROR':
        if (!sealed && node.type === 'block') bindStatements(names, file, childrenOf(node), at, distance);
        if (!sealed && node.type === 'ERROR') bindBroken(names, file, node, at, distance);
        blocks.push({ node, distance });
        distance += 1;
        break;
      case 'token_tree':
        if (!sealed) bindTokens(names, file, node, at, distance);
        break;
      case 'let_chain':
        if (!sealed) bindCondition(names, file, node, at, distance);
        break;
      case 'if_expression':
        if (!sealed && inside(node.childForFieldName('consequence')))
          bindCondition(names, file, node.childForFieldName('condition'), at, distance++);
        break;
      case 'while_expression':
      case 'loop_expression':
      case 'for_expression': {
        if (sealed || !inside(node.childForFieldName('body'))) break;
        const label = node.namedChild(0);
        if (label?.type === 'label') names.here('label', label, distance);
        bindCondition(names, file, node.childForFieldName('condition'), at, distance);
        bind(names, file, node.childForFieldName('pattern'), 'local', distance++, null);
        break;
      }
      case 'match_arm': {
        const pattern = node.childForFieldName('pattern')?.namedChild(0) ?? null;
        if (!sealed && pattern !== null && pattern.endIndex <= at)
          bind(names, file, pattern, 'local', distance++, null);
        break;
      }
      case 'closure_expression': {
        const parameters = node.childForFieldName('parameters');
        if (!sealed && parameters !== null && parameters.endIndex <= at)
          bindParameters(names, file, parameters, distance++);
        break;
      }
      case 'function_item':
      case 'function_signature_item':
        if (!sealed) {
          const parameters = node.childForFieldName('parameters');
          hasSelf = parameters?.namedChildren.some((child) => child?.type === 'self_parameter') ?? false;
          if (inside(node.childForFieldName('body'))) bindParameters(names, file, parameters, distance);
          bindGenerics(names, file, node, distance++);
        }
        sealed = true;
        break;
      case 'const_item':
      case 'static_item':
        sealed = true;
        break;
      case 'struct_item':
      case 'enum_item':
      case 'union_item':
      case 'type_item':
        bindGenerics(names, file, node, distance++);
        break;
      case 'impl_item':
      case 'trait_item': {
        bindGenerics(names, file, node, distance);
        const named = node.childForFieldName(node.type === 'impl_item' ? 'type' : 'name');
        if (named === null) break;
        const declaredAt = { file: file.path, range: rangeOf(named) };
        const type = textOf(file, named);
        names.add({ name: 'Self', kind: 'type', declaredAt, type, parameters: null, distance, path: 'Self' });
        const name = lastSegment(file, named);
        if (name !== null) addMembers(names, tree, name, hasSelf, distance + 1);
        distance += 2;
        break;
      }
      case 'declaration_list':
        if (node.parent?.type === 'mod_item') module = tree.modules.find(isAt(file, node)) ?? null;
        break;
    }
    if (module !== null) break;
  }
  module ??= tree.modules.find(isAt(file, file.root)) ?? tree.modules[0] ?? null;
  if (module === null) return names.found;
  for (const block of blocks) {
    const inner = contentsOf(file, block.node);
    for (const item of inner.items) names.item(item, block.distance);
    addImports(names, tree, module, inner.imports, block.distance);
  }
  addModules(names, tree, module, distance);
  for (const { name, kind } of preludeNames())
    names.add({ name, kind, declaredAt: null, type: null, parameters: null, distance: preludeDistance, path: name });
  return names.found.sort((a, b) => a.distance - b.distance);
}

const isAt =
  (file: SourceFile, node: Node) =>
  (module: Module): boolean =>
    module.file === file && module.node.id === node.id;

/** This module's items and imports, then what other modules let it see. */
function addModules(names: Names, tree: CrateTree, own: Module, distance: number): void {
  const withVariants = (item: Item, at: number, path: string): void => {
    names.item(item, at, path);
    for (const variant of variantsOf(item)) names.item(variant, at + 1, `${path}::${variant.name}`);
  };
  for (const item of own.items) withVariants(item, distance, item.name);
  addImports(names, tree, own, own.imports, distance);
  for (const other of tree.modules) {
    if (other === own) continue;
    const isChild =
      other.path.length > own.path.length && own.path.every((segment, index) => other.path[index] === segment);
    const prefix = isChild ? other.path.slice(own.path.length).join('::') : other.path.join('::');
    for (const item of other.items)
      if (visibleFrom(item, other, own))
        withVariants(item, otherModuleDistance, item.kind === 'macro' ? item.name : `${prefix}::${item.name}`);
  }
}
