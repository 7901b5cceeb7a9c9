// A crate's modules, followed from its root file by `mod` declarations, and what they hold together: every item
// with its path, every member of a type. What a single file declares is items.ts's, what a place sees is scope.ts's.
import { posix } from 'node:path';
import {
  contentsOf,
  fieldsOf,
  type Impl,
  type Import,
  type Item,
  type ItemKind,
  textOf,
  type Visibility,
  variantsOf,
} from './items.ts';
import type { Node, SourceFile } from './source.ts';

/** The files of a workspace in one state; a proposer's input is one. */
export interface CrateSources {
  /** Paths relative to the workspace root. */
  readonly files: readonly string[];
  source(file: string): SourceFile | null;
}

export interface Module {
  /** `['crate', 'a', 'b']`. */
  readonly path: readonly string[];
  readonly file: SourceFile;
  /** The node whose children are its items. */
  readonly node: Node;
  readonly items: readonly Item[];
  readonly imports: readonly Import[];
  readonly impls: readonly Impl[];
}

/** One compiled crate: its modules, the root first. */
export interface CrateTree {
  readonly root: string;
  readonly modules: readonly Module[];
}

export interface CrateItem {
  readonly name: string;
  readonly kind: ItemKind;
  /** `crate::a::Name`; a variant's path goes through its enum. */
  readonly path: string;
  readonly module: readonly string[];
  readonly visibility: Visibility;
  readonly item: Item;
}

/** Where `mod name;` in `file` may keep its text; `inline` are the inline modules around it. */
function moduleFiles(file: string, isRoot: boolean, inline: readonly string[], name: string): string[] {
  const base = posix.basename(file, '.rs');
  const own = isRoot || base === 'mod' ? posix.dirname(file) : posix.join(posix.dirname(file), base);
  const dir = posix.join(own, ...inline);
  return [posix.join(dir, `${name}.rs`), posix.join(dir, name, 'mod.rs')];
}

/** The path of a `#[path = "…"]` right above a `mod name;`. */
function pathAttribute(file: SourceFile, mod: Node): string | null {
  for (let at = mod.previousNamedSibling; at?.type === 'attribute_item'; at = at.previousNamedSibling) {
    const attribute = at.namedChild(0);
    const value = attribute?.childForFieldName('value');
    if (
      value &&
      attribute?.namedChild(0)?.type === 'identifier' &&
      textOf(file, attribute.namedChild(0) as Node) === 'path'
    )
      return textOf(file, value).replace(/^r?#*"|"#*$/g, '');
  }
  return null;
}

const trees = new WeakMap<SourceFile, CrateTree>();

/** The modules reached from a crate root by `mod` declarations. A file that cannot be read ends its branch. */
export function crateTree(root: string, sources: CrateSources): CrateTree {
  const first = sources.source(root);
  if (first === null) return { root, modules: [] };
  const known = trees.get(first);
  if (known?.root === root && known.modules.every((module) => sources.source(module.file.path) === module.file))
    return known;
  const modules: Module[] = [];
  const seen = new Set<string>([root]);
  const add = (file: SourceFile, node: Node, path: readonly string[], inline: readonly string[]): void => {
    const module = { path, file, node, ...contentsOf(file, node) };
    modules.push(module);
    for (const item of module.items) {
      if (item.kind !== 'module') continue;
      const body = item.node.childForFieldName('body');
      if (body !== null) {
        add(file, body, [...path, item.name], [...inline, item.name]);
        continue;
      }
      const named = pathAttribute(file, item.node);
      const places =
        named === null
          ? moduleFiles(file.path, file.path === root, inline, item.name)
          : [posix.join(posix.dirname(file.path), named)];
      for (const place of places) {
        const child = seen.has(place) ? null : sources.source(place);
        if (child === null) continue;
        seen.add(place);
        add(child, child.root, [...path, item.name], []);
        break;
      }
    }
  };
  add(first, first.root, ['crate'], []);
  const tree = { root, modules };
  trees.set(first, tree);
  return tree;
}

/** Files that cargo takes for a crate's root by their place. */
export function isCrateRoot(path: string): boolean {
  return /(^|\/)(src\/(lib|main)\.rs|build\.rs|(src\/bin|tests|examples|benches)\/([^/]+\.rs|[^/]+\/main\.rs))$/.test(
    path,
  );
}

/** The crate that `file` is compiled into: the first whose modules reach it; the file alone when none does. */
export function crateOf(file: SourceFile, sources: CrateSources): CrateTree {
  const roots = sources.files.filter(isCrateRoot);
  if (!roots.includes(file.path)) {
    // The nearest root above comes first: a workspace has many.
    const near = (root: string): number =>
      file.path.startsWith(`${posix.dirname(root)}/`) ? posix.dirname(root).length : -1;
    roots.sort((a, b) => near(b) - near(a));
    for (const root of roots) {
      if (near(root) < 0) break;
      const tree = crateTree(root, sources);
      if (tree.modules.some((module) => module.file === file)) return tree;
    }
  }
  return crateTree(file.path, {
    files: sources.files,
    source: (path) => (path === file.path ? file : sources.source(path)),
  });
}

/** Every item of a crate with the path by which other modules name it: what a missing `use` is made from. */
export function crateItems(tree: CrateTree): CrateItem[] {
  const found: CrateItem[] = [];
  for (const module of tree.modules) {
    const prefix = module.path.join('::');
    for (const item of module.items) {
      const path = item.kind === 'macro' ? item.name : `${prefix}::${item.name}`;
      found.push({ name: item.name, kind: item.kind, path, module: module.path, visibility: item.visibility, item });
      for (const variant of variantsOf(item))
        found.push({
          name: variant.name,
          kind: 'variant',
          path: `${path}::${variant.name}`,
          module: module.path,
          visibility: variant.visibility,
          item: variant,
        });
    }
  }
  return found;
}

/** Fields, methods, associated items and variants of the type called `name`, and of the crate's traits it implements. */
export function membersOf(name: string, tree: CrateTree): Item[] {
  const found: Item[] = [];
  const traits = new Set<string>();
  const addBody = (file: SourceFile, node: Node): void => {
    const body = node.childForFieldName('body');
    for (const item of body === null ? [] : contentsOf(file, body).items)
      found.push(item.kind === 'function' ? { ...item, kind: 'method' } : item);
  };
  for (const module of tree.modules) {
    for (const item of module.items) {
      if (item.name !== name) continue;
      if (item.kind === 'type') found.push(...fieldsOf(item), ...variantsOf(item));
      if (item.kind === 'trait') addBody(item.file, item.node);
    }
    for (const impl of module.impls) {
      if (impl.type !== name) continue;
      addBody(impl.file, impl.node);
      if (impl.trait !== null) traits.add(impl.trait);
    }
  }
  for (const module of tree.modules)
    for (const item of module.items)
      if (item.kind === 'trait' && traits.has(item.name)) {
        const body = item.node.childForFieldName('body');
        const own = new Set(found.map((member) => member.name));
        for (const member of body === null ? [] : contentsOf(item.file, body).items)
          if (!own.has(member.name)) found.push(member.kind === 'function' ? { ...member, kind: 'method' } : member);
      }
  return found;
}

/** Whether code in `from` may name an item of `module`. */
export function visibleFrom(item: Item, module: Module, from: Module): boolean {
  return item.visibility !== 'private' || module.path.every((segment, index) => from.path[index] === segment);
}
