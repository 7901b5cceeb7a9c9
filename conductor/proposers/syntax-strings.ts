// Quotes: strings and characters that do not end, do not begin, or stand in the wrong quotes.
//
//     println!("Hello, world!);         →     println!("Hello, world!");
//     let name = 'Alice Smith';         →     let name = "Alice Smith";
//
// An unterminated string makes the compiler point at the last quote of the file, not at the slip: each line is read by
// itself, and the first that has an odd number of quotes is repaired. What stands inside a format string is
// syntax-formats'.
import type { SourceFile, TextRange } from '../../tools/index/source.ts';
import type { Draft, ProposeInput, Proposer } from '../types.ts';
import { type Change, Repairs } from './support/repairs.ts';
import { rust } from './support/rust.ts';
import { type SyntaxPlace, syntaxPlace } from './support/syntax.ts';
import { lex } from './support/tokens.ts';

/** Lines with an odd number of quotes that are looked at. */
const oddLines = 4;

export const syntaxStrings: Proposer = {
  name: 'syntax-strings',
  codes: [null, 'E0765', 'E0762', 'E0763', 'E0766', 'E0748', 'E0758', 'E0425'],
  propose(input: ProposeInput): Draft[] {
    const place = syntaxPlace(input);
    if (place === null) return [];
    const repairs = new Repairs(place.file);
    const { code, message } = input.diagnostic;
    if (code === 'E0425') {
      if (/[\u201c\u201d\u2018\u2019]/.test(place.file.text)) typographic(repairs, place.file);
      return repairs.drafts();
    }
    const aboutQuotes =
      code !== null || /character|string|prefix|suffix|label|quote|start of token|lifetime|literal/.test(message);
    if (!aboutQuotes) return [];
    typographic(repairs, place.file);
    const ends = unterminated(repairs, place);
    const words = singleQuoted(repairs, place);
    if (ends.length > 0 && words.length > 0) repairs.add(0.05, 'quotes that pair', [...ends, ...words]);
    comment(repairs, place, code);
    return repairs.drafts();
  },
  examples: [
    {
      title: 'a string that does not end',
      before: rust`
        pub fn hello() {
            println!("Hello, world!);
        }
      `,
      after: rust`
        pub fn hello() {
            println!("Hello, world!");
        }
      `,
    },
    {
      title: 'a string that does not end, behind a raw one of several lines',
      before: rust`
        pub const HELP: &str = r#"
        say "so
        "#;

        pub fn name() -> &'static str {
            "help
        }
      `,
      after: rust`
        pub const HELP: &str = r#"
        say "so
        "#;

        pub fn name() -> &'static str {
            "help"
        }
      `,
      within: 1,
    },
    {
      title: 'a string that does not end, far from where the compiler points',
      before: rust`
        pub fn words() -> Vec<&'static str> {
            let first = "one;
            let second = "two";
            let third = "three";
            vec![first, second, third]
        }
      `,
      after: rust`
        pub fn words() -> Vec<&'static str> {
            let first = "one";
            let second = "two";
            let third = "three";
            vec![first, second, third]
        }
      `,
    },
    {
      title: 'a string that does not begin',
      before: rust`
        pub fn hello(name: &str) -> String {
            format!(Hello {}", name)
        }
      `,
      after: rust`
        pub fn hello(name: &str) -> String {
            format!("Hello {}", name)
        }
      `,
    },
    {
      title: 'an argument behind a string that does not end',
      before: rust`
        pub fn show(x: i32) -> String {
            format!("x is {}, x)
        }
      `,
      after: rust`
        pub fn show(x: i32) -> String {
            format!("x is {}", x)
        }
      `,
    },
    {
      title: 'words in single quotes, twice',
      before: rust`
        pub fn greeting(formal: bool) -> &'static str {
            if formal {
                'good evening'
            } else {
                'hi there'
            }
        }
      `,
      after: rust`
        pub fn greeting(formal: bool) -> &'static str {
            if formal {
                "good evening"
            } else {
                "hi there"
            }
        }
      `,
    },
    {
      title: 'a character that does not end',
      before: rust`
        pub fn vowel(c: char) -> bool {
            c == 'a || c == 'e'
        }
      `,
      after: rust`
        pub fn vowel(c: char) -> bool {
            c == 'a' || c == 'e'
        }
      `,
    },
    {
      title: 'typographic quotes',
      before: rust`
        pub fn name() -> &'static str {
            “Ferris”
        }
      `,
      after: rust`
        pub fn name() -> &'static str {
            "Ferris"
        }
      `,
    },
    {
      title: 'a comment that does not end',
      before: rust`
        /* The answer.
        pub fn answer() -> i32 {
            42
        }
      `,
      after: rust`
        /* The answer. */
        pub fn answer() -> i32 {
            42
        }
      `,
    },
    {
      title: 'a character that begins as a string',
      before: rust`
        pub fn greet(name: &str) -> String {
            let mut out = String::from(name);
            out.push("!');
            out
        }
      `,
      after: rust`
        pub fn greet(name: &str) -> String {
            let mut out = String::from(name);
            out.push('!');
            out
        }
      `,
    },
    {
      title: 'a string that begins as a character',
      before: rust`
        pub fn greet(name: &str) -> String {
            let mut out = String::from('Hello, ");
            out.push_str(name);
            out
        }
      `,
      after: rust`
        pub fn greet(name: &str) -> String {
            let mut out = String::from("Hello, ");
            out.push_str(name);
            out
        }
      `,
    },
    {
      title: 'two strings that do not end',
      before: rust`
        pub fn names() -> [&'static str; 2] {
            let first = "Ann;
            let second = "Bob;
            [first, second]
        }
      `,
      after: rust`
        pub fn names() -> [&'static str; 2] {
            let first = "Ann";
            let second = "Bob";
            [first, second]
        }
      `,
    },
  ],
};

/** Quotes that a word processor made, all at once. */
function typographic(repairs: Repairs, file: SourceFile): void {
  const changes: Change[] = [];
  for (const mark of file.text.matchAll(/[\u201c\u201d\u201e\u00ab\u00bb]|[\u2018\u2019]|`/g)) {
    const text = mark[0] === '\u2018' || mark[0] === '\u2019' ? "'" : '"';
    if (!insideToken(file, mark.index)) changes.push({ start: mark.index, end: mark.index + 1, text });
  }
  if (changes.length > 0 && changes.length < 200) repairs.add(0, 'plain quotes', changes);
}

function insideToken(file: SourceFile, at: number): boolean {
  const line = file.line(file.lineOf(at));
  return lex(file.slice(line)).some(
    (token) =>
      ['string', 'comment', 'doc', 'char'].includes(token.kind) &&
      line.start + token.start < at &&
      at < line.start + token.end,
  );
}

/** Lines whose quotes do not pair: a quote is put at each place where one may begin or end. */
function unterminated(repairs: Repairs, place: SyntaxPlace): Change[] {
  const { file } = place;
  const ends: Change[] = [];
  // Where a raw string of several lines begins, goes on or ends, its quotes pair with nothing of the same line.
  const raw = lex(file.text).filter(({ kind, text }) => kind === 'string' && /^b?r#*"[\s\S]*\n/.test(text));
  const inRaw = (at: number): boolean => raw.some(({ start, end }) => start < at && at < end);
  let seen = 0;
  for (let number = 0; number < file.lineCount && seen < oddLines; number++) {
    const line = file.line(number);
    const text = file.slice(line);
    if (!text.includes('"')) continue;
    const odd = lex(text).find((token) => token.kind === 'unknown' && token.text.includes('"'));
    if (odd === undefined || inRaw(line.start) || inRaw(line.end)) continue;
    const late = seen * 0.4;
    seen++;
    const quote = line.start + odd.start + odd.text.indexOf('"');
    // Behind the quote: the string may end in front of what closes the call or the statement, or at any word.
    const rest = file.text.slice(quote + 1, line.end);
    const tail = /(?:\s*[)\]};,])*\s*$/.exec(rest)?.[0] ?? '';
    const end = quote + 1 + rest.length - tail.length;
    repairs.insert(0.2 + late, `end the string of line ${number + 1}`, end, '"');
    ends.push(mixed(repairs, file.text, quote, line, late) ?? { start: end, end, text: '"' });
    for (const stop of rest.matchAll(/[,;)\]}]|\s*$|\.(?=\w+\()/g)) {
      const argument = stop[0] === ',' && /\{[^}]*\}[^,]*$/.test(rest.slice(0, stop.index));
      repairs.insert(
        (argument ? 0.1 : 0.6) + late,
        `end the string of line ${number + 1}`,
        quote + 1 + stop.index,
        '"',
      );
    }
    // In front of it: the string may have begun behind a parenthesis, a comma or an equals sign.
    const head = file.text.slice(line.start, quote);
    for (const start of head.matchAll(/[(,=[{]\s*|=>\s*|\breturn\s+|^\s*/g)) {
      const at = line.start + start.index + start[0].length;
      repairs.insert(0.5 + late + (quote - at === 0 ? 1 : 0), `begin the string of line ${number + 1}`, at, '"');
    }
    repairs.remove(1 + late, `remove a quote of line ${number + 1}`, { start: quote, end: quote + 1 });
  }
  if (ends.length > 1) repairs.add(0.15, `end the strings of ${ends.length} lines`, ends);
  return ends;
}

/** Quotes of which one is double and the other is not: one character is a character, more are a string. The likelier repair. */
function mixed(repairs: Repairs, text: string, quote: number, line: TextRange, late: number): Change | null {
  const put = (at: number, mark: string, price: number): Change => {
    repairs.replace(price + late, `\`${mark}\` at both ends`, { start: at, end: at + 1 }, mark);
    return { start: at, end: at + 1, text: mark };
  };
  const isOne = (inner: string): boolean => /^(?:\\.|[^\\])$/.test(inner);
  const behind = /^"((?:\\.|[^"'\\\n])*)'/.exec(text.slice(quote, line.end));
  const before = /(?<![\w'])'((?:\\.|[^"'\\\n])*)$/.exec(text.slice(line.start, quote));
  const [inner, other] =
    behind !== null
      ? [behind[1] ?? '', quote + behind[0].length - 1]
      : before !== null
        ? [before[1] ?? '', line.start + before.index]
        : [null, 0];
  if (inner === null) return null;
  const one = isOne(inner);
  const single = put(quote, "'", one ? 0.05 : 1);
  const double = put(other, '"', one ? 0.3 : 0.1);
  return one ? single : double;
}

/** `'several letters'` in double quotes; a character without its closing quote. */
function singleQuoted(repairs: Repairs, place: SyntaxPlace): Change[] {
  const { file, tokens, index } = place;
  const changes: Change[] = [];
  for (let number = 0; number < file.lineCount && changes.length < 80; number++) {
    const line = file.line(number);
    const text = file.slice(line);
    if (!text.includes("'")) continue;
    for (const word of text.matchAll(/(?<![\w'&<])'([^'"\\\n]{2,})'(?!\w)/g)) {
      const at = line.start + word.index;
      if (inString(text, word.index)) continue;
      changes.push({ start: at, end: at + word[0].length, text: `"${word[1]}"` });
    }
  }
  if (changes.length > 0) repairs.add(0.1, 'double quotes around words', changes);
  for (const at of [index - 2, index - 1, index, index + 1]) {
    const token = tokens[at];
    if (token?.kind !== 'lifetime' && token?.kind !== 'unknown') continue;
    if (!token.text.startsWith("'")) continue;
    if ([...token.text].length === 2) repairs.insert(0.1, 'end the character', token.end, "'");
    repairs.add(0.3, 'a string', { start: token.start, end: token.end, text: `"${token.text.slice(1)}"` });
    const rest = file.text.slice(token.start + 1, file.line(token.line).end);
    if (/^[^\w]/.test(rest)) repairs.insert(0.2, 'end the character', token.start + 2, "'");
  }
  return changes;
}

/** Whether index `at` of a line lies in a string or a comment that begins on it. */
function inString(text: string, at: number): boolean {
  return lex(text).some(
    (token) => ['string', 'comment', 'doc'].includes(token.kind) && token.start < at && at < token.end,
  );
}

/** A block comment that goes on to the end of the file ends with its first line, or before the first item. */
function comment(repairs: Repairs, place: SyntaxPlace, code: string | null): void {
  if (code !== 'E0758') return;
  const { file } = place;
  const open = lex(file.text).find((token) => token.kind === 'unknown' && token.text.startsWith('/*'));
  if (open === undefined) return;
  for (let number = open.line; number < Math.min(file.lineCount, open.line + 12); number++) {
    const next = file.slice(file.line(number + 1)).trimStart();
    const code = number > open.line && !/^\*/.test(next);
    const item = /^(pub|fn|struct|enum|impl|use|mod|trait|const|static|let|#)\b|^#/.test(next);
    repairs.insert(
      (item ? 0.1 : code ? 0.8 : 0.5) + (number - open.line) * 0.01,
      'end the comment',
      file.line(number).end,
      ' */',
    );
  }
}
