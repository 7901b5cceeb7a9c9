// Cases out of the documentation that comes with a toolchain: blocks that are said not to compile, and what follows them.
// Pure: from a page's HTML to pairs of programs. Finding the pages is trainer/eval/sets/'s work.
import { parse } from 'parse5';

/** One block of Rust on a page. */
export interface Block {
  readonly text: string;
  /** Words of its class: `compile_fail`, `E0382`, `edition2018`, `ignore`. */
  readonly words: readonly string[];
}

export interface Pair {
  readonly broken: string;
  /** The block that follows and compiles, by the page's own word; null without one. */
  readonly follows: string | null;
  /** The code that the page says. */
  readonly code: string | null;
}

/** As much of parse5's tree as is walked. */
interface Tree {
  readonly nodeName: string;
  readonly value?: string;
  readonly attrs?: readonly { readonly name: string; readonly value: string }[];
  readonly childNodes?: readonly Tree[];
}

/** Blocks of Rust on a page, in order; hidden lines are part of a program. */
export function blocksOf(html: string): Block[] {
  const blocks: Block[] = [];
  const visit = (node: Tree): void => {
    const words = node.attrs?.find(({ name }) => name === 'class')?.value.split(/[\s,]+/) ?? [];
    if (node.nodeName === 'code' && words.includes('language-rust')) blocks.push({ text: textOf(node), words });
    else for (const child of node.childNodes ?? []) visit(child);
  };
  visit(parse(html) as unknown as Tree);
  return blocks;
}

function textOf(node: Tree): string {
  if (node.nodeName === '#text') return node.value ?? '';
  return (node.childNodes ?? []).map(textOf).join('');
}

const fails = ({ words }: Block): boolean => words.includes('compile_fail') || words.includes('does_not_compile');

/** Each failing block with the next one on the page, where that compiles and is a whole program like it. */
export function pairsOf(blocks: readonly Block[]): Pair[] {
  return blocks.flatMap((block, index): Pair[] => {
    if (!fails(block) || unusable(block)) return [];
    const next = blocks[index + 1];
    const follows =
      next === undefined || fails(next) || next.words.includes('ignore') || unusable(next) ? null : program(next.text);
    const code = block.words.find((word) => /^E\d{4}$/.test(word)) ?? null;
    return [{ broken: program(block.text), follows, code }];
  });
}

/** Needs a nightly compiler, or is only a fragment. */
function unusable({ text, words }: Block): boolean {
  return (
    /#!\[feature\(|^\s*\.\.\.\s*$|\/\/ --snip--/m.test(text) ||
    words.includes('no_longer_emitted') ||
    /no longer emitted/.test(words.join(' '))
  );
}

/** What rustdoc makes of a block: one without `main` is the body of one; crate attributes stay outside. */
export function program(text: string): string {
  if (/\bfn\s+main\s*\(/.test(text)) return text.endsWith('\n') ? text : `${text}\n`;
  const lines = text.replace(/\n+$/, '').split('\n');
  const outside = lines.filter((line) => /^\s*(#!\[|extern crate )/.test(line));
  const inside = lines.filter((line) => !outside.includes(line));
  return [...outside, 'fn main() {', ...inside, '}', ''].join('\n');
}

/** Share of lines that two programs have in common, 0 to 1 (Dice): whether one can be a repair of the other. */
export function likeness(a: string, b: string): number {
  const lines = (text: string): string[] =>
    text
      .split('\n')
      .map((line) => line.trim())
      .filter(Boolean);
  const left = lines(a);
  const right = lines(b);
  const rest = [...right];
  const common = left.filter((line) => {
    const at = rest.indexOf(line);
    if (at >= 0) rest.splice(at, 1);
    return at >= 0;
  });
  return left.length + right.length === 0 ? 0 : (2 * common.length) / (left.length + right.length);
}
