// Arithmetic whose operands have several types: which mismatches stand in which operation.
import { enclosing, type Node, type TextRange } from '../../../tools/index/source.ts';
import type { ProposeInput } from '../../types.ts';
import { type Mismatch, mismatches } from './mismatch.ts';
import { isNumber } from './rust-type.ts';

const ARITHMETIC: ReadonlySet<string> = new Set(['+', '-', '*', '/', '%']);

/** The operation that an expression is, without parentheses around it; null where it is none of arithmetic. */
export function arithmetic(node: Node | null): Node | null {
  if (node?.type === 'parenthesized_expression') return arithmetic(node.namedChild(0));
  return node?.type === 'binary_expression' && ARITHMETIC.has(node.childForFieldName('operator')?.text ?? '')
    ? node
    : null;
}

/** The operands of an operation through those inside it, left to right. */
export function operandsOf(node: Node): Node[] {
  return [node.childForFieldName('left'), node.childForFieldName('right')].flatMap((side) => {
    if (side === null) return [];
    const inner = arithmetic(side);
    return inner === null ? [side] : operandsOf(inner);
  });
}

/** Mismatches of numbers inside an operation that is one itself: its result is cast in vain while its operands differ. */
export function mismatchesWithin(input: ProposeInput, one: Mismatch): Mismatch[] {
  const whole = arithmetic(one.node);
  if (whole === null || !isNumber(one.expected) || !isNumber(one.found)) return [];
  return input.errors.flatMap((error) =>
    error.code === 'E0308'
      ? mismatches(input, error).filter(
          (other) => other.source.path === one.source.path && inside(other.range, whole) && isNumber(other.found),
        )
      : [],
  );
}

/** Whether a mismatch stands in an operation that another mismatch is about. */
export function inMismatchedOperation(input: ProposeInput, one: Mismatch): boolean {
  for (let at = enclosing(one.node?.parent ?? null, 'binary_expression'); at !== null; ) {
    const { startIndex: start, endIndex: end } = at;
    const asked = input.errors.some(
      (error) =>
        error.code === 'E0308' &&
        error.spans.some((span) => {
          const range = span.primary && span.file === one.source.path ? one.source.range(span) : null;
          return range !== null && range.start === start && range.end === end;
        }),
    );
    if (asked) return true;
    at = enclosing(at.parent, 'binary_expression');
  }
  return false;
}

function inside(range: TextRange, node: Node): boolean {
  const { startIndex: start, endIndex: end } = node;
  return range.start >= start && range.end <= end && (range.start > start || range.end < end);
}
