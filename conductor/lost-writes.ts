// Changes that are made to a copy and dropped with it: `list.clone().push(x)`, `fill(&mut list.to_vec())`. They satisfy the
// borrow checker and undo what the program is for, so that the guard marks a patch that brings one in.
import { descendants, type Node } from '../tools/index/source.ts';

const COPIES: ReadonlySet<string> = new Set(['clone', 'cloned', 'copied', 'to_vec', 'to_owned', 'to_string']);
const CHANGES: ReadonlySet<string> = new Set([
  'push',
  'push_str',
  'push_back',
  'push_front',
  'insert',
  'remove',
  'retain',
  'extend',
  'append',
  'clear',
  'truncate',
  'drain',
  'sort',
  'sort_by',
  'sort_by_key',
  'sort_unstable',
  'reverse',
  'swap',
  'dedup',
  'entry',
]);

/** Methods that lend mutably; a cell's `borrow_mut` reaches what all its owners share. */
const MUTABLE = /^(?!borrow_)\w+_mut$/;

/**
 * The places under `node` where a fresh copy is changed and nothing keeps it. `own`: methods of the file that change what they are
 * called on (`&mut self`).
 */
export function lostWrites(node: Node, own: ReadonlySet<string> = new Set()): Node[] {
  const found: Node[] = [];
  const writes = (name: string): boolean => CHANGES.has(name) || own.has(name) || MUTABLE.test(name);
  for (const call of descendants(node, 'call_expression')) {
    const name = method(call);
    if (name === null) continue;
    const dropped = isDropped(call) || MUTABLE.test(name);
    if (dropped && writes(name) && isCopy(receiverOf(call))) found.push(call);
    if (COPIES.has(name) && call.parent?.type === 'arguments' && isChangedAfter(call, writes)) found.push(call);
  }
  for (const reference of descendants(node, 'reference_expression')) {
    const mutable = reference.children.some((child) => child?.type === 'mutable_specifier');
    const taken = reference.parent?.type === 'arguments' || reference.parent?.type === 'for_expression';
    if (mutable && taken && isCopy(reference.childForFieldName('value'))) found.push(reference);
  }
  for (const assignment of descendants(node, 'assignment_expression', 'compound_assignment_expr')) {
    if (isCopy(assignment.childForFieldName('left'))) found.push(assignment);
  }
  for (const binding of descendants(node, 'let_declaration'))
    if (isChangedCopy(binding) || hidesOuter(binding)) found.push(binding);
  return found;
}

/** Methods of a file that take `&mut self`. */
export function ownWriters(root: Node): ReadonlySet<string> {
  return new Set(
    descendants(root, 'self_parameter')
      .filter((self) => /^&\s*('\w+\s+)?mut\b/.test(self.text))
      .map((self) => self.parent?.parent?.childForFieldName('name')?.text ?? ''),
  );
}

/** A statement of its own, `?`, `unwrap()` and `expect(…)` behind it left aside. */
function isDropped(call: Node): boolean {
  let at: Node = call;
  for (let parent = at.parent; parent !== null; parent = at.parent) {
    const unwraps =
      parent.type === 'try_expression' ||
      (parent.type === 'field_expression' && /^(unwrap|expect)$/.test(parent.childForFieldName('field')?.text ?? '')) ||
      (parent.type === 'call_expression' && parent.childForFieldName('function')?.equals(at) === true);
    if (!unwraps) return parent.type === 'expression_statement';
    at = parent;
  }
  return false;
}

/** `enroll(ann.clone()); ann.add(1);` and nothing more of `ann`: what is added reaches nobody. */
function isChangedAfter(copy: Node, writes: (name: string) => boolean): boolean {
  const source = receiverOf(copy);
  if (source?.type !== 'identifier') return false;
  let statement: Node | null = copy;
  while (statement !== null && statement.parent?.type !== 'block') statement = statement.parent;
  const block = statement?.parent ?? null;
  if (statement === null || block === null || !/^(expression_statement|let_declaration)$/.test(statement.type))
    return false;
  const end = statement.endIndex;
  const declared = block.namedChildren.some(
    (one) =>
      one?.type === 'let_declaration' && one.endIndex <= end && one.childForFieldName('pattern')?.text === source.text,
  );
  const after = descendants(block, 'identifier').filter((one) => one.text === source.text && one.startIndex >= end);
  if (!declared || after.length === 0) return false;
  return after.every((use) => {
    let call = use.parent?.parent ?? null;
    if (use.parent?.type !== 'field_expression' || call?.type !== 'call_expression') return false;
    if (!writes(method(call) ?? '')) return false;
    while (call?.parent?.type === 'field_expression' && call.parent.parent?.type === 'call_expression')
      call = call.parent.parent;
    return call !== null && isDropped(call);
  });
}

/** `let x = y;` at the end of an inner block that never reads it, where an `x` stands outside: it was to be assigned. */
function hidesOuter(binding: Node): boolean {
  const pattern = binding.childForFieldName('pattern');
  const block = binding.parent;
  if (pattern?.type !== 'identifier' || pattern.text.startsWith('_') || block?.type !== 'block') return false;
  if (block.parent?.type === 'function_item') return false;
  const name = new RegExp(`\\b${pattern.text}\\b`);
  const rest = block.text.slice(binding.endIndex - block.startIndex);
  if (name.test(rest)) return false;
  let fn: Node | null = block;
  while (fn !== null && fn.type !== 'function_item') fn = fn.parent;
  const body = fn?.childForFieldName('body') ?? null;
  return (
    body !== null &&
    descendants(body, 'identifier').some(
      (one) => one.text === pattern.text && (one.startIndex < block.startIndex || one.startIndex >= block.endIndex),
    )
  );
}

/** `let mut x = list[0].clone(); x.count += 1;` where `x` as a whole is never given on. */
function isChangedCopy(binding: Node): boolean {
  const pattern = binding.childForFieldName('pattern');
  const isMutable = binding.children.some((child) => child?.type === 'mutable_specifier');
  if (!isMutable || pattern?.type !== 'identifier' || !isCopy(binding.childForFieldName('value'))) return false;
  const uses = descendants(binding.parent ?? binding, 'identifier').filter(
    (use) => use.text === pattern.text && use.startIndex > binding.endIndex,
  );
  const parts = uses.map((use) => partOf(use));
  return parts.every((part) => part !== null) && parts.some((part) => part !== null && isWritten(part));
}

/** The field, element or target that a use of a name is the base of; null where the value itself is used. */
function partOf(use: Node): Node | null {
  let at = use;
  for (let parent = at.parent; parent !== null; parent = at.parent) {
    const isTarget = parent.type === 'unary_expression' && parent.text.startsWith('*');
    const isPart =
      ['field_expression', 'index_expression'].includes(parent.type) && parent.startIndex === at.startIndex;
    if (!isTarget && !isPart) break;
    if (parent.parent?.type === 'call_expression' && parent.parent.childForFieldName('function')?.equals(parent))
      return null;
    at = parent;
  }
  return at.equals(use) ? null : at;
}

const isWritten = (part: Node): boolean =>
  ['assignment_expression', 'compound_assignment_expr'].includes(part.parent?.type ?? '') &&
  part.parent?.childForFieldName('left')?.equals(part) === true;

/** Whether a place is a copy made on the spot, or a part of one. */
function isCopy(node: Node | null): boolean {
  if (node === null) return false;
  switch (node.type) {
    case 'call_expression': {
      const name = method(node);
      // `Box::new(list.clone()).iter_mut()`: what only holds the copy goes with it.
      if (name === null) return isHolder(node) && isCopy(node.childForFieldName('arguments')?.namedChild(0) ?? null);
      return COPIES.has(name) || ((/^(?:unwrap|expect)$/.test(name) || MUTABLE.test(name)) && isCopy(receiverOf(node)));
    }
    case 'field_expression':
      return isCopy(node.childForFieldName('value'));
    case 'index_expression':
    case 'parenthesized_expression':
    case 'try_expression':
    case 'unary_expression':
      return isCopy(node.namedChild(0));
    default:
      return false;
  }
}

/** `Box::new(…)`, `Some(…)`, `Vec::from(…)`: a call of a path with one argument that hands it on. */
function isHolder(call: Node): boolean {
  const callee = call.childForFieldName('function');
  if (callee === null || call.childForFieldName('arguments')?.namedChildCount !== 1) return false;
  return callee.type === 'identifier'
    ? /^(Some|Ok|Err)$/.test(callee.text)
    : callee.type === 'scoped_identifier' && /^(new|from)$/.test(callee.childForFieldName('name')?.text ?? '');
}

function method(call: Node): string | null {
  const callee = call.childForFieldName('function');
  return callee?.type === 'field_expression' ? (callee.childForFieldName('field')?.text ?? null) : null;
}

const receiverOf = (call: Node): Node | null => call.childForFieldName('function')?.childForFieldName('value') ?? null;
