// What a diagnostic says about types, read from its labels and notes by their structure: which expression has which
// type, and which one is wanted there. What to write instead is the proposers' own.
import type { Diagnostic, Span } from '../../../schemas/types.ts';
import type { Node, SourceFile, TextRange } from '../../../tools/index/source.ts';
import type { ProposeInput } from '../../types.ts';
import { exactNode, rangeOf } from './expressions.ts';
import { parseType, type RustType } from './rust-type.ts';

/** An expression whose type is not the one wanted. */
export interface Mismatch {
  readonly source: SourceFile;
  readonly range: TextRange;
  /** The expression; null inside a macro's tokens. */
  readonly node: Node | null;
  readonly text: string;
  readonly expected: RustType;
  readonly found: RustType;
}

/** Every mismatch of a diagnostic: one, or one for each wrong argument of a call. */
export function mismatches(input: ProposeInput, diagnostic: Diagnostic = input.diagnostic): readonly Mismatch[] {
  const note = expectationNote(diagnostic);
  const primary = diagnostic.spans.filter(
    (span) => span.primary && (expectation(span.label) !== null || span.label === 'types differ in mutability'),
  );
  if (primary.length === 0) {
    return diagnostic.spans.flatMap((span) => at(input, span, expectation(span.label)));
  }
  return primary.flatMap((span) => at(input, span, fuller(expectation(span.label), note)));
}

function at(input: ProposeInput, span: Span, types: Expectation | null): Mismatch[] {
  const one = types === null ? null : mismatchAt(input, span, types.expected, types.found);
  return one === null ? [] : [one];
}

/** The one that leaves less open: a label may shorten long types, a note leaves out what is equal. */
function fuller(label: Expectation | null, note: Expectation | null): Expectation | null {
  if (label === null || note === null) return label ?? note;
  return open(note.expected) + open(note.found) < open(label.expected) + open(label.found) ? note : label;
}

function open(type: RustType): number {
  switch (type.kind) {
    case 'infer':
      return 1;
    case 'ref':
    case 'slice':
    case 'array':
      return open(type.of);
    case 'tuple':
      return type.items.reduce((sum, item) => sum + open(item), 0);
    case 'path':
      return type.args.reduce((sum, arg) => sum + open(arg), 0);
    default:
      return 0;
  }
}

/** A mismatch at a span; null where the file cannot be edited or the span is empty. */
export function mismatchAt(input: ProposeInput, span: Span, expected: RustType, found: RustType): Mismatch | null {
  const source = input.source(span.file);
  if (source === null) return null;
  const range = source.range(span);
  const text = source.slice(range);
  if (text.trim() === '' || text.trim() !== text) return null;
  return { source, range, node: exactNode(source, range), text, expected, found };
}

/** The mismatch of a node whose types are known from elsewhere. */
export function mismatchOf(source: SourceFile, node: Node, expected: RustType, found: RustType): Mismatch {
  const range = rangeOf(node);
  return { source, range, node, text: source.slice(range), expected, found };
}

export interface Expectation {
  readonly expected: RustType;
  readonly found: RustType;
}

/** Reads "expected `X`, found `Y`"; kinds may stand before the quotes, and literals come without them. */
export function expectation(label: string | null): Expectation | null {
  if (label === null || !label.startsWith('expected ')) return null;
  const middle = splitOutsideQuotes(label, ', found ');
  if (middle === null) return null;
  const expected = describedType(middle[0].slice('expected '.length));
  const found = describedType(middle[1]);
  return expected !== null && found !== null ? { expected, found } : null;
}

/** The two-line note that gives types in full: "expected enum `X`\n found type `Y`". */
function expectationNote(diagnostic: Diagnostic): Expectation | null {
  for (const note of diagnostic.notes) {
    if (!note.message.startsWith('expected ')) continue;
    const lines = note.message.split('\n');
    const second = lines.find((line) => line.trimStart().startsWith('found '));
    if (second === undefined) continue;
    const expected = describedType((lines[0] as string).slice('expected '.length));
    const found = describedType(second.trimStart().slice('found '.length));
    if (expected !== null && found !== null) return { expected, found };
  }
  return null;
}

/** "enum `Option<i32>`", "`&str`", "integer", "floating-point number", "struct `S`", "reference `&T`". */
export function describedType(text: string): RustType | null {
  const quoted = firstQuoted(text);
  if (quoted !== null) return parseType(quoted);
  if (text.startsWith('integer') || text.startsWith('integral variable')) return { kind: 'literal', of: 'integer' };
  if (text.startsWith('floating-point')) return { kind: 'literal', of: 'float' };
  if (text.startsWith('closure') || text.startsWith('future') || text.startsWith('fn item'))
    return { kind: 'other', text };
  return null;
}

/** Everything between backticks, in order. */
export function quotedParts(text: string): string[] {
  const parts = text.split('`');
  return parts.filter((_, index) => index % 2 === 1);
}

export function firstQuoted(text: string): string | null {
  return quotedParts(text)[0] ?? null;
}

function splitOutsideQuotes(text: string, separator: string): [string, string] | null {
  for (let at = text.indexOf(separator); at >= 0; at = text.indexOf(separator, at + 1)) {
    const quotes = text.slice(0, at).split('`').length - 1;
    if (quotes % 2 === 0) return [text.slice(0, at), text.slice(at + separator.length)];
  }
  return null;
}

/** "no implementation for `A op B`": the operand types of an operator's diagnostic. */
export function operandTypes(
  diagnostic: Diagnostic,
): { readonly left: RustType; readonly right: RustType; readonly operator: string } | null {
  for (const span of diagnostic.spans) {
    if (!span.primary || !span.label?.startsWith('no implementation for ')) continue;
    const text = firstQuoted(span.label);
    if (text === null) continue;
    for (const operator of OPERATORS) {
      const parts = text.split(` ${operator} `);
      if (parts.length !== 2) continue;
      const left = parseType(parts[0] as string);
      const right = parseType(parts[1] as string);
      if (left !== null && right !== null) return { left, right, operator };
    }
  }
  return null;
}

const OPERATORS = [
  '+',
  '-',
  '*',
  '/',
  '%',
  '+=',
  '-=',
  '*=',
  '/=',
  '%=',
  '==',
  '!=',
  '<',
  '<=',
  '>',
  '>=',
  '&',
  '|',
  '^',
  '<<',
  '>>',
];
