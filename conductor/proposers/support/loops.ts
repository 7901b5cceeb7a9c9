// What a loop's body ends with: whether a repair there would leave the loop in its first round.
import type { Edit } from '../../../schemas/types.ts';
import { enclosing, type Node, type SourceFile } from '../../../tools/index/source.ts';

/**
 * Whether an edit stands in a branch of the `if … else` or `match` that ends a loop's body. A `return` there, as in the branches
 * beside it, ends every round.
 */
export function endsEveryRound(source: SourceFile | null, edit: Edit): boolean {
  if (source === null) return false;
  const at = source.indexOfByte(edit.start);
  const inner = source.nodeAt({ start: at, end: at });
  const loop = enclosing(inner, 'for_expression', 'while_expression', 'loop_expression', 'closure_expression');
  const body = loop === null || loop.type === 'closure_expression' ? null : loop.childForFieldName('body');
  const last = body?.namedChild(body.namedChildCount - 1) ?? null;
  const branching = last?.type === 'expression_statement' ? last.namedChild(0) : last;
  if (!branching || branching.startIndex > at || at > branching.endIndex) return false;
  return branching.type === 'match_expression' || (branching.type === 'if_expression' && hasElse(branching));
}

function hasElse(node: Node): boolean {
  const other = node.childForFieldName('alternative');
  const inner = other?.namedChild(0) ?? null;
  if (inner === null) return false;
  return inner.type === 'if_expression' ? hasElse(inner) : true;
}
