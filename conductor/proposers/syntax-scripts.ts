// Statements outside all functions, as a script has them: they go into `main`, those before it to its beginning, those behind it to
// its end. A file without `main` gets one that holds them.
//
// let n = 3;                     →    fn main() {
// println!("{}", n);                      let n = 3;
//                                         println!("{}", n);
//                                     }
//
// A single `let` with a literal is a constant too: syntax-items'.
import type { SourceFile, TextRange } from '../../tools/index/source.ts';
import type { Draft, ProposeInput, Proposer } from '../types.ts';
import { type Change, Repairs } from './support/repairs.ts';
import { rust } from './support/rust.ts';
import { type Token, tokensOf } from './support/tokens.ts';

export const syntaxScripts: Proposer = {
  name: 'syntax-scripts',
  codes: [null],
  propose(input: ProposeInput): Draft[] {
    const primary = input.diagnostic.spans.find((span) => span.primary);
    const file = primary === undefined ? null : input.source(primary.file);
    if (
      file === null ||
      !/expected item|cannot be used for global|macro|expected one of/.test(input.diagnostic.message)
    )
      return [];
    const parts = chunks(tokensOf(file));
    const loose = parts?.filter((part) => !part.item) ?? [];
    if (parts === null || loose.length === 0) return [];
    const repairs = new Repairs(file);
    const main = parts.find((part) => part.main);
    const changes = main === undefined ? wrapped(file, loose) : moved(file, parts, main);
    // Lone names and the like are slips of another kind.
    if (!loose.some((part) => part.statement)) return [];
    repairs.add(0.25, main === undefined ? 'a `main` for the statements' : 'the statements into `main`', changes);
    return repairs.drafts();
  },
  examples: [
    {
      title: 'before main',
      before: rust`
        let mut total = 0;
        for n in [1, 2, 3] {
            total += n;
        }

        fn main() {
            println!("{}", total);
        }
      `,
      after: rust`
        fn main() {
            let mut total = 0;
            for n in [1, 2, 3] {
                total += n;
            }
            println!("{}", total);
        }
      `,
      within: 1,
    },
    {
      title: 'behind main',
      before: rust`
        fn main() {
            let n = 3;
            println!("{}", n);
        }

        let m = n + 1;
        println!("{}", m);
      `,
      after: rust`
        fn main() {
            let n = 3;
            println!("{}", n);
            let m = n + 1;
            println!("{}", m);
        }
      `,
      within: 1,
    },
    {
      title: 'without a main',
      before: rust`
        pub fn twice(n: u32) -> u32 {
            n * 2
        }

        let n = twice(4);
        if n > 5 {
            println!("{}", n);
        }
      `,
      after: rust`
        pub fn twice(n: u32) -> u32 {
            n * 2
        }

        fn main() {
            let n = twice(4);
            if n > 5 {
                println!("{}", n);
            }
        }
      `,
      within: 1,
    },
  ],
};

interface Chunk extends TextRange {
  readonly item: boolean;
  readonly main: boolean;
  /** Begins as only a statement does. */
  readonly statement: boolean;
  /** The brace that a `main` opens with, and the one that closes it. */
  readonly open: Token | null;
  readonly close: Token | null;
}

const ITEMS: ReadonlySet<string> = new Set(
  'fn struct enum impl use mod trait const static type pub unsafe extern macro_rules async union #'.split(' '),
);
const FLOW: ReadonlySet<string> = new Set(['for', 'while', 'loop', 'if', 'match']);
const STATEMENTS: ReadonlySet<string> = new Set(['let', ...FLOW, 'return', 'println', 'print', 'assert', 'assert_eq']);

/** What stands in a file beside each other; null where its delimiters do not pair. */
function chunks(tokens: readonly Token[]): Chunk[] | null {
  const found: Chunk[] = [];
  let first: number | null = null;
  let open: Token | null = null;
  let depth = 0;
  for (const [index, token] of tokens.entries()) {
    if (token.kind === 'comment' || token.kind === 'doc') continue;
    first ??= index;
    const opens = token.text.length === 1 && '([{'.includes(token.text);
    const closes = token.text.length === 1 && ')]}'.includes(token.text);
    if (opens) {
      if (depth === 0 && token.text === '{') open = token;
      depth += 1;
    }
    if (closes) depth -= 1;
    if (depth < 0) return null;
    const start = tokens[first] as Token;
    const item = ITEMS.has(start.text);
    const attribute = start.text === '#' && token.text === ']' && depth === 0 && tokens[index + 1] !== undefined;
    const blockEnds =
      closes && token.text === '}' && (item || FLOW.has(start.text)) && tokens[index + 1]?.text !== 'else';
    if (depth > 0 || attribute || !(token.text === ';' || blockEnds)) continue;
    const words = tokens.slice(first, index).map(({ text }) => text);
    const fn = words.indexOf('fn');
    const main = item && fn >= 0 && fn < 4 && words[fn + 1] === 'main';
    found.push({
      start: start.start,
      end: token.end,
      item,
      main,
      statement: STATEMENTS.has(start.text),
      open: main ? open : null,
      close: main ? token : null,
    });
    first = null;
    open = null;
  }
  return depth === 0 && first === null ? found : null;
}

/** A chunk's lines one step further in. */
function indented(file: SourceFile, part: TextRange): string {
  return file
    .slice(part)
    .split(/\r?\n/)
    .map((line) => (line.trim() === '' ? line : `    ${line}`))
    .join(file.newline);
}

/** A chunk with the blank lines around it. */
function gone(file: SourceFile, part: TextRange): Change {
  const behind = /^[ \t]*(?:\r?\n[ \t]*)*\r?\n/.exec(file.text.slice(part.end))?.[0].length ?? 0;
  const end = behind > 0 ? part.end + behind : file.text.length;
  const before = behind > 0 ? 0 : (/(?:\r?\n[ \t]*)*$/.exec(file.text.slice(0, part.start))?.[0].length ?? 0);
  return { start: part.start - before, end, text: '' };
}

function moved(file: SourceFile, parts: readonly Chunk[], main: Chunk): Change[] {
  if (main.open === null || main.close === null) return [];
  const loose = parts.filter((part) => !part.item);
  const before = loose.filter((part) => part.start < main.start);
  const behind = loose.filter((part) => part.start > main.start);
  const lines = (parts: readonly Chunk[]): string => parts.map((part) => indented(file, part)).join(file.newline);
  const ends = parts.every((part) => part.start <= main.start || !part.item);
  const changes = (ends ? before : loose).map((part) => gone(file, part));
  if (ends && behind.length > 0) changes.push({ start: main.end, end: file.text.length, text: file.newline });
  if (before.length > 0)
    changes.push({ start: main.open.end, end: main.open.end, text: `${file.newline}${lines(before)}` });
  if (behind.length > 0) {
    const line = file.line(file.lineOf(main.close.start)).start;
    changes.push({ start: line, end: line, text: `${lines(behind)}${file.newline}` });
  }
  return changes;
}

function wrapped(file: SourceFile, loose: readonly Chunk[]): Change[] {
  const [first] = loose;
  const last = loose.at(-1);
  if (first === undefined || last === undefined) return [];
  const text = loose.map((part) => indented(file, part)).join(file.newline);
  const between = file.slice({ start: first.start, end: last.end });
  const together =
    loose
      .map((part) => file.slice(part))
      .join('')
      .replace(/\s/g, '') === between.replace(/\s/g, '');
  const main = `fn main() {${file.newline}${text}${file.newline}}`;
  if (together) return [{ start: first.start, end: last.end, text: main }];
  const end = file.text.trimEnd().length;
  return [
    ...loose.map((part) => gone(file, part)),
    { start: end, end, text: `${file.newline}${file.newline}${main}` },
  ].filter((change) => change.start <= change.end);
}
