// The shape of a fault recipe: from a sound source file to the slips that a person could make in it. Whether a slip breaks
// the crate, and whether a test would notice, is faults.ts's work.
import type { TaxonomyClass } from '../../schemas/types.ts';
import { descendants, type Node, type SourceFile } from '../../tools/index/source.ts';

/** One replacement of `text.slice(start, end)`, in indices of the file's text. */
export interface Slip {
  /** What was done, one of the recipe's variants: `drop-reference`. */
  readonly variant: string;
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

export interface Recipe {
  /** The file's name without its ending. */
  readonly name: string;
  /** The class of the errors that it mostly causes. */
  readonly class: TaxonomyClass;
  /** Codes that it tends to cause; null stands for errors without one. */
  readonly codes: readonly (string | null)[];
  /** Every place it applies to, in source order for each variant. Needs the grammar to be loaded. */
  slips(source: SourceFile): readonly Slip[];
  /** Documentation and test: `after` is one of the slips of `before`. */
  readonly examples: readonly { readonly variant: string; readonly before: string; readonly after: string }[];
}

export function slip(variant: string, start: number, end: number, text = ''): Slip {
  return { variant, start, end, text };
}

/** A node replaced; without `text`, gone. */
export function replace(variant: string, node: Node, text = ''): Slip {
  return slip(variant, node.startIndex, node.endIndex, text);
}

/** Nodes of `types` that are written as code: not in a macro's arguments, whose grammar is the macro's. */
export function nodes(source: SourceFile, ...types: readonly string[]): Node[] {
  return descendants(source.root, ...types).filter((node) => !node.hasError && node.startIndex < node.endIndex);
}

export function field(node: Node, name: string): Node | null {
  return node.childForFieldName(name);
}

/** A node and the white space after it: dropped together, nothing looks odd. */
export function withSpace(variant: string, node: Node, source: SourceFile): Slip {
  const space = /^\s*/.exec(source.text.slice(node.endIndex))?.[0].length ?? 0;
  return slip(variant, node.startIndex, node.endIndex + space);
}

/** An element of a list and the comma that goes with it. */
export function withComma(variant: string, node: Node, source: SourceFile): Slip {
  const after = /^\s*,\s*/.exec(source.text.slice(node.endIndex));
  if (after !== null) return slip(variant, node.startIndex, node.endIndex + after[0].length);
  const before = /,\s*$/.exec(source.text.slice(0, node.startIndex));
  return slip(variant, node.startIndex - (before?.[0].length ?? 0), node.endIndex);
}

/** A whole line gone, with its line ending, where nothing else stands on it; otherwise the node alone. */
export function wholeLines(variant: string, node: Node, source: SourceFile): Slip {
  const first = source.line(source.lineOf(node.startIndex));
  const last = source.line(source.lineOf(node.endIndex));
  const alone =
    source.text.slice(first.start, node.startIndex).trim() === '' &&
    source.text.slice(node.endIndex, last.end).trim() === '';
  if (!alone) return replace(variant, node);
  const next = source.text.indexOf('\n', last.end);
  return slip(variant, first.start, next < 0 ? source.text.length : next + 1);
}

export function apply(text: string, slips: readonly Slip[]): string {
  let out = text;
  for (const { start, end, text: put } of [...slips].sort((a, b) => b.start - a.start)) {
    out = out.slice(0, start) + put + out.slice(end);
  }
  return out;
}
