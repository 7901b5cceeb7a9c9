// The rest of a struct's fields, taken from another value, without its two dots, with three, or before the fields.
//
// Config { port: 81, Config::default() }         before
// Config { port: 81, ..Config::default() }       after
import type { Draft, ProposeInput, Proposer } from '../types.ts';
import { type Change, Repairs } from './support/repairs.ts';
import { rust } from './support/rust.ts';
import { type SyntaxPlace, syntaxPlace } from './support/syntax.ts';
import type { Token } from './support/tokens.ts';

export const syntaxBases: Proposer = {
  name: 'syntax-bases',
  codes: [null],
  propose(input: ProposeInput): Draft[] {
    const place = syntaxPlace(input);
    if (place === null) return [];
    const literal = literalAround(place);
    if (literal === null) return [];
    const parts = partsOf(place.tokens, literal.open, literal.close);
    const bases = parts.filter(isBase(place.tokens));
    const [base] = bases;
    if (base === undefined || bases.length > 1) return [];
    const repairs = new Repairs(place.file, place.tokens[base.from]?.start);
    repairs.add(0.1, 'take the other fields from it', asBase(place, parts, base), [], { idiom: 1 });
    return repairs.drafts();
  },
  examples: [
    {
      title: 'no dots',
      before: rust`
        #[derive(Default)]
        pub struct Config {
            pub port: u16,
            pub quiet: bool,
        }

        pub fn local() -> Config {
            Config { port: 81, Config::default() }
        }
      `,
      after: rust`
        #[derive(Default)]
        pub struct Config {
            pub port: u16,
            pub quiet: bool,
        }

        pub fn local() -> Config {
            Config { port: 81, ..Config::default() }
        }
      `,
      within: 1,
    },
    {
      title: 'three dots, as in JavaScript',
      before: rust`
        #[derive(Clone)]
        pub struct Point {
            pub x: i32,
            pub y: i32,
        }

        pub fn right(point: &Point) -> Point {
            Point { ...point.clone(), x: point.x + 1 }
        }
      `,
      after: rust`
        #[derive(Clone)]
        pub struct Point {
            pub x: i32,
            pub y: i32,
        }

        pub fn right(point: &Point) -> Point {
            Point { x: point.x + 1, ..point.clone() }
        }
      `,
      within: 1,
    },
    {
      title: 'before the fields',
      before: rust`
        #[derive(Default)]
        pub struct Style {
            pub bold: bool,
            pub size: u8,
        }

        pub fn bold() -> Style {
            Style { ..Style::default(), bold: true }
        }
      `,
      after: rust`
        #[derive(Default)]
        pub struct Style {
            pub bold: bool,
            pub size: u8,
        }

        pub fn bold() -> Style {
            Style { bold: true, ..Style::default() }
        }
      `,
      within: 1,
    },
  ],
};

/** The braces around a place behind a type's name. */
function literalAround({ tokens, index }: SyntaxPlace): { readonly open: number; readonly close: number } | null {
  let depth = 0;
  for (let at = index; at >= 0; at -= 1) {
    const { text } = tokens[at] as Token;
    if (at < index && ')]}'.includes(text)) depth += 1;
    else if ('([{'.includes(text)) {
      if (depth > 0) {
        depth -= 1;
        continue;
      }
      const type = text === '{' && /^\p{Lu}\w*$/u.test(tokens[at - 1]?.text ?? '');
      const declares = /^(?:struct|enum|impl|for|trait|union|mod|->)$/.test(tokens[at - 2]?.text ?? '');
      if (!type || declares) return null;
      const close = closing(tokens, at);
      return close < 0 ? null : { open: at, close };
    }
  }
  return null;
}

function closing(tokens: readonly Token[], open: number): number {
  let depth = 0;
  for (let at = open; at < tokens.length; at += 1) {
    const { text } = tokens[at] as Token;
    if ('([{'.includes(text)) depth += 1;
    else if (')]}'.includes(text)) {
      depth -= 1;
      if (depth === 0) return at;
    }
  }
  return -1;
}

interface Part {
  /** Indices of its first and its last token. */
  readonly from: number;
  readonly to: number;
}

/** What commas separate in the braces. */
function partsOf(tokens: readonly Token[], open: number, close: number): Part[] {
  const found: Part[] = [];
  let depth = 0;
  let from = open + 1;
  for (let at = open + 1; at <= close; at += 1) {
    const { text } = tokens[at] as Token;
    if (depth === 0 && (text === ',' || at === close)) {
      if (at > from) found.push({ from, to: at - 1 });
      from = at + 1;
    } else if ('([{'.includes(text)) depth += 1;
    else if (')]}'.includes(text)) depth -= 1;
  }
  return found;
}

/** No field: begins with dots, or is a path or a call where `name: value` or a name alone would stand. */
const isBase =
  (tokens: readonly Token[]) =>
  ({ from, to }: Part): boolean => {
    const [first, second] = [tokens[from], tokens[from + 1]];
    if (first === undefined) return false;
    if (first.text === '..' || first.text === '...') return true;
    return to > from && second !== undefined && ['::', '.', '('].includes(second.text);
  };

function asBase({ file, tokens }: SyntaxPlace, parts: readonly Part[], base: Part): Change[] {
  const dots = /^\.{2,3}$/.test(tokens[base.from]?.text ?? '');
  const start = tokens[base.from] as Token;
  const value = tokens[dots ? base.from + 1 : base.from] as Token;
  const end = (tokens[base.to] as Token).end;
  const text = `..${file.slice({ start: value.start, end })}`;
  const last = parts.at(-1) as Part;
  if (last === base) return [{ start: start.start, end, text }];
  const next = tokens[base.to + 2] as Token;
  const after = (tokens[last.to] as Token).end;
  return [
    { start: start.start, end: next.start, text: '' },
    { start: after, end: after, text: `, ${text}` },
  ];
}
