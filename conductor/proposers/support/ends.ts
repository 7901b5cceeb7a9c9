// What a branching expression comes down to: the last expressions of its blocks and arms. Types are the compiler's.
import type { Node } from '../../../tools/index/source.ts';
import { namedChildren } from './expressions.ts';
import { statementsOf } from './statements.ts';

/** The expressions that it may end with, those of a `return` in tail position among them. */
export function endsOf(node: Node | null): Node[] {
  if (node === null) return [];
  return valuesOf(node).flatMap((end) => (end.type === 'return_expression' ? endsOf(end.namedChild(0)) : [end]));
}

/** The expressions that may be its value, and those with which it leaves (see `leaves`). */
export function valuesOf(node: Node | null): Node[] {
  switch (node?.type) {
    case undefined:
      return [];
    case 'expression_statement':
    case 'else_clause':
    case 'parenthesized_expression':
      return valuesOf((node as Node).namedChild(0));
    case 'block':
      return valuesOf(statementsOf(node as Node).at(-1) ?? null);
    case 'if_expression':
      return [
        ...valuesOf((node as Node).childForFieldName('consequence')),
        ...valuesOf((node as Node).childForFieldName('alternative')),
      ];
    case 'match_expression': {
      const body = (node as Node).childForFieldName('body');
      const arms = body === null ? [] : namedChildren(body).filter((arm) => arm.type === 'match_arm');
      return arms.flatMap((arm) => valuesOf(arm.childForFieldName('value')));
    }
    default:
      return [node as Node];
  }
}

/** Whether evaluating it never comes to an end where it stands. */
export function leaves(node: Node): boolean {
  return ['return_expression', 'break_expression', 'continue_expression'].includes(node.type);
}
