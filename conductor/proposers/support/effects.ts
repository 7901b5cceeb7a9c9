// What a piece of code changes, reads, prints and leaves: whether two statements may change places. Told by form: methods
// of the crate by their receiver, methods of std by their names. What cannot be told counts as harmless.
import { descendants, enclosing, type Node, type SourceFile } from '../../../tools/index/source.ts';
import type { ProposeInput } from '../../types.ts';
import { methodCall } from './expressions.ts';
import { calleeOf, functionsNamed } from './functions.ts';
import { bindings, type Local, usesOf } from './locals.ts';
import { MUTATING } from './member-access.ts';

export interface Effects {
  /** Places written to, as written: `self.items`, `total`. */
  readonly writes: ReadonlySet<string>;
  /** Places named in it, those that it writes to included. */
  readonly reads: ReadonlySet<string>;
  /** It prints. */
  readonly prints: boolean;
  /** `return`, `break`, `continue` or `?`: what stands behind may not run. */
  readonly leaves: boolean;
}

const PRINTS: ReadonlySet<string> = new Set(['print', 'println', 'eprint', 'eprintln', 'write', 'writeln', 'dbg']);

export function effectsOf(input: ProposeInput, node: Node): Effects {
  const writes = new Set<string>();
  const reads = new Set<string>();
  const wrote = (place: Node | null | undefined): void => {
    const path = place == null ? null : placePath(place);
    if (path !== null) writes.add(path);
  };
  for (const one of descendants(node, 'assignment_expression', 'compound_assignment_expr'))
    wrote(one.childForFieldName('left'));
  for (const one of descendants(node, 'reference_expression')) {
    const bound = one.parent?.type === 'let_declaration';
    if (!bound && one.children.some((child) => child?.type === 'mutable_specifier'))
      wrote(one.childForFieldName('value'));
  }
  for (const one of descendants(node, 'call_expression')) {
    const call = methodCall(one);
    if (call !== null && changesReceiver(input, call.name.text) && !lends(input, call.name.text)) wrote(call.receiver);
  }
  for (const one of descendants(node, 'identifier', 'self')) {
    let place: Node = one;
    while (place.parent?.type === 'field_expression' && place.parent.startIndex === place.startIndex) {
      const call = place.parent.parent;
      if (call?.type === 'call_expression' && call.childForFieldName('function')?.equals(place.parent)) break;
      place = place.parent;
    }
    reads.add(place.text);
  }
  for (const tree of descendants(node, 'token_tree')) for (const path of tokenPaths(tree)) reads.add(path);
  const called = descendants(node, 'call_expression').flatMap((one) =>
    functionsNamed(input, calleeOf(one)?.name.text ?? ''),
  );
  return {
    writes,
    reads,
    prints: [node, ...called.map((fn) => fn.node)].some(prints),
    leaves:
      descendants(node, 'return_expression', 'break_expression', 'continue_expression', 'try_expression').length > 0,
  };
}

/** Whether a method only hands out a mutable reference; what is done with it is seen where it is done. */
function lends(input: ProposeInput, name: string): boolean {
  const own = functionsNamed(input, name).filter((fn) => fn.self !== null);
  return own.length > 0 ? own.every((fn) => fn.returnType?.text.includes('&') === true) : /_mut$/.test(name);
}

/** Whether a print stands in it; what is printed by functions of functions is not looked for. */
function prints(node: Node): boolean {
  return descendants(node, 'macro_invocation').some((one) => PRINTS.has(one.childForFieldName('macro')?.text ?? ''));
}

/** Whether a method of this name changes what it is called on: the crate's own by their receiver, else by std's names. */
export function changesReceiver(input: ProposeInput, name: string): boolean {
  const own = functionsNamed(input, name).filter((fn) => fn.self !== null);
  return own.length > 0
    ? own.some((fn) => /&\s*(?:'\w+\s+)?mut\b/.test(fn.self?.text ?? ''))
    : MUTATING.has(name) || /_mut$/.test(name);
}

/** Whether the two may not change places: one writes what the other reads or writes, both print, or one may leave. */
export function orderMatters(a: Effects, b: Effects): boolean {
  if (a.prints && b.prints) return true;
  if ((a.leaves && acts(b)) || (b.leaves && acts(a))) return true;
  return touches(a.writes, b.reads) || touches(b.writes, a.reads);
}

const acts = (effects: Effects): boolean => effects.writes.size > 0 || effects.prints;

function touches(written: ReadonlySet<string>, read: ReadonlySet<string>): boolean {
  for (const a of written)
    for (const b of read) if (a === b || a.startsWith(`${b}.`) || b.startsWith(`${a}.`)) return true;
  return false;
}

/** `self.items` out of `self.items[i].name`: the names up to where the text alone no longer says which place it is. */
export function placePath(node: Node): string | null {
  switch (node.type) {
    case 'identifier':
    case 'self':
      return node.text;
    case 'field_expression': {
      const inner = node.childForFieldName('value');
      const path = inner === null ? null : placePath(inner);
      if (inner === null || path === null) return null;
      return ['identifier', 'self', 'field_expression'].includes(inner.type)
        ? `${path}.${node.childForFieldName('field')?.text ?? ''}`
        : path;
    }
    case 'call_expression': {
      const call = methodCall(node);
      return call === null ? null : placePath(call.receiver);
    }
    default: {
      const inner = node.childForFieldName('value') ?? node.namedChild(0);
      return inner === null ? null : placePath(inner);
    }
  }
}

/** `a.b` and `c` among a macro's tokens. */
function tokenPaths(tree: Node): string[] {
  const found: string[] = [];
  const children = tree.children.filter((child): child is Node => child !== null);
  for (let i = 0; i < children.length; i += 1) {
    const child = children[i] as Node;
    if (child.type !== 'identifier' && child.type !== 'self') continue;
    let path = child.text;
    while (
      children[i + 1]?.text === '.' &&
      children[i + 2]?.type === 'identifier' &&
      children[i + 3]?.type !== 'token_tree'
    ) {
      path += `.${children[i + 2]?.text}`;
      i += 2;
    }
    found.push(path);
  }
  return found;
}

/** Whether something is written through a binding: `*x = …`, `x.field += …`, `x.push(…)`, `&mut x`. A copy in its place would take the change. */
export function writtenThrough(input: ProposeInput, source: SourceFile, local: Local): boolean {
  return usesOf(source, local).some((use) => writes(input, use));
}

/** Whether a use of a name writes to what it stands for. */
export function writes(input: ProposeInput, use: Node): boolean {
  let place = use;
  while (place.parent !== null && leadsTo(place.parent, place)) place = place.parent;
  const parent = place.parent;
  if (parent === null) return false;
  if (parent.type === 'assignment_expression' || parent.type === 'compound_assignment_expr')
    return (
      parent.childForFieldName('left')?.equals(place) === true &&
      !(place.equals(use) && parent.type === 'assignment_expression')
    );
  if (parent.type === 'reference_expression')
    return parent.children.some((child) => child?.type === 'mutable_specifier');
  const call = parent.type === 'field_expression' ? methodCall(parent.parent) : null;
  return call?.receiver.equals(place) === true && changesReceiver(input, call.name.text);
}

/** Whether `outer` is a place within what `inner` is. */
function leadsTo(outer: Node, inner: Node): boolean {
  if (outer.type === 'field_expression')
    return methodCall(outer.parent) === null && outer.childForFieldName('value')?.equals(inner) === true;
  if (outer.type === 'index_expression') return outer.namedChild(0)?.equals(inner) === true;
  return outer.type === 'parenthesized_expression' || (outer.type === 'unary_expression' && outer.text.startsWith('*'));
}

/** Whether something is written through any name that a `let`, a `for` or a pattern's arm binds. */
export function bindingWritten(input: ProposeInput, source: SourceFile, holder: Node): boolean {
  const pattern = holder.childForFieldName('pattern');
  const fn = enclosing(holder, 'function_item');
  if (fn === null) return false;
  const inside = (local: Local): boolean =>
    holder.type === 'match_expression'
      ? local.declaration.type === 'match_arm' &&
        enclosing(local.declaration.parent, 'match_expression')?.equals(holder) === true
      : pattern !== null && pattern.startIndex <= local.node.startIndex && local.node.endIndex <= pattern.endIndex;
  return bindings(source, fn).some((local) => inside(local) && writtenThrough(input, source, local));
}

/** The places that a piece of code writes to. */
export function writtenPaths(input: ProposeInput, node: Node): ReadonlySet<string> {
  return effectsOf(input, node).writes;
}
