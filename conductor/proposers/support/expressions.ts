// Rust expressions as text that edits move around: when parentheses are needed, and what a span covers. Which
// expression to write is left to the proposers.
import { type Node, SourceFile, type TextRange } from '../../../tools/index/source.ts';

/** Expressions that a postfix (`.m()`, `?`, `[i]`) may follow without parentheses. */
const POSTFIX: ReadonlySet<string> = new Set([
  'identifier',
  'self',
  'scoped_identifier',
  'field_expression',
  'call_expression',
  'index_expression',
  'try_expression',
  'await_expression',
  'macro_invocation',
  'parenthesized_expression',
  'tuple_expression',
  'array_expression',
  'unit_expression',
  'string_literal',
  'raw_string_literal',
  'char_literal',
  'boolean_literal',
  'integer_literal',
  'float_literal',
  'generic_function',
  'struct_expression',
]);
const PREFIX: ReadonlySet<string> = new Set(['unary_expression', 'reference_expression']);

/** The syntax tree of an expression given as text, out of a macro's tokens too; null when it is not one. */
export function parseExpression(text: string): Node | null {
  const file = new SourceFile('expression.rs', `const _: () = ${text};`);
  const item = file.root.namedChild(0);
  const value = item?.type === 'const_item' ? item.childForFieldName('value') : null;
  if (value === null || value === undefined || file.root.hasError) return null;
  return file.slice({ start: value.startIndex, end: value.endIndex }) === text.trim() ? value : null;
}

/** `text` so that a method call, `?` or an index may follow. */
export function receiver(text: string): string {
  const node = parseExpression(text);
  return node !== null && POSTFIX.has(node.type) ? text : `(${text})`;
}

/** `text` so that `&`, `*`, `!` or `-` may stand before it, or `as` behind it. */
export function operand(text: string): string {
  const node = parseExpression(text);
  return node !== null && (POSTFIX.has(node.type) || PREFIX.has(node.type)) ? text : `(${text})`;
}

/** `text` after `as type`, or with the parentheses that a following `<` would need. */
export function cast(text: string, type: string): string {
  return `${operand(text)} as ${type}`;
}

/** The outermost node that covers exactly the range; null inside a macro's tokens or where there is none. */
export function exactNode(source: SourceFile, range: TextRange): Node | null {
  let node: Node | null = source.nodeAt(range);
  if (node.startIndex !== range.start || node.endIndex !== range.end) return null;
  while (node.parent && node.parent.startIndex === range.start && node.parent.endIndex === range.end) {
    if (['expression_statement', 'block', 'arguments', 'source_file', 'match_pattern'].includes(node.parent.type))
      break;
    node = node.parent as Node;
  }
  return node;
}

export const rangeOf = (node: Node): TextRange => ({ start: node.startIndex, end: node.endIndex });

/** The value behind `&` or `&mut`; null for other expressions. */
export function referenced(node: Node | null): Node | null {
  return node?.type === 'reference_expression' ? node.childForFieldName('value') : null;
}

export interface MethodCall {
  readonly receiver: Node;
  readonly name: Node;
  readonly args: readonly Node[];
  readonly node: Node;
}

/** `receiver.name(args)` taken apart; null for other expressions. */
export function methodCall(node: Node | null): MethodCall | null {
  if (node?.type !== 'call_expression') return null;
  let callee = node.childForFieldName('function');
  if (callee?.type === 'generic_function') callee = callee.childForFieldName('function');
  if (callee?.type !== 'field_expression') return null;
  const value = callee.childForFieldName('value');
  const name = callee.childForFieldName('field');
  return value && name ? { receiver: value, name, args: callArguments(node), node } : null;
}

/** Arguments of a call, comments left out. */
export function callArguments(call: Node): readonly Node[] {
  const list = call.childForFieldName('arguments');
  return list === null ? [] : namedChildren(list);
}

/** `Some(x)`, `Box::new(x)`, …: the callee's text and its one argument. */
export function wrappingCall(node: Node | null): { readonly callee: string; readonly inner: Node } | null {
  if (node?.type !== 'call_expression') return null;
  const callee = node.childForFieldName('function');
  const args = callArguments(node);
  if (callee === null || callee.type === 'field_expression' || args.length !== 1) return null;
  return { callee: callee.text, inner: args[0] as Node };
}

/** Named children without comments and attributes. */
export function namedChildren(node: Node): readonly Node[] {
  return node.namedChildren.filter(
    (child): child is Node =>
      child !== null &&
      !['line_comment', 'block_comment', 'attribute_item', 'inner_attribute_item'].includes(child.type),
  );
}

/** Text in a title: one line, at most 40 characters. */
export function shortenExpression(text: string): string {
  const line = text.replace(/\s+/g, ' ');
  return line.length <= 40 ? line : `${line.slice(0, 39)}…`;
}
