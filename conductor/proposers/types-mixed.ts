// E0277 of arithmetic between integers and floats, or between signed and unsigned integers, seen as one term: every operand
// that holds it up is cast, in all terms with the same slip.
//
// 3.14 * r * r                              before, where r is an integer
// 3.14 * r as f64 * r as f64                after
//
// self.floor = self.floor + delta           before (usize + i32)
// self.floor = (self.floor as i32 + delta) as usize
//
// One operand alone is types-operators'.
import type { Diagnostic, Edit } from '../../schemas/types.ts';
import type { Node, SourceFile } from '../../tools/index/source.ts';
import type { Draft, ProposeInput, Proposer } from '../types.ts';
import { sound } from './support/drafts.ts';
import { methodCall, operand } from './support/expressions.ts';
import { mismatches, operandTypes } from './support/mismatch.ts';
import { numericLiteral } from './support/numbers.ts';
import { strip } from './support/references.ts';
import { rust } from './support/rust.ts';
import { isFloat, isInteger, type RustType, writeType } from './support/rust-type.ts';

export const typesMixed: Proposer = {
  name: 'types-mixed',
  codes: ['E0277', 'E0308'],
  propose(input) {
    const own = operation(input, input.diagnostic) ?? besides(input);
    return sound([...divided(input), ...(own === null ? [] : [...floats(input, own), ...signs(own)])]);
  },
  examples: [
    {
      title: 'every operand of a term of floats',
      before: rust`
        pub fn area(r: i32) -> f64 {
            3.14 * r * r
        }

        pub fn percent(part: u32, whole: u32) -> f64 {
            part as f64 / whole * 100
        }
      `,
      after: rust`
        pub fn area(r: i32) -> f64 {
            3.14 * r as f64 * r as f64
        }

        pub fn percent(part: u32, whole: u32) -> f64 {
            part as f64 / whole as f64 * 100.0
        }
      `,
      within: 1,
    },
    {
      title: 'a quotient of integers where a float is wanted',
      before: rust`
        pub fn mean(scores: &[u32]) -> f64 {
            let mut total = 0;
            for score in scores {
                total += score;
            }
            total / scores.len()
        }
      `,
      after: rust`
        pub fn mean(scores: &[u32]) -> f64 {
            let mut total = 0;
            for score in scores {
                total += score;
            }
            total as f64 / scores.len() as f64
        }
      `,
      within: 1,
    },
    {
      title: 'a place and a signed step',
      before: rust`
        pub struct Lift {
            floor: usize,
        }

        impl Lift {
            pub fn go(&mut self, step: i32) {
                self.floor = self.floor + step;
            }
        }
      `,
      after: rust`
        pub struct Lift {
            floor: usize,
        }

        impl Lift {
            pub fn go(&mut self, step: i32) {
                self.floor = (self.floor as i32 + step) as usize;
            }
        }
      `,
      within: 1,
    },
    {
      title: 'a place that moves by a signed step',
      before: rust`
        pub fn turn(mut at: usize, step: i32) -> usize {
            at += step;
            at
        }
      `,
      after: rust`
        pub fn turn(mut at: usize, step: i32) -> usize {
            at = (at as i32 + step) as usize;
            at
        }
      `,
      within: 1,
    },
  ],
};

interface Operation {
  readonly source: SourceFile;
  readonly node: Node;
  readonly left: Node;
  readonly right: Node;
  readonly types: { readonly left: RustType; readonly right: RustType; readonly operator: string };
}

function operation(input: ProposeInput, diagnostic: Diagnostic): Operation | null {
  const types = diagnostic.code === 'E0277' ? operandTypes(diagnostic) : null;
  const span = diagnostic.spans.find((one) => one.primary);
  const source = span === undefined ? null : input.source(span.file);
  if (types === null || span === undefined || source === null) return null;
  const range = source.range(span);
  const node = source.root.descendantForIndex(range.start, Math.max(range.start, range.end - 1))?.parent ?? null;
  const [left, right] = [node?.childForFieldName('left'), node?.childForFieldName('right')];
  return node && left && right ? { source, node, left, right, types } : null;
}

/** A quotient of integers that is wanted as a float is one of floats: cast as a whole it would be cut off. */
function divided(input: ProposeInput): Draft[] {
  const span = input.diagnostic.spans.find((one) => one.primary);
  const here = span === undefined ? null : input.source(span.file);
  if (span === undefined || here === null) return [];
  const at = here.range(span);
  for (const error of [input.diagnostic, ...input.errors]) {
    for (const { source, node, expected, found } of error.code === 'E0308' ? mismatches(input, error) : []) {
      const float = isFloat(strip(expected)) && isInteger(strip(found)) ? writeType(strip(expected)) : null;
      if (source !== here || node === null || float === null || at.start < node.startIndex || at.end > node.endIndex)
        continue;
      const quotient = bare(node);
      if (quotient.childForFieldName('operator')?.text !== '/') continue;
      const sides = [quotient.childForFieldName('left'), quotient.childForFieldName('right')];
      const edits = sides.flatMap((side): Edit[] => {
        if (side === null) return [];
        const literal = numericLiteral(side.text, { kind: 'literal', of: 'float' });
        return [
          source.edit(side.startIndex, side.endIndex, literal ?? written(side, `${operand(side.text)} as ${float}`)),
        ];
      });
      return [{ title: `Divide as \`${float}\``, edits, features: { agreement: 1, repeats: 2, idiom: 1 } }];
    }
  }
  return [];
}

function bare(node: Node): Node {
  const inner = node.type === 'parenthesized_expression' ? node.namedChild(0) : null;
  return inner === null ? node : bare(inner);
}

/** The operation whose right side the compiler calls mismatched too. */
function besides(input: ProposeInput): Operation | null {
  const span = input.diagnostic.spans.find((one) => one.primary);
  if (input.diagnostic.code !== 'E0308' || span === undefined) return null;
  for (const error of input.errors) {
    const other = operation(input, error);
    if (other === null || other.source.path !== span.file) continue;
    const { start, end } = other.source.range(span);
    if (other.right.startIndex === start && other.right.endIndex === end) return other;
  }
  return null;
}

const ARITHMETIC: readonly string[] = ['+', '-', '*', '/', '%'];

/** Casts of the integers in every term that mixes them with floats of one type. */
function floats(input: ProposeInput, own: Operation): Draft[] {
  const float = floatOf(own);
  if (float === null) return [];
  const edits = new Map<string, Edit>();
  let terms = 0;
  for (const error of [input.diagnostic, ...input.errors]) {
    const other = operation(input, error);
    if (other === null || floatOf(other) !== float) continue;
    terms += 1;
    for (const edit of castsIn(other, float)) edits.set(`${edit.file}:${edit.start}`, edit);
  }
  if (edits.size < 2) return [];
  return [
    {
      title: `As \`${float}\` throughout`,
      edits: [...edits.values()],
      features: { agreement: 1, repeats: Math.max(terms - 1, edits.size) },
    },
  ];
}

/** The float that one side is, where the other is an integer; null for other operations, and where the result is fixed. */
function floatOf({ types, left, node }: Operation): string | null {
  const [a, b] = [strip(types.left), strip(types.right)];
  if (!ARITHMETIC.includes(types.operator.replace('=', '')) || isFloat(a) === isFloat(b)) return null;
  if (!isInteger(isFloat(a) ? b : a)) return null;
  // `count += 0.5` is no mistake of the right side's operands.
  if (types.operator.endsWith('=') && isFloat(b)) return null;
  return left.parent?.equals(node) ? writeType(isFloat(a) ? a : b) : null;
}

/** The integer operand, the same name beside it, and the integer literals along the term. */
function castsIn({ source, node, left, right, types }: Operation, float: string): Edit[] {
  const [integer, type] = isFloat(strip(types.left)) ? [right, types.right] : [left, types.left];
  const stars = (of: RustType): string => (of.kind === 'ref' ? `*${stars(of.of)}` : '');
  const edits: Edit[] = [];
  for (const one of spine(node)) {
    const literal = one.type === 'integer_literal' ? numericLiteral(one.text, { kind: 'literal', of: 'float' }) : null;
    const same = one.equals(integer) || (integer.type !== 'integer_literal' && one.text === integer.text);
    if (literal !== null) edits.push(source.edit(one.startIndex, one.endIndex, literal));
    else if (same)
      edits.push(
        source.edit(one.startIndex, one.endIndex, written(one, `${stars(type)}${operand(one.text)} as ${float}`)),
      );
  }
  return edits;
}

/** A cast in parentheses where a `<` follows it. */
function written(node: Node, text: string): string {
  const parent = node.parent;
  const unary = parent?.type === 'unary_expression';
  const less =
    parent?.type === 'binary_expression' &&
    /^<+/.test(parent.childForFieldName('operator')?.text ?? '') &&
    parent.childForFieldName('left')?.equals(node);
  return unary || less ? `(${text})` : text;
}

/** The operands of an operation and of the arithmetic around it, those that are no operations on the way themselves. */
function spine(node: Node): Node[] {
  const chain: Node[] = [node];
  for (let at = node.parent; at !== null; at = at.parent) {
    const arithmetic =
      at.type === 'binary_expression' && ARITHMETIC.includes(at.childForFieldName('operator')?.text ?? '');
    if (arithmetic) chain.push(at);
    else if (at.type !== 'parenthesized_expression' && at.type !== 'unary_expression') break;
  }
  return chain
    .flatMap((one) => [one.childForFieldName('left'), one.childForFieldName('right')])
    .filter((one): one is Node => one !== null && !chain.some((other) => within(other, one)));
}

function within(inner: Node, outer: Node): boolean {
  return inner.startIndex >= outer.startIndex && inner.endIndex <= outer.endIndex;
}

const isSigned = (type: RustType): boolean => type.kind === 'path' && /^i\d|^isize$/.test(type.name);
const isUnsigned = (type: RustType): boolean => type.kind === 'path' && /^u\d|^usize$/.test(type.name);

/** A signed step from an unsigned place is taken among signed numbers. */
function signs({ source, node, left, right, types }: Operation): Draft[] {
  const [a, b] = [strip(types.left), strip(types.right)];
  const operator = types.operator.replace('=', '');
  if (!['+', '-'].includes(operator) || !isUnsigned(a) || !isSigned(b)) return [];
  // What cannot be negative is cast as it is.
  if (methodCall(right)?.name.text === 'abs' || types.left.kind === 'ref' || types.right.kind === 'ref') return [];
  const [from, to] = [writeType(a), writeType(b)];
  const sum = `(${operand(left.text)} as ${to} ${operator} ${right.text}) as ${from}`;
  const put = (range: Node, text: string, agreement: number): Draft => ({
    title: 'Count with the sign',
    edits: [source.edit(range.startIndex, range.endIndex, text)],
    features: { agreement, idiom: agreement === 1 ? 1 : 0 },
  });
  if (node.type === 'compound_assignment_expr') return [put(node, `${left.text} = ${sum}`, 1)];
  const assignment = node.parent?.type === 'assignment_expression' ? node.parent : null;
  const back = assignment?.childForFieldName('left')?.text === left.text;
  const index = node.parent?.type === 'index_expression';
  if (back || index) return [put(node, sum, 1)];
  return [put(left, `${operand(left.text)} as ${to}`, 0.9), put(node, `(${sum})`, 0.4)];
}
