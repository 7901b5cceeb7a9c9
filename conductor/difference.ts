// Where two texts of one file differ, as whole items of their trees: what stands outside is the same in both, so that a
// guard need not read a large file again for each candidate. What a difference means is guard.ts's work.
import { common, type Node, type SourceFile, type TextRange } from '../tools/index/source.ts';

/** One side of a difference: sibling nodes that hold all of it. */
export interface Part {
  readonly file: SourceFile;
  /** In source order; empty where this side has nothing there. */
  readonly nodes: readonly Node[];
  readonly range: TextRange;
}

/** What may be opened to find a smaller part: containers of items. */
const containers: readonly string[] = ['mod_item', 'impl_item', 'trait_item', 'declaration_list', 'ERROR'];

/** The smallest pair of runs of items outside of which the two files read the same. */
export function difference(before: SourceFile, after: SourceFile): readonly [Part, Part] {
  const { head, tail } = common(before.text, after.text);
  // A character is kept on each side: what touches a change may be one token with it.
  let found = runs(before, before.root, after, after.root, Math.max(0, head - 1), Math.max(0, tail - 1));
  for (;;) {
    const [old, now] = found;
    const [a, b] = [old.nodes[0], now.nodes[0]];
    if (old.nodes.length !== 1 || now.nodes.length !== 1 || a === undefined || b === undefined) return found;
    if (a.type !== b.type || !containers.includes(a.type)) return found;
    const inner = runs(before, a, after, b, Math.max(0, head - 1), Math.max(0, tail - 1));
    if (inner.every(({ nodes }) => nodes.length === 0)) return found;
    found = inner;
  }
}

/** Children of both parents that reach into what is left without `head` and `tail`, widened until neither side is cut. */
function runs(
  before: SourceFile,
  old: Node,
  after: SourceFile,
  now: Node,
  head: number,
  tail: number,
): readonly [Part, Part] {
  let start = head;
  let rest = tail;
  for (;;) {
    const a = part(before, old, start, before.text.length - rest);
    const b = part(after, now, start, after.text.length - rest);
    const from = Math.min(a.range.start, b.range.start);
    const to = Math.min(before.text.length - a.range.end, after.text.length - b.range.end);
    if (from === start && to === rest) return [a, b];
    start = from;
    rest = to;
  }
}

function part(file: SourceFile, parent: Node, start: number, end: number): Part {
  const nodes: Node[] = [];
  for (let at = parent.firstChildForIndex(start); at !== null && at.startIndex < end; at = at.nextSibling)
    nodes.push(at);
  const from = Math.min(start, nodes[0]?.startIndex ?? start);
  return { file, nodes, range: { start: from, end: Math.max(end, nodes.at(-1)?.endIndex ?? end) } };
}

/** Whether the file holds, outside of `part`, a node of this type that reads like `text`, white space aside. */
export function standsOutside({ file, range }: Part, type: string, text: string): boolean {
  const words = text.trim().split(/\s+/);
  const [first = ''] = words;
  if (first === '') return false;
  for (let start = file.text.indexOf(first); start >= 0; start = file.text.indexOf(first, start + 1)) {
    const end = endOfWords(file.text, start, words);
    if (end === null || (start < range.end && end > range.start)) continue;
    for (
      let node = file.root.descendantForIndex(start, end - 1);
      node !== null && node.startIndex === start && node.endIndex === end;
      node = node.parent
    ) {
      if (node.type === type) return true;
    }
  }
  return false;
}

/** Where words with white space between them end that begin at `start`; null where others stand there. */
function endOfWords(text: string, start: number, words: readonly string[]): number | null {
  let at = start;
  for (const [index, word] of words.entries()) {
    if (index > 0) {
      const gap = /\S/g;
      gap.lastIndex = at;
      const next = gap.exec(text)?.index ?? text.length;
      if (next === at) return null;
      at = next;
    }
    if (!text.startsWith(word, at)) return null;
    at += word.length;
  }
  return at;
}
