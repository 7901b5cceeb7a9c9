// E0604, E0605, E0606, E0054: `as` between types that it does not join. The value goes through a number that does, is
// converted by a method, is dereferenced first, or is what the struct is built around; every such cast at once.
//
// (97 + n) as char          before, where n is a u32
// (97 + n) as u8 as char    after
import type { Diagnostic } from '../../schemas/types.ts';
import { enclosing, type Node, type SourceFile } from '../../tools/index/source.ts';
import type { CandidateFlag, Draft, ProposeInput, Proposer } from '../types.ts';
import { convert, fitted, siteOf } from './support/conversions.ts';
import { typeNamed } from './support/derives.ts';
import { sound } from './support/drafts.ts';
import { namedChildren, operand, parseExpression, shortenExpression } from './support/expressions.ts';
import { type Mismatch, mismatchOf, quotedParts } from './support/mismatch.ts';
import { strip } from './support/references.ts';
import { allRules } from './support/rules.ts';
import { rust } from './support/rust.ts';
import { isFloat, isInteger, isNumber, isPath, matches, parseType, type RustType } from './support/rust-type.ts';

export const typesCasts: Proposer = {
  name: 'types-casts',
  codes: ['E0604', 'E0605', 'E0606', 'E0054'],
  propose(input) {
    const cast = castAt(input, input.diagnostic);
    if (cast === null) return [];
    const others = input.errors.flatMap((error) => {
      const other = error === input.diagnostic ? null : castAt(input, error);
      return other === null || other.node.equals(cast.node) ? [] : [other];
    });
    return sound(
      written(input, cast).flatMap((one) => {
        const draft: Draft = {
          title: `${one.title}: \`${shortenExpression(one.text)}\``,
          edits: [editOf(cast, one)],
          flags: one.flags,
          features: { agreement: one.agreement },
        };
        const twins = others.flatMap((other) => {
          const same = written(input, other).find(({ title }) => title === one.title);
          return same === undefined ? [] : [editOf(other, same)];
        });
        if (twins.length === 0) return [draft];
        const repeats = twins.length + 1;
        const all = [...draft.edits, ...twins];
        return [
          { ...draft, title: `${draft.title}, ${repeats} times`, edits: all, features: { ...draft.features, repeats } },
          draft,
        ];
      }),
    );
  },
  examples: [
    {
      title: 'a number as a character',
      before: rust`
        pub fn letter(n: u32) -> char {
            (97 + n) as char
        }
      `,
      after: rust`
        pub fn letter(n: u32) -> char {
            (97 + n) as u8 as char
        }
      `,
      within: 1,
    },
    {
      title: 'a character and a bool as floats',
      before: rust`
        pub fn mean(text: &str) -> f64 {
            let mut total = 0.0;
            for c in text.chars() {
                total += c as f64 + c.is_uppercase() as f64;
            }
            total / text.len() as f64
        }
      `,
      after: rust`
        pub fn mean(text: &str) -> f64 {
            let mut total = 0.0;
            for c in text.chars() {
                total += c as u32 as f64 + c.is_uppercase() as u32 as f64;
            }
            total / text.len() as f64
        }
      `,
      within: 1,
    },
    {
      title: 'a struct around the value',
      before: rust`
        pub struct Metres(f64);

        pub fn far(x: f64) -> Metres {
            x as Metres
        }
      `,
      after: rust`
        pub struct Metres(f64);

        pub fn far(x: f64) -> Metres {
            Metres(x)
        }
      `,
      within: 1,
    },
    {
      title: 'a number as text',
      before: rust`
        pub fn show(n: u32) -> String {
            n as String
        }
      `,
      after: rust`
        pub fn show(n: u32) -> String {
            n.to_string()
        }
      `,
      within: 1,
    },
    {
      title: 'what an option holds',
      before: rust`
        pub fn digit(c: char) -> Option<i64> {
            let value = c.to_digit(10) as i64;
            Some(value)
        }
      `,
      after: rust`
        pub fn digit(c: char) -> Option<i64> {
            let value = c.to_digit(10)? as i64;
            Some(value)
        }
      `,
      within: 1,
    },
  ],
};

interface Cast {
  readonly source: SourceFile;
  readonly node: Node;
  readonly value: Node;
  readonly from: RustType;
  readonly to: RustType;
}

function castAt(input: ProposeInput, diagnostic: Diagnostic): Cast | null {
  if (diagnostic.code === null || !typesCasts.codes.includes(diagnostic.code)) return null;
  const span = diagnostic.spans.find((one) => one.primary);
  const source = span === undefined ? null : input.source(span.file);
  if (span === undefined || source === null) return null;
  const node = enclosing(source.nodeAt(source.range(span)), 'type_cast_expression');
  const [value, type] = [node?.childForFieldName('value') ?? null, node?.childForFieldName('type') ?? null];
  const to = type === null ? null : parseType(type.text);
  // "only `u8` can be cast as `char`, not `u32`" names the value's type last, the others first.
  const named = quotedParts(diagnostic.message);
  const from = parseType((diagnostic.code === 'E0604' ? named.at(-1) : named[0]) ?? '');
  return node === null || value === null || to === null || from === null ? null : { source, node, value, from, to };
}

interface Written {
  readonly title: string;
  readonly text: string;
  readonly agreement: number;
  readonly flags: readonly CandidateFlag[];
}

function written(input: ProposeInput, cast: Cast): Written[] {
  const { source, value, from, to } = cast;
  const found: Written[] = [];
  const put = (title: string, text: string, agreement: number, flags: readonly CandidateFlag[] = []): void => {
    found.push({ title, text, agreement, flags });
  };
  const bare = strip(from);
  const self = operand(value.text);
  if (from.kind === 'ref' && !isPath(bare, 'str', 'String')) {
    const stars = '*'.repeat(depth(from));
    if (!isPath(to, 'char') || isPath(bare, 'u8', 'char'))
      put('Dereference first', `${stars}${self} as ${typeText(cast)}`, 0.9);
  }
  if (isPath(to, 'char') && isNumber(bare)) {
    const plain = `${'*'.repeat(depth(from))}${self}`;
    put('Through a byte', `${plain} as u8 as char`, 1);
    if (isPath(bare, 'u32')) put('As a code point', `char::from_u32(${value.text}).unwrap()`, 0.4, ['invents']);
  }
  if (isFloat(to) && isPath(bare, 'char', 'bool'))
    put('Through an integer', `${'*'.repeat(depth(from))}${self} as u32 as ${typeText(cast)}`, 1);
  if (isPath(to, 'char') && value.type === 'string_literal' && [...value.text].length === 3)
    put('Single quotes', `'${value.text.slice(1, -1)}'`, 1);
  if (isPath(to, 'bool') && isInteger(bare)) put('Compare with zero', `${self} != 0`, 0.9);
  if (to.kind === 'path') {
    const body = typeNamed(input, to.name)?.node.childForFieldName('body') ?? null;
    const only = body?.type === 'ordered_field_declaration_list' ? namedChildren(body) : [];
    const held = only.filter((child) => child.type !== 'visibility_modifier');
    const type = held.length === 1 ? parseType(held[0]?.text ?? '') : null;
    if (type !== null && matches(type, from)) put('Build it around the value', `${to.name}(${value.text})`, 0.9);
  }
  const held = bare.kind === 'path' && isPath(bare, 'Option', 'Result') ? bare.args[0] : undefined;
  const targets = held === undefined || !isNumber(to) || !isNumber(held) ? [to] : [held];
  for (const target of targets) {
    for (const one of convert(allRules, siteOf(allRules, input, mismatchOf(source, value, target, from)))) {
      const text = target === to ? one.text : `${operand(one.text)} as ${typeText(cast)}`;
      put(one.title, text, (one.agreement ?? 0.5) * 0.9, one.flags ?? []);
    }
  }
  return found.sort((a, b) => b.agreement - a.agreement);
}

function depth(type: RustType): number {
  return type.kind === 'ref' ? 1 + depth(type.of) : 0;
}

function typeText({ node }: Cast): string {
  return node.childForFieldName('type')?.text ?? '_';
}

/** The cast replaced; what no longer is a cast needs the parentheses around it no more. */
function editOf({ source, node, from, to }: Cast, { text }: Written): Draft['edits'][number] {
  const mismatch: Mismatch = mismatchOf(source, node, to, from);
  const parent = node.parent;
  const loose = ['type_cast_expression', 'binary_expression', 'unary_expression'].includes(
    parseExpression(text)?.type ?? '',
  );
  if (parent?.type === 'parenthesized_expression' && !loose)
    return source.edit(parent.startIndex, parent.endIndex, text);
  return source.edit(node.startIndex, node.endIndex, fitted(mismatch, text));
}
