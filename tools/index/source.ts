// Rust source as proposers and probes read it: text, lines, and a tree-sitter tree. What an edit means is theirs.
//
// Two coordinates meet here. The compiler counts bytes of UTF-8; strings and the tree count UTF-16 units. A
// `SourceFile` speaks indices of its `text` throughout; `range` and `edit` are the only two crossings.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { Language, type Node, Parser, type Tree, Edit as TreeEdit } from 'web-tree-sitter';
import type { Edit } from '../../schemas/types.ts';

export type { Node, Tree } from 'web-tree-sitter';

/** Half-open range of indices into a `SourceFile`'s text. */
export interface TextRange {
  readonly start: number;
  readonly end: number;
}

let parser: Parser | null = null;
let loading: Promise<void> | null = null;

/** Loads the Rust grammar, once per process (about 30 ms). `SourceFile.root` needs it. */
export function loadGrammar(): Promise<void> {
  loading ??= (async () => {
    const require = createRequire(import.meta.url);
    await Parser.init();
    const wasm = await readFile(require.resolve('tree-sitter-rust/tree-sitter-rust.wasm'));
    const made = new Parser();
    made.setLanguage(await Language.load(wasm));
    parser = made;
  })();
  return loading;
}

/** Characters from which on a changed text is parsed from the tree of the one before: a tree takes some 50 bytes for each. */
const reparsedFrom = 100_000;

/** One Rust file, immutable. Its tree is parsed on first use. */
export class SourceFile {
  readonly path: string;
  readonly text: string;
  private readonly base: SourceFile | null;
  private readonly ascii: boolean;
  private tree: Tree | null = null;
  private starts: number[] | null = null;

  /** `base`: the same file before a small change. Where it is large, the tree shares with its tree what is the same in both. */
  constructor(path: string, text: string, base: SourceFile | null = null) {
    this.path = path;
    this.text = text;
    this.base = base !== null && text.length >= reparsedFrom ? base : null;
    this.ascii = Buffer.byteLength(text) === text.length;
  }

  /** Root of the syntax tree; nodes with errors are there as `ERROR` and missing nodes. */
  get root(): Node {
    if (this.tree === null) {
      if (parser === null) throw new Error('loadGrammar() was not awaited before a syntax tree was asked for');
      this.tree = this.base === null ? parser.parse(this.text) : reparse(parser, this.base, this.text);
      if (this.tree === null) throw new Error(`no syntax tree for ${this.path}`);
    }
    return this.tree.rootNode;
  }

  /** Frees the tree, which the garbage collector cannot see the size of. No node of it may be used any more. */
  dispose(): void {
    this.tree?.delete();
    this.tree = null;
  }

  /** Index into `text` of a byte offset; the end of the text for one past it. */
  indexOfByte(byte: number): number {
    if (this.ascii) return Math.min(byte, this.text.length);
    let at = 0;
    let bytes = 0;
    while (at < this.text.length && bytes < byte) {
      const point = this.text.codePointAt(at) as number;
      bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
      at += point < 0x10000 ? 1 : 2;
    }
    return at;
  }

  /** Byte offset of an index into `text`. */
  byteOfIndex(index: number): number {
    return this.ascii ? index : Buffer.byteLength(this.text.slice(0, index));
  }

  /** Where a compiler's span lies in `text`. */
  range(span: { readonly start: number; readonly end: number }): TextRange {
    return { start: this.indexOfByte(span.start), end: this.indexOfByte(span.end) };
  }

  /** A byte edit that replaces `text.slice(start, end)`. */
  edit(start: number, end: number, text: string): Edit {
    return { file: this.path, start: this.byteOfIndex(start), end: this.byteOfIndex(end), text };
  }

  insert(at: number, text: string): Edit {
    return this.edit(at, at, text);
  }

  slice(range: TextRange): string {
    return this.text.slice(range.start, range.end);
  }

  /** Smallest named node that covers the range. */
  nodeAt(range: TextRange): Node {
    return this.root.namedDescendantForIndex(range.start, Math.max(range.start, range.end)) ?? this.root;
  }

  /** 0-based line of an index. */
  lineOf(index: number): number {
    const starts = this.lineStarts;
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] as number) <= index) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** Range of a 0-based line without its line ending. */
  line(number: number): TextRange {
    const start = this.lineStarts[number] ?? this.text.length;
    let end = this.lineStarts[number + 1] ?? this.text.length + 1;
    end -= 1;
    if (this.text[end - 1] === '\r' && end > start) end -= 1;
    return { start, end: Math.max(start, end) };
  }

  get lineCount(): number {
    return this.lineStarts.length;
  }

  /** White space at the start of the line that holds `index`. */
  indentAt(index: number): string {
    return /^[ \t]*/.exec(this.slice(this.line(this.lineOf(index))))?.[0] ?? '';
  }

  /** The file's line ending: that of its first line. */
  get newline(): '\n' | '\r\n' {
    return /\r?\n/.exec(this.text)?.[0] === '\r\n' ? '\r\n' : '\n';
  }

  private get lineStarts(): number[] {
    if (this.starts === null) {
      this.starts = [0];
      for (let at = this.text.indexOf('\n'); at >= 0; at = this.text.indexOf('\n', at + 1)) this.starts.push(at + 1);
    }
    return this.starts;
  }
}

/** Lengths of the longest common start of two texts and, of what is left, the longest common end. */
export function common(a: string, b: string): { readonly head: number; readonly tail: number } {
  const most = Math.min(a.length, b.length);
  let head = 0;
  while (head < most && a.charCodeAt(head) === b.charCodeAt(head)) head += 1;
  let tail = 0;
  while (tail < most - head && a.charCodeAt(a.length - 1 - tail) === b.charCodeAt(b.length - 1 - tail)) tail += 1;
  return { head, tail };
}

/** The tree of `text` by way of the tree of `base`, which is left as it is. */
function reparse(parser: Parser, base: SourceFile, text: string): Tree | null {
  const { head, tail } = common(base.text, text);
  const place = (file: SourceFile, index: number): { row: number; column: number } => {
    const row = file.lineOf(index);
    return { row, column: index - file.line(row).start };
  };
  const now = new SourceFile(base.path, text);
  const tree = base.root.tree.copy();
  tree.edit(
    new TreeEdit({
      startIndex: head,
      oldEndIndex: base.text.length - tail,
      newEndIndex: text.length - tail,
      startPosition: place(base, head),
      oldEndPosition: place(base, base.text.length - tail),
      newEndPosition: place(now, text.length - tail),
    }),
  );
  const parsed = parser.parse(text, tree);
  tree.delete();
  return parsed;
}

/** Nearest ancestor of one of `types`, `node` itself included. */
export function enclosing(node: Node | null, ...types: readonly string[]): Node | null {
  for (let at = node; at !== null; at = at.parent) if (types.includes(at.type)) return at;
  return null;
}

/** All descendants (and `node` itself) of one of `types`, in source order. */
export function descendants(node: Node, ...types: readonly string[]): Node[] {
  return node.descendantsOfType([...types]).filter((found) => found !== null);
}

/**
 * How far `text` is from parsing: 0 when it does, else one for each missing node and for each ERROR node, plus a share
 * for what the ERROR swallows (one for 40 characters). The tree is freed at once, so that many variants can be weighed;
 * from `base`, a text that differs in one place, it is made four to eight times as fast.
 */
export function syntaxDamage(text: string, base: SourceFile | null = null): number {
  if (parser === null) throw new Error('loadGrammar() was not awaited before a text was weighed');
  const tree = base === null ? parser.parse(text) : reparse(parser, base, text);
  if (tree === null) return Number.POSITIVE_INFINITY;
  try {
    return damage(tree.rootNode);
  } finally {
    tree.delete();
  }
}

function damage(node: Node): number {
  if (!node.hasError) return 0;
  if (node.isMissing) return 1;
  if (node.isError) return 1 + (node.endIndex - node.startIndex) / 40;
  let sum = 0;
  for (const child of node.children) if (child !== null) sum += damage(child);
  return sum;
}
