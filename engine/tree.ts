// Tensors inside arrays and objects: what functions of tensors take and give.
import { Tensor } from './tensor.ts';

/** A tensor, or tensors by place or name. */
export type Tree = Tensor | readonly Tree[] | { readonly [name: string]: Tree };

/** The tensors of a tree, in the order of its keys. */
export function leaves(tree: Tree): Tensor[] {
  if (tree instanceof Tensor) return [tree];
  return Object.values(tree).flatMap(leaves);
}

/** The same tree with other tensors, taken in the order of `leaves`. */
export function rebuilt<T extends Tree>(tree: T, tensors: Iterator<Tensor>): T {
  if (tree instanceof Tensor) return tensors.next().value;
  if (Array.isArray(tree)) return tree.map((each) => rebuilt(each as Tree, tensors)) as never;
  const entries = Object.entries(tree as { [name: string]: Tree });
  return Object.fromEntries(entries.map(([name, each]) => [name, rebuilt(each, tensors)])) as T;
}

/** Whether it is a tree: tensors, arrays and plain objects of them. */
export function isTree(value: unknown): value is Tree {
  if (value instanceof Tensor) return true;
  if (value === null || typeof value !== 'object') return false;
  if (!Array.isArray(value) && Object.getPrototypeOf(value) !== Object.prototype) return false;
  return Object.values(value).every(isTree);
}

/** Every tensor that can be reached from a value: through arrays, maps, sets and the properties of objects. */
export function reachable(value: unknown, seen: Set<unknown> = new Set(), found: Tensor[] = []): Tensor[] {
  if (value === null || typeof value !== 'object' || seen.has(value) || ArrayBuffer.isView(value)) return found;
  seen.add(value);
  if (value instanceof Tensor) found.push(value);
  else if (value instanceof Map || value instanceof Set) {
    for (const each of value instanceof Map ? [...value.keys(), ...value.values()] : value)
      reachable(each, seen, found);
  } else for (const each of Object.values(value)) reachable(each, seen, found);
  return found;
}
