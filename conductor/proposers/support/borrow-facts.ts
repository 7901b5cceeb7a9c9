// What the borrow checker says in its labels: where a value moves, where a borrow begins, where it is needed again.
import type { Diagnostic, Span } from '../../../schemas/types.ts';
import { enclosing, type Node, type SourceFile, type TextRange } from '../../../tools/index/source.ts';
import type { ProposeInput } from '../../types.ts';
import { exactNode, methodCall, rangeOf } from './expressions.ts';
import { quotedParts } from './mismatch.ts';
import { parseType, type RustType } from './rust-type.ts';

/** A labelled place: its range, and its expression where there is exactly one. */
export interface Place {
  readonly source: SourceFile;
  readonly range: TextRange;
  readonly node: Node | null;
  readonly text: string;
}

export interface BorrowFacts {
  /** Where the error is reported. */
  readonly at: Place | null;
  /** Where the value was moved (E0382), or moves out of its place (E0505, E0507, E0509). */
  readonly moves: readonly Place[];
  /** Where the conflicting borrow begins. */
  readonly borrows: readonly Place[];
  /** Where that borrow is used afterwards. */
  readonly laterUses: readonly Place[];
  /** Where the binding or capture concerned is declared. */
  readonly declared: readonly Place[];
  /** The moved value's type, as far as the message names it. */
  readonly type: RustType | null;
  /** The closure that a value moves into. */
  readonly closure: Place | null;
}

export function borrowFacts(input: ProposeInput, diagnostic: Diagnostic = input.diagnostic): BorrowFacts {
  const places = (test: (label: string, span: Span) => boolean): Place[] =>
    diagnostic.spans
      .filter((span) => span.label !== null && test(span.label, span))
      .flatMap((span) => placeOf(input, span));
  const primary = diagnostic.spans.find((span) => span.primary);
  const labels = [...diagnostic.spans.map((span) => span.label ?? ''), ...diagnostic.notes.map((note) => note.message)];
  const cause = labels.find((label) => /move occurs because/.test(label) && label.includes('has type'));
  const moves = places(
    (label) =>
      /moved (?:here|into closure|due to)/.test(label) && !label.startsWith('variable moved') && !/after/.test(label),
  );
  const outOf =
    ['E0505', 'E0507', 'E0508', 'E0509'].includes(diagnostic.code ?? '') && primary ? placeOf(input, primary) : [];
  return {
    at: primary === undefined ? null : (placeOf(input, primary)[0] ?? null),
    moves: unique([...outOf, ...moves.map(receiverOf)]),
    borrows: places(
      (label) => /borrow(?: of .*)? occurs here|is borrowed here/.test(label) && !/later/.test(label),
    ).filter(
      (place) => primary === undefined || place.range.start !== primary.start || !primary.label?.includes('borrow'),
    ),
    laterUses: places((label) => /later used (?:here|by)|borrow later/.test(label)),
    declared: places((label) => /declared here|move occurs because|captured by|captured variable/.test(label)),
    type: cause === undefined ? null : parseType(quotedParts(cause.slice(cause.indexOf('has type')))[0] ?? ''),
    closure: places((label) => /into closure/.test(label))[0] ?? null,
  };
}

/** A label on a method's name and arguments means the receiver; other places stay as they are. */
function receiverOf(place: Place): Place {
  const name = place.source.root.namedDescendantForIndex(place.range.start, place.range.start);
  const call = name?.type === 'field_identifier' ? methodCall(enclosing(name, 'call_expression')) : null;
  if (call === null || call.name.startIndex !== place.range.start) return place;
  const range = rangeOf(call.receiver);
  return { source: place.source, range, node: call.receiver, text: place.source.slice(range) };
}

function unique(places: readonly Place[]): Place[] {
  return places.filter(
    (place, index) =>
      places.findIndex((other) => other.range.start === place.range.start && other.range.end === place.range.end) ===
      index,
  );
}

/** Where a span lies; a whole `for`, to which a span of its desugaring is widened, means what it iterates over. */
export function placeOf(input: ProposeInput, span: Span): Place[] {
  const source = input.source(span.file);
  if (source === null) return [];
  const whole = exactNode(source, source.range(span));
  const iterated = span.expansion && whole?.type === 'for_expression' ? whole.childForFieldName('value') : null;
  const range = iterated === null ? source.range(span) : rangeOf(iterated);
  return [{ source, range, node: iterated ?? whole, text: source.slice(range) }];
}

/** The smallest node at a place, exact or not. */
export function nodeOf(place: Place): Node {
  return place.node ?? place.source.nodeAt(place.range);
}

/** The `for` whose iterated expression the place is. */
export function iteratedBy(place: Place): Node | null {
  const loop = enclosing(nodeOf(place), 'for_expression');
  const value = loop?.childForFieldName('value');
  return value && value.startIndex <= place.range.start && place.range.end <= value.endIndex ? loop : null;
}

/** The `let` whose initial value the borrow is, or lies in. */
export function letOf(place: Place): { readonly statement: Node; readonly value: Node } | null {
  const statement = enclosing(nodeOf(place), 'let_declaration', 'block', 'closure_expression');
  const value = statement?.type === 'let_declaration' ? statement.childForFieldName('value') : null;
  return statement && value && value.startIndex <= place.range.start && place.range.end <= value.endIndex
    ? { statement, value }
    : null;
}
