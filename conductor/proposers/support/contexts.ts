// What the places where a value is used say of its type: what is expected there, or what stands beside it. As questions,
// and as the types that the answers give.
import type { Node, SourceFile } from '../../../tools/index/source.ts';
import type { ProbeRequest, ProposeInput } from '../../types.ts';
import { askedExpected, askedType, typeQuestion } from './asked.ts';
import { methodCall, rangeOf } from './expressions.ts';
import { isNumber, isPath, type RustType } from './rust-type.ts';

interface Context {
  readonly node: Node;
  readonly want: 'type' | 'expected';
  /** The place is a call of one of the value's methods: numbers have methods that give the same type again. */
  readonly method: boolean;
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
      if (value) found.push({ node: value, want: 'type', method: false });
    } else if (parent.type === 'binary_expression') {
      const [left, right] = [parent.childForFieldName('left'), parent.childForFieldName('right')];
      const other = left?.equals(reference) ? right : left;
      const operator = parent.childForFieldName('operator')?.text ?? '';
      if (operator === '&&' || operator === '||') found.push({ node: reference, want: 'expected', method: false });
      else if (other && !/^(<<|>>)$/.test(operator)) found.push({ node: other, want: 'type', method: false });
    } else if (parent.type === 'field_expression') {
      const call = ofNumber ? methodCall(parent.parent) : null;
      if (call !== null && expects(call.node)) found.push({ node: call.node, want: 'expected', method: true });
    } else if (expects(reference)) {
      found.push({ node: reference, want: 'expected', method: false });
    } else if (/_literal$/.test(use.type) || use.type === 'call_expression') {
      found.push({ node: use, want: 'expected', method: false });
    }
  }
  const unique = new Map(found.map((context) => [`${context.node.startIndex} ${context.node.endIndex}`, context]));
  return [...unique.values()].sort((a, b) => (a.want < b.want ? -1 : a.want > b.want ? 1 : 0));
}

/** Parents that may expect a type of what stands in them: calls, results, conditions, assignments. */
const EXPECTING: ReadonlySet<string> = new Set([
  'arguments',
  'array_expression',
  'assignment_expression',
  'binary_expression',
  'block',
  'compound_assignment_expr',
  'expression_statement',
  'field_initializer',
  'if_expression',
  'let_declaration',
  'match_arm',
  'match_pattern',
  'return_expression',
  'shorthand_field_initializer',
  'tuple_expression',
  'while_expression',
]);

/** Whether the context of an expression may expect a type of it. */
export function expects(node: Node): boolean {
  return EXPECTING.has(node.parent?.type ?? '');
}

/** Questions on the expressions that stand for one value; `ofNumber` where its methods give the same type again. */
export function questionsOf(source: SourceFile, uses: readonly Node[], ofNumber: boolean): ProbeRequest[] {
  return contextsOf(uses, ofNumber).map(({ node, want }) => typeQuestion(source, rangeOf(node), want));
}

/** The types that were heard, in the order of the questions. */
export function heardOf(input: ProposeInput, source: SourceFile, uses: readonly Node[], ofNumber: boolean): RustType[] {
  return contextsOf(uses, ofNumber).flatMap(({ node, want, method }) => {
    const range = rangeOf(node);
    const type = want === 'type' ? askedType(input, source, range) : askedExpected(input, source, range);
    if (type === null || !method) return type ?? [];
    const number = isPath(type, 'Option', 'Result') ? (type.args[0] ?? type) : type;
    return isNumber(number) ? number : [];
  });
}
