// Attributes and doc comments that are put together wrong or stand where they document nothing.
//
//     #derive(Debug)      →     #[derive(Debug)]
//     x: i32, /// width   →     x: i32, // width
//
// Derives that are missing are the compiler's suggestions' and the types' work.
import type { Draft, ProposeInput, Proposer } from '../types.ts';
import { type Change, Repairs } from './support/repairs.ts';
import { rust } from './support/rust.ts';
import { around, closerIndex, type SyntaxPlace, swapSpan, syntaxPlace } from './support/syntax.ts';
import { lex, type Token } from './support/tokens.ts';

export const syntaxAttributes: Proposer = {
  name: 'syntax-attributes',
  codes: [null, 'E0585', 'E0584', 'E0753'],
  propose(input: ProposeInput): Draft[] {
    const place = syntaxPlace(input);
    if (place === null || place.tokens.length === 0) return [];
    const repairs = new Repairs(place.file);
    const { code, message } = input.diagnostic;
    attributes(repairs, place);
    if (code !== null || /doc comment|documentation comment/.test(message)) comments(repairs, place);
    return repairs.drafts();
  },
  examples: [
    {
      title: 'an attribute without brackets',
      before: rust`
        #derive(Debug, Clone)
        pub struct Point {
            pub x: i32,
        }
      `,
      after: rust`
        #[derive(Debug, Clone)]
        pub struct Point {
            pub x: i32,
        }
      `,
    },
    {
      title: 'an attribute without its hash',
      before: rust`
        [derive(Debug)]
        pub struct Point {
            pub x: i32,
        }
      `,
      after: rust`
        #[derive(Debug)]
        pub struct Point {
            pub x: i32,
        }
      `,
    },
    {
      title: 'a decorator',
      before: rust`
        @derive(Debug)
        pub struct Point {
            pub x: i32,
        }
      `,
      after: rust`
        #[derive(Debug)]
        pub struct Point {
            pub x: i32,
        }
      `,
    },
    {
      title: 'a derive without parentheses',
      before: rust`
        #[derive Debug, Clone]
        pub struct Point {
            pub x: i32,
        }
      `,
      after: rust`
        #[derive(Debug, Clone)]
        pub struct Point {
            pub x: i32,
        }
      `,
    },
    {
      title: 'a doc comment behind a field',
      before: rust`
        pub struct Point {
            pub x: i32, /// horizontal
            pub y: i32  /// vertical
        }
      `,
      after: rust`
        pub struct Point {
            pub x: i32, // horizontal
            pub y: i32  // vertical
        }
      `,
    },
  ],
};

/** `#derive(X)`, `[derive(X)]`, `@derive(X)`, `#[derive X]`, `#(derive(X))`, `#![…]` in front of an item. */
function attributes(repairs: Repairs, place: SyntaxPlace): void {
  const { tokens, index, file } = place;
  for (const at of around(tokens, index, 4, 1)) {
    const token = tokens[at] as Token;
    const next = tokens[at + 1];
    if (next === undefined) continue;
    if (token.text === '#' || token.text === '@') {
      const name = next.text === '!' ? tokens[at + 2] : next;
      if (name?.kind === 'ident') {
        const open = tokens.indexOf(name) + 1;
        const last = tokens[open]?.text === '(' ? tokens[closerIndex(tokens, open)] : name;
        if (last !== undefined)
          repairs.add(0.1, '`#[…]`', swapSpan(token, last, `#[${file.text.slice(name.start, last.end)}]`));
      }
      if (next.text === '(') {
        const last = tokens[closerIndex(tokens, at + 1)];
        if (last !== undefined)
          repairs.add(0.2, '`#[…]`', swapSpan(token, last, `#[${file.text.slice(next.end, last.start)}]`));
      }
      if (next.text === '!') repairs.remove(0.6, '`#[…]`', next);
    }
    if (token.text === '[' && token.leads && next.kind === 'ident') repairs.insert(0.1, '`#[…]`', token.start, '#');
    if (token.text === 'derive' && next.kind === 'ident') {
      const close = tokens.findIndex((one, other) => other > at && one.text === ']');
      const last = tokens[close - 1];
      if (last !== undefined) {
        repairs.add(0.1, '`derive(…)`', {
          start: token.end,
          end: last.end,
          text: `(${file.text.slice(next.start, last.end)})`,
        });
      }
    }
    if (token.text === 'derive' && next.text === '[') {
      const close = closerIndex(tokens, at + 1);
      const last = tokens[close];
      if (last !== undefined)
        repairs.add(0.1, '`derive(…)`', swapSpan(next, last, `(${file.text.slice(next.end, last.start)})`));
    }
  }
}

/** Doc comments that document nothing become plain ones: this one, or all that stand behind code or before a brace. */
function comments(repairs: Repairs, place: SyntaxPlace): void {
  const { file } = place;
  const changes: Change[] = [];
  const all = lex(file.text);
  for (const [at, token] of all.entries()) {
    if (token.kind !== 'doc' || !token.text.startsWith('//')) continue;
    const next = all.slice(at + 1).find((one) => one.kind !== 'doc' && one.kind !== 'comment');
    const trailing = !token.leads;
    if (!trailing && next !== undefined && next.text !== '}' && next.text !== ')') continue;
    changes.push({ start: token.start, end: token.start + 3, text: '//' });
  }
  if (changes.length > 0) repairs.add(0.1, 'plain comments', changes);
  const token = all.find((one) => one.kind === 'doc' && one.end > (place.tokens[place.index - 1]?.end ?? 0));
  if (token?.text.startsWith('//'))
    repairs.add(0.3, 'a plain comment', { start: token.start, end: token.start + 3, text: '//' });
}
