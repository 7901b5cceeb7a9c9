// E0308 in patterns: arms of `Ok` and `Err` on an `Option`, a char where text is matched, a value where an option is, a
// pair where the loop gives single items. All arms of the match that have the slip change together.
//
// match map.get(k) { Ok(v) => *v, Err(_) => 0 }         before
// match map.get(k) { Some(v) => *v, None => 0 }         after
import type { Edit } from '../../schemas/types.ts';
import { descendants, enclosing, type Node, type SourceFile } from '../../tools/index/source.ts';
import type { Draft, Proposer } from '../types.ts';
import { sound } from './support/drafts.ts';
import { namedChildren, receiver } from './support/expressions.ts';
import { localAt } from './support/locals.ts';
import { expectation, quotedParts } from './support/mismatch.ts';
import { numericLiteral } from './support/numbers.ts';
import { strip } from './support/references.ts';
import { rust } from './support/rust.ts';
import { isInteger, isNumber, isPath, isStr, isText, matches, parseType, type RustType } from './support/rust-type.ts';

export const typesPatterns: Proposer = {
  name: 'types-patterns',
  codes: ['E0308', 'E0023', 'E0532'],
  propose(input) {
    const span = input.diagnostic.spans.find((one) => one.primary);
    const source = span === undefined ? null : input.source(span.file);
    if (span === undefined || source === null) return [];
    const label = input.diagnostic.spans.find(
      (one) =>
        one.label?.startsWith('this expression has type') ||
        one.label?.startsWith('this is an iterator with items of type'),
    );
    const types = expectation(span.label);
    const at = source.nodeAt(source.range(span));
    const holder = enclosing(
      at,
      'match_expression',
      'let_condition',
      'let_declaration',
      'for_expression',
      'closure_expression',
    );
    if (types !== null && at.type === 'identifier' && at.text === source.slice(source.range(span))) {
      const lent = lentByPattern(source, at, types.expected, types.found);
      if (lent.length > 0) return sound(lent);
    }
    if (holder === null || types === null || (label === undefined && !inPattern(at, holder))) return [];
    const told = label?.label ?? '';
    const scrutinee = parseType(quotedParts(told)[0] ?? '') ?? types.expected;
    return sound([
      ...otherWrapper(source, holder, scrutinee),
      ...asText(source, holder, scrutinee),
      ...literals(source, holder, scrutinee),
      ...wrappedPatterns(source, holder, scrutinee),
      ...enumerated(source, holder, at, types.found),
    ]);
  },
  examples: [
    {
      title: 'a value that is changed in place',
      before: rust`
        pub enum State {
            Idle,
            Held(String),
        }

        pub struct Reader {
            pub state: State,
        }

        impl Reader {
            pub fn take(&mut self) -> String {
                match self.state {
                    State::Held(mut text) => std::mem::take(text),
                    State::Idle => String::new(),
                }
            }
        }
      `,
      after: rust`
        pub enum State {
            Idle,
            Held(String),
        }

        pub struct Reader {
            pub state: State,
        }

        impl Reader {
            pub fn take(&mut self) -> String {
                match self.state {
                    State::Held(ref mut text) => std::mem::take(text),
                    State::Idle => String::new(),
                }
            }
        }
      `,
      within: 1,
    },
    {
      title: 'a result on an option',
      before: rust`
        use std::collections::HashMap;

        pub fn look(map: &HashMap<u8, u8>, key: u8) -> u8 {
            match map.get(&key) {
                Ok(value) => *value,
                Err(_) => 0,
            }
        }
      `,
      after: rust`
        use std::collections::HashMap;

        pub fn look(map: &HashMap<u8, u8>, key: u8) -> u8 {
            match map.get(&key) {
                Some(value) => *value,
                None => 0,
            }
        }
      `,
      within: 1,
    },
    {
      title: 'an option on a result',
      before: rust`
        pub fn number(text: &str) -> i32 {
            match text.parse::<i32>() {
                Some(n) => n,
                None => 0,
            }
        }
      `,
      after: rust`
        pub fn number(text: &str) -> i32 {
            match text.parse::<i32>() {
                Ok(n) => n,
                Err(_) => 0,
            }
        }
      `,
      within: 1,
    },
    {
      title: 'a string against texts',
      before: rust`
        pub fn code(name: String) -> u8 {
            match name {
                "red" => 1,
                "green" => 2,
                _ => 0,
            }
        }
      `,
      after: rust`
        pub fn code(name: String) -> u8 {
            match name.as_str() {
                "red" => 1,
                "green" => 2,
                _ => 0,
            }
        }
      `,
      within: 1,
    },
    {
      title: 'characters for texts, in all arms',
      before: rust`
        pub fn scale(unit: &str) -> u8 {
            match unit {
                'C' => 1,
                'F' => 2,
                _ => 0,
            }
        }
      `,
      after: rust`
        pub fn scale(unit: &str) -> u8 {
            match unit {
                "C" => 1,
                "F" => 2,
                _ => 0,
            }
        }
      `,
      within: 1,
    },
    {
      title: 'numbers for characters',
      before: rust`
        pub fn sign(c: char) -> i8 {
            match c {
                "+" => 1,
                "-" => -1,
                _ => 0,
            }
        }
      `,
      after: rust`
        pub fn sign(c: char) -> i8 {
            match c {
                '+' => 1,
                '-' => -1,
                _ => 0,
            }
        }
      `,
      within: 1,
    },
    {
      title: 'values where there may be none',
      before: rust`
        pub fn first_is_vowel(text: &str) -> bool {
            match text.chars().next() {
                'a' | 'e' => true,
                _ => false,
            }
        }
      `,
      after: rust`
        pub fn first_is_vowel(text: &str) -> bool {
            match text.chars().next() {
                Some('a' | 'e') => true,
                _ => false,
            }
        }
      `,
      within: 1,
    },
    {
      title: 'an index that nobody counts',
      before: rust`
        pub fn weighted(values: &[usize]) -> usize {
            let mut sum = 0;
            for (i, value) in values.iter() {
                sum += i * *value;
            }
            sum
        }
      `,
      after: rust`
        pub fn weighted(values: &[usize]) -> usize {
            let mut sum = 0;
            for (i, value) in values.iter().enumerate() {
                sum += i * *value;
            }
            sum
        }
      `,
      within: 1,
    },
  ],
};

/** What an arm binds by value and its body needs by reference is lent by the pattern, where a place is matched: `ref mut`. */
function lentByPattern(source: SourceFile, node: Node, expected: RustType, found: RustType): Draft[] {
  if (expected.kind !== 'ref' || !matches(expected.of, found)) return [];
  const local = localAt(source, node);
  if (local === null || !['match_arm', 'let_condition'].includes(local.declaration.type)) return [];
  const matched = enclosing(local.declaration, 'match_expression', 'let_condition')?.childForFieldName('value');
  if (matched?.type !== 'field_expression' && matched?.type !== 'index_expression') return [];
  const lends = expected.mutable ? 'ref mut' : 'ref';
  const whole = local.node.parent?.type === 'mut_pattern' ? local.node.parent : local.node;
  return [
    {
      title: `Bind \`${lends} ${local.name}\``,
      edits: [source.edit(whole.startIndex, whole.endIndex, `${lends} ${local.name}`)],
      features: { agreement: 1, idiom: 1 },
    },
  ];
}

function inPattern(at: Node, holder: Node): boolean {
  const pattern = enclosing(at, 'match_pattern') ?? holder.childForFieldName('pattern');
  return pattern !== null && pattern.startIndex <= at.startIndex && at.endIndex <= pattern.endIndex;
}

/** The patterns of a match without their guards, of a `let`, or of a loop. */
function patternsOf(holder: Node): Node[] {
  const body = holder.type === 'match_expression' ? holder.childForFieldName('body') : null;
  if (body !== null) return namedChildren(body).flatMap((arm) => arm.childForFieldName('pattern')?.namedChild(0) ?? []);
  const pattern = holder.childForFieldName('pattern');
  return pattern === null ? [] : [pattern];
}

function scrutineeOf(holder: Node): Node | null {
  return holder.childForFieldName('value');
}

/** `Ok` and `Err` for `Some` and `None`, or the other way round. */
function otherWrapper(source: SourceFile, holder: Node, type: RustType): Draft[] {
  const bare = strip(type);
  if (!isPath(bare, 'Option', 'Result')) return [];
  const edits: Edit[] = [];
  let kept = true;
  for (const pattern of patternsOf(holder)) {
    for (const node of [pattern, ...descendants(pattern, 'tuple_struct_pattern', 'identifier')]) {
      const name = node.type === 'tuple_struct_pattern' ? node.childForFieldName('type') : null;
      if (bare.name === 'Option') {
        if (name?.text === 'Ok') edits.push(source.edit(name.startIndex, name.endIndex, 'Some'));
        if (name?.text === 'Err') {
          // A body that uses the error has nothing to use instead.
          const bound = descendants(node, 'identifier').find((id) => id.text !== 'Err' && id.text !== '_');
          const arm = enclosing(node, 'match_arm')?.childForFieldName('value') ?? null;
          if (
            bound !== undefined &&
            arm !== null &&
            descendants(arm, 'identifier').some((id) => id.text === bound.text)
          )
            kept = false;
          edits.push(source.edit(node.startIndex, node.endIndex, 'None'));
        }
      } else {
        if (name?.text === 'Some') edits.push(source.edit(name.startIndex, name.endIndex, 'Ok'));
        if (node.type === 'identifier' && node.text === 'None')
          edits.push(source.edit(node.startIndex, node.endIndex, 'Err(_)'));
      }
    }
  }
  if (edits.length === 0 || !kept) return [];
  return [{ title: `Patterns of \`${bare.name}\``, edits: unique(edits), features: { agreement: 1, repeats: 1 } }];
}

function unique(edits: readonly Edit[]): Edit[] {
  return [...new Map(edits.map((edit) => [`${edit.start}:${edit.end}`, edit])).values()];
}

/** A `String` is matched as text. */
function asText(source: SourceFile, holder: Node, type: RustType): Draft[] {
  const value = scrutineeOf(holder);
  const literal = patternsOf(holder).some((pattern) => descendants(pattern, 'string_literal').length > 0);
  if (value === null || !literal) return [];
  const draft = (text: string): Draft[] => [
    {
      title: 'Match it as text',
      edits: [source.edit(value.startIndex, value.endIndex, text)],
      features: { agreement: 1 },
    },
  ];
  const bare = value.type === 'reference_expression' ? (value.childForFieldName('value') ?? value) : value;
  if (isPath(strip(type), 'String')) return draft(`${receiver(bare.text)}.as_str()`);
  const held = strip(type);
  if (isPath(held, 'Option') && held.kind === 'path' && held.args[0] && isPath(strip(held.args[0]), 'String'))
    return draft(
      held.args[0].kind === 'ref'
        ? `${receiver(value.text)}.map(|s| s.as_str())`
        : `${receiver(value.text)}.as_deref()`,
    );
  return [];
}

/** Literals of the type that is matched: quotes of the other kind, numbers of the other kind. */
function literals(source: SourceFile, holder: Node, type: RustType): Draft[] {
  const bare = strip(type);
  const edits: Edit[] = [];
  for (const pattern of patternsOf(holder)) {
    const found = [
      pattern,
      ...descendants(pattern, 'string_literal', 'char_literal', 'integer_literal', 'float_literal'),
    ];
    for (const node of found) {
      const text = asLiteral(node, bare);
      if (text !== null) edits.push(source.edit(node.startIndex, node.endIndex, text));
    }
  }
  if (edits.length === 0) return [];
  return [
    {
      title: 'Literals of the type that is matched',
      edits: unique(edits),
      features: { agreement: 1, repeats: edits.length },
    },
  ];
}

function asLiteral(node: Node, type: RustType): string | null {
  const inner = node.text.slice(1, -1);
  if (node.type === 'char_literal' && (isStr(type) || isText(type)))
    return inner === '"' ? '"\\""' : inner === "\\'" ? '"\'"' : `"${inner}"`;
  if (node.type === 'char_literal' && isPath(type, 'u8')) return `b${node.text}`;
  if (node.type === 'string_literal' && isPath(type, 'char') && [...inner.replace(/^\\/, '')].length === 1)
    return inner === "'" ? "'\\''" : inner === '\\"' ? `'"'` : `'${inner}'`;
  if (node.type === 'integer_literal' && isPath(type, 'char') && /^\d$/.test(node.text)) return `'${node.text}'`;
  if (node.type === 'integer_literal' && (isStr(type) || isText(type)) && /^\d+$/.test(node.text))
    return `"${node.text}"`;
  if ((node.type === 'integer_literal' || node.type === 'float_literal') && isNumber(type)) {
    if (isInteger(type) !== (node.type === 'integer_literal')) return numericLiteral(node.text, type);
  }
  return null;
}

/** Plain patterns on an option or a result: each is put inside `Some` or `Ok`. */
function wrappedPatterns(source: SourceFile, holder: Node, type: RustType): Draft[] {
  const bare = strip(type);
  if (!isPath(bare, 'Option', 'Result') || bare.kind !== 'path' || holder.type === 'for_expression') return [];
  const wrapper = bare.name === 'Option' ? 'Some' : 'Ok';
  const edits: Edit[] = [];
  for (const pattern of patternsOf(holder)) {
    if (pattern.text === '_' || /^(?:Some|None|Ok|Err)\b/.test(pattern.text) || pattern.type === 'identifier') continue;
    edits.push(source.edit(pattern.startIndex, pattern.endIndex, `${wrapper}(${pattern.text})`));
  }
  if (edits.length === 0) return [];
  return [{ title: `Patterns inside \`${wrapper}\``, edits, features: { agreement: 0.9, repeats: edits.length } }];
}

/** `for (i, x) in items`: the index comes from `enumerate`. */
function enumerated(source: SourceFile, holder: Node, at: Node, found: RustType): Draft[] {
  const value = scrutineeOf(holder);
  const pair = found.kind === 'tuple' && found.items.length === 2;
  const pattern = holder.childForFieldName('pattern');
  if (holder.type !== 'for_expression' || value === null || !pair || pattern?.equals(at) !== true) return [];
  if (!matches(found, { kind: 'tuple', items: [{ kind: 'infer' }, { kind: 'infer' }] })) return [];
  const plain =
    value.type === 'call_expression' ? value.text : value.type === 'range_expression' ? `(${value.text})` : null;
  const inner =
    value.type === 'reference_expression' ? (value.childForFieldName('value')?.text ?? value.text) : value.text;
  const iterated =
    plain ??
    `${receiver(inner)}.${value.type === 'reference_expression' && /^&\s*mut\b/.test(value.text) ? 'iter_mut' : value.type === 'reference_expression' ? 'iter' : 'into_iter'}()`;
  return [
    {
      title: 'Count the items',
      edits: [source.edit(value.startIndex, value.endIndex, `${iterated}.enumerate()`)],
      features: { agreement: 1 },
    },
  ];
}
