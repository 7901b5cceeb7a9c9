// What the places where a value is used say of its type: what is expected there, or what stands beside it. As questions,
// and as the types that the answers give.
import type { Node, SourceFile } from '../../../tools/index/source.ts';
import type { ProbeRequest, ProposeInput } from '../../types.ts';
import { askedExpected, askedType, typeQuestion } from './asked.ts';
import { methodCall, rangeOf } from './expressions.ts';
import type { RustType } from './rust-type.ts';

interface Context {
  readonly node: Node;
  readonly want: 'type' | 'expected';
}

/** Places whose answer tells the value's type: what is expected where it stands, or the operand beside it. */
function contextsOf(uses: readonly Node[], ofNumber: boolean): Context[] {
  const found: Context[] = [];
  for (const use of uses) {
    const reference = use.parent?.type === 'reference_expression' ? use.parent : use;
    const parent = reference.parent;
    if (parent === null) continue;
    const assigned = /^(assignment_expression|compound_assignment_expr)$/.test(parent.type);
    if (assigned && parent.childForFieldName('left')?.equals(use)) {
      const value = parent.childForFieldName('right');
      if (value) found.push({ node: value, want: 'type' });
    } else if (parent.type === 'binary_expression') {
      const [left, right] = [parent.childForFieldName('left'), parent.childForFieldName('right')];
      const other = left?.equals(reference) ? right : left;
      if (other && !/^[<>]{2}$/.test(parent.childForFieldName('operator')?.text ?? ''))
        found.push({ node: other, want: 'type' });
    } else if (parent.type === 'field_expression') {
      // A number's methods give numbers of the same type, most of them.
      const call = ofNumber ? methodCall(parent.parent) : null;
      if (call !== null && expects(call.node)) found.push({ node: call.node, want: 'expected' });
    } else if (expects(reference)) {
      found.push({ node: reference, want: 'expected' });
    } else if (/_literal$/.test(use.type) || use.type === 'call_expression') {
      found.push({ node: use, want: 'expected' });
    }
  }
  const unique = new Map(found.map((context) => [`${context.node.startIndex} ${context.node.endIndex}`, context]));
  return [...unique.values()].sort((a, b) => (a.want < b.want ? -1 : a.want > b.want ? 1 : 0));
}

/** Whether the place of an expression may expect a type: an argument, a field, a result, what is assigned to. */
function expects(node: Node): boolean {
  const parent = node.parent;
  return (
    parent !== null &&
    /^(arguments|field_initializer|shorthand_field_initializer|return_expression|assignment_expression|compound_assignment_expr|block|let_declaration|match_arm|array_expression|tuple_expression|expression_statement|binary_expression)$/.test(
      parent.type,
    )
  );
}

/** Questions on the expressions that stand for one value; `ofNumber` where its methods give the same type again. */
export function questionsOf(source: SourceFile, uses: readonly Node[], ofNumber: boolean): ProbeRequest[] {
  return contextsOf(uses, ofNumber).map(({ node, want }) => typeQuestion(source, rangeOf(node), want));
}

/** The types that were heard, in the order of the questions. */
export function heardOf(input: ProposeInput, source: SourceFile, uses: readonly Node[], ofNumber: boolean): RustType[] {
  return contextsOf(uses, ofNumber).flatMap(({ node, want }) => {
    const range = rangeOf(node);
    return (want === 'type' ? askedType(input, source, range) : askedExpected(input, source, range)) ?? [];
  });
}
