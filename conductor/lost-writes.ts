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

/** The places under `node` where a fresh copy is changed and nothing keeps it. */
export function lostWrites(node: Node): Node[] {
  const found: Node[] = [];
  for (const call of descendants(node, 'call_expression')) {
    const name = method(call);
    if (name === null) continue;
    const dropped = call.parent?.type === 'expression_statement' || MUTABLE.test(name);
    if (dropped && (CHANGES.has(name) || MUTABLE.test(name)) && isCopy(receiverOf(call))) found.push(call);
  }
  for (const reference of descendants(node, 'reference_expression')) {
    const mutable = reference.children.some((child) => child?.type === 'mutable_specifier');
    const taken = reference.parent?.type === 'arguments' || reference.parent?.type === 'for_expression';
    if (mutable && taken && isCopy(reference.childForFieldName('value'))) found.push(reference);
  }
  for (const assignment of descendants(node, 'assignment_expression', 'compound_assignment_expr')) {
    if (isCopy(assignment.childForFieldName('left'))) found.push(assignment);
  }
  for (const binding of descendants(node, 'let_declaration')) if (isChangedCopy(binding)) found.push(binding);
  return found;
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
      if (name === null) return false;
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

function method(call: Node): string | null {
  const callee = call.childForFieldName('function');
  return callee?.type === 'field_expression' ? (callee.childForFieldName('field')?.text ?? null) : null;
}

const receiverOf = (call: Node): Node | null => call.childForFieldName('function')?.childForFieldName('value') ?? null;
