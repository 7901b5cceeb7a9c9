// A call with the wrong arguments, as the compiler reports it: the call, the function it means where the crate declares
// it, and which parameters got nothing. What to write instead is the proposers' own.
import type { Diagnostic } from '../../../schemas/types.ts';
import { enclosing, type Node, type SourceFile } from '../../../tools/index/source.ts';
import type { ProposeInput } from '../../types.ts';
import { callArguments } from './expressions.ts';
import { calleeOf, functionsNamed, type RustFunction } from './functions.ts';
import { quotedParts } from './mismatch.ts';
import { parseType, type RustType } from './rust-type.ts';

export interface WrongCall {
  readonly source: SourceFile;
  readonly node: Node;
  readonly args: readonly Node[];
  /** How many arguments it has too few. */
  readonly missing: number;
  /** The called function where the crate declares it; null for tuple structs, variants, closures and other crates. */
  readonly fn: RustFunction | null;
  /** The callee's last name. */
  readonly name: string;
  /** Arguments before those that parameters are for: 1 where `self` is passed as one. */
  readonly shift: number;
}

/** The call whose callee a primary span of the diagnostic is. */
export function wrongCall(input: ProposeInput, diagnostic: Diagnostic = input.diagnostic): WrongCall | null {
  for (const span of diagnostic.spans.filter((one) => one.primary)) {
    const source = input.source(span.file);
    if (source === null) continue;
    const range = source.range(span);
    const node = enclosing(
      source.root.namedDescendantForIndex(range.start, Math.max(range.start, range.end - 1)),
      'call_expression',
    );
    const callee = node === null ? null : calleeOf(node);
    if (
      node === null ||
      callee === null ||
      callee.name.endIndex > range.end ||
      range.end > (node.childForFieldName('arguments')?.startIndex ?? 0)
    )
      continue;
    const fn = functionMeant(input, diagnostic, callee.name.text);
    const shift = fn !== null && fn.self !== null && callee.receiver === null ? 1 : 0;
    const args = callArguments(node);
    const missing = Math.max(0, Number(/takes (\d+) /.exec(diagnostic.message)?.[1] ?? '0') - args.length);
    return { source, node, args, missing, fn, name: callee.name.text, shift };
  }
  return null;
}

/** Of the functions of a name, the one that the note "defined here" points at; without a note the only one. */
function functionMeant(input: ProposeInput, diagnostic: Diagnostic, name: string): RustFunction | null {
  const candidates = functionsNamed(input, name);
  const spans = diagnostic.notes.filter((note) => note.message.includes('defined here')).flatMap((note) => note.spans);
  if (spans.length === 0) return candidates.length === 1 ? (candidates[0] as RustFunction) : null;
  const meant = candidates.find((fn) =>
    spans.some((span) => {
      const range = span.file === fn.source.path ? fn.source.range(span) : null;
      return range !== null && range.start >= fn.node.startIndex && range.end <= fn.node.endIndex;
    }),
  );
  return meant ?? null;
}

/** A parameter that got no argument. */
export interface Missing {
  /** Its place among the arguments, a `self` that is passed counted. */
  readonly index: number;
  /** Its name where the crate declares the function. */
  readonly name: string | null;
  readonly type: RustType | null;
}

/** Whether an argument reads what is called so. */
function reads(arg: Node | undefined, name: string): boolean {
  return arg !== undefined && arg.text.replace(/^&(?:mut )?/, '') === name;
}

/** What the labels say is missing, in the order of the parameters; else the last parameters of the function. */
export function missingOf(diagnostic: Diagnostic, { args, fn, shift }: WrongCall): Missing[] {
  const wanted = Number(/takes (\d+) /.exec(diagnostic.message)?.[1] ?? 'NaN');
  const count = Number.isNaN(wanted) ? 0 : wanted - args.length;
  if (count <= 0) return [];
  const named = diagnostic.spans.flatMap((span) => labelled(span.label));
  const known = named.length === count ? named : [];
  const at = (index: number, type: RustType | null): Missing => {
    const parameter = fn?.parameters[index - shift];
    return {
      index,
      name: parameter === undefined ? null : parameter.pattern.text.replace(/^mut /, '').replace(/^_/, ''),
      type: type ?? (parameter === undefined ? null : parseType(parameter.type.text)),
    };
  };
  // Where types say little the compiler names the last place: an argument that is called as that parameter stands there already.
  const moved = (one: Missing): Missing =>
    one.name !== null && reads(args[one.index - 1], one.name) && fn?.parameters[one.index - 1 - shift] !== undefined
      ? moved(at(one.index - 1, null))
      : one;
  if (known.length > 0 && known.every((one) => one.index !== null)) {
    const told = known.map((one) => at(one.index as number, one.type)).sort((a, b) => a.index - b.index);
    return told.length === 1 ? [moved(told[0] as Missing)] : told;
  }
  // "two arguments of type `A` and `B` are missing" says which only where there is no argument at all.
  return Array.from({ length: count }, (_, i) =>
    at(args.length + i, args.length === 0 ? (known[i]?.type ?? null) : null),
  );
}

function labelled(label: string | null): { index: number | null; type: RustType | null }[] {
  if (label === null || !label.endsWith('missing')) return [];
  const types = quotedParts(label).map((text) => parseType(text));
  const numbers = [...label.matchAll(/argument #(\d+)/g)].map((match) => Number(match[1]) - 1);
  if (numbers.length > 0) return numbers.map((index, i) => ({ index, type: types[i] ?? null }));
  return types.map((type) => ({ index: null, type }));
}
