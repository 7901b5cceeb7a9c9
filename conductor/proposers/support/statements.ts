// Statements as lines that can change places: finding the one around a node, moving it, and putting text before it.

import type { Edit } from '../../../schemas/types.ts';
import type { Node, SourceFile, TextRange } from '../../../tools/index/source.ts';

/** The statement (or tail expression) of a block that holds `node`; null outside a block. */
export function statementOf(node: Node | null): Node | null {
  for (let at = node; at !== null; at = at.parent) if (at.parent?.type === 'block') return at;
  return null;
}

/** The statement of `block` that holds `node`; null when it is not inside. */
export function statementIn(block: Node, node: Node | null): Node | null {
  for (let at = node; at !== null; at = at.parent) if (at.parent?.equals(block)) return at;
  return null;
}

/** Statements of a block, comments left out. */
export function statementsOf(block: Node): Node[] {
  return block.namedChildren.filter(
    (child): child is Node =>
      child !== null && !['line_comment', 'block_comment', 'attribute_item', 'label'].includes(child.type),
  );
}

/** Whole lines of a statement, their last line ending included; null when it shares a line with something else. */
export function wholeLines(source: SourceFile, node: Node): TextRange | null {
  const first = source.line(source.lineOf(node.startIndex));
  const last = source.line(source.lineOf(Math.max(node.startIndex, node.endIndex - 1)));
  const before = source.text.slice(first.start, node.startIndex);
  const after = source.text.slice(node.endIndex, last.end);
  if (before.trim() !== '' || (after.trim() !== '' && !after.trimStart().startsWith('//'))) return null;
  const end = source.text.indexOf('\n', last.end);
  return { start: first.start, end: end < 0 ? source.text.length : end + 1 };
}

/** Moves statement `moved` to stand right before (or after) `anchor`; null when lines cannot tell them apart. */
export function moveStatement(source: SourceFile, moved: Node, anchor: Node, where: 'before' | 'after'): Edit[] | null {
  const lines = wholeLines(source, moved);
  const target = wholeLines(source, anchor);
  if (lines === null || target === null || !source.text.endsWith('\n', lines.end) || moved.equals(anchor)) return null;
  const at = where === 'before' ? target.start : target.end;
  if (at >= lines.start && at <= lines.end) return null;
  return [source.insert(at, source.slice(lines)), source.edit(lines.start, lines.end, '')];
}

/** Puts `text` as a line of its own before the statement. */
export function insertBefore(source: SourceFile, statement: Node, text: string): Edit {
  return source.insert(statement.startIndex, `${text}${source.newline}${source.indentAt(statement.startIndex)}`);
}

/** True for a tail expression: the last thing in its block, without a semicolon. */
export function isTail(node: Node): boolean {
  const block = node.parent;
  if (block?.type !== 'block') return false;
  const last = statementsOf(block).at(-1);
  const value = !['let_declaration', 'empty_statement'].includes(node.type) && !node.text.endsWith(';');
  return value && last?.equals(node) === true;
}
