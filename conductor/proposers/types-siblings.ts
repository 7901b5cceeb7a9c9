// E0308, E0277, E0608 answered by the neighbour of a method or an index: `push_str` for `push` with text, `extend` with
// a list, `map` for `and_then`; characters by their place, tuples by their number.
//
// line.push("#")                before
// line.push_str("#")            after
import { enclosing, type Node, type SourceFile } from '../../tools/index/source.ts';
import type { CandidateFlag, Draft, ProposeInput, Proposer } from '../types.ts';
import { sound } from './support/drafts.ts';
import { methodCall, operand, receiver } from './support/expressions.ts';
import { isAdapter } from './support/member-access.ts';
import { type Mismatch, mismatches, quotedParts } from './support/mismatch.ts';
import { strip } from './support/references.ts';
import { rust } from './support/rust.ts';
import { isPath, isStr, isText, parseType, type RustType } from './support/rust-type.ts';

export const typesSiblings: Proposer = {
  name: 'types-siblings',
  codes: ['E0308', 'E0277', 'E0608'],
  propose(input) {
    if (input.diagnostic.code === 'E0308') return sound(mismatches(input).flatMap((one) => siblings(input, one)));
    return sound(indexed(input));
  },
  examples: [
    {
      title: 'text is pushed, in two places',
      before: rust`
        pub fn row(n: usize) -> String {
            let mut line = String::new();
            for _ in 0..n {
                line.push("#");
            }
            line.push("|");
            line
        }
      `,
      after: rust`
        pub fn row(n: usize) -> String {
            let mut line = String::new();
            for _ in 0..n {
                line.push_str("#");
            }
            line.push_str("|");
            line
        }
      `,
      within: 1,
    },
    {
      title: 'a character is pushed',
      before: rust`
        pub fn keep(text: &str) -> String {
            let mut out = String::new();
            for c in text.chars() {
                out.push_str(c);
            }
            out
        }
      `,
      after: rust`
        pub fn keep(text: &str) -> String {
            let mut out = String::new();
            for c in text.chars() {
                out.push(c);
            }
            out
        }
      `,
      within: 1,
    },
    {
      title: 'a closure that gives a value, not an option',
      before: rust`
        pub fn next(n: Option<u32>) -> Option<u32> {
            n.and_then(|n| n + 1)
        }
      `,
      after: rust`
        pub fn next(n: Option<u32>) -> Option<u32> {
            n.map(|n| n + 1)
        }
      `,
      within: 1,
    },
    {
      title: 'a list is added to a list',
      before: rust`
        pub fn all(mut a: Vec<u8>, b: Vec<u8>) -> Vec<u8> {
            a.push(b);
            a
        }
      `,
      after: rust`
        pub fn all(mut a: Vec<u8>, b: Vec<u8>) -> Vec<u8> {
            a.extend(b);
            a
        }
      `,
      within: 1,
    },
    {
      title: 'a character by its place',
      before: rust`
        pub fn third(text: &str) -> char {
            text.chars()[2]
        }
      `,
      after: rust`
        pub fn third(text: &str) -> char {
            text.chars().collect::<Vec<_>>()[2]
        }
      `,
      within: 1,
    },
    {
      title: 'a part of a pair',
      before: rust`
        pub fn width(size: (u32, u32)) -> u32 {
            size[0]
        }
      `,
      after: rust`
        pub fn width(size: (u32, u32)) -> u32 {
            size.0
        }
      `,
      within: 1,
    },
    {
      title: 'a byte of a text that is compared with a character',
      before: rust`
        pub fn is_comment(line: &str) -> bool {
            !line.is_empty() && line[0] == '#'
        }
      `,
      after: rust`
        pub fn is_comment(line: &str) -> bool {
            !line.is_empty() && line.as_bytes()[0] as char == '#'
        }
      `,
      within: 1,
    },
  ],
};

interface Sibling {
  readonly method: string;
  readonly other: string;
  readonly when: (found: RustType, expected: RustType) => boolean;
  readonly agreement: number;
}

const textual = (type: RustType): boolean => isText(strip(type)) || isStr(strip(type));
const lists = (type: RustType): boolean =>
  isPath(strip(type), 'Vec', 'VecDeque', 'HashSet') || ['slice', 'array'].includes(strip(type).kind);
const wraps = (type: RustType): boolean => isPath(type, 'Option', 'Result');

/** Methods whose argument has another type, by what stands there. */
const ARGUMENTS: readonly Sibling[] = [
  {
    method: 'push',
    other: 'push_str',
    when: (found, expected) => isPath(expected, 'char') && textual(found),
    agreement: 0.9,
  },
  { method: 'push_str', other: 'push', when: (found) => isPath(found, 'char'), agreement: 1 },
  {
    method: 'insert',
    other: 'insert_str',
    when: (found, expected) => isPath(expected, 'char') && textual(found),
    agreement: 0.9,
  },
  { method: 'insert_str', other: 'insert', when: (found) => isPath(found, 'char'), agreement: 1 },
  {
    method: 'push',
    other: 'extend',
    when: (found, expected) => lists(found) && !lists(expected) && found.kind !== 'ref',
    agreement: 0.8,
  },
  {
    method: 'push',
    other: 'extend_from_slice',
    when: (found, expected) => lists(found) && !lists(expected) && found.kind === 'ref',
    agreement: 0.8,
  },
  { method: 'unwrap_or', other: 'unwrap_or_else', when: (found) => found.kind === 'other', agreement: 1 },
  { method: 'ok_or', other: 'ok_or_else', when: (found) => found.kind === 'other', agreement: 1 },
  { method: 'or', other: 'or_else', when: (found) => found.kind === 'other', agreement: 1 },
];
/** Methods whose closure gives another type, by what it gives. */
const RESULTS: readonly Sibling[] = [
  { method: 'and_then', other: 'map', when: (found, expected) => wraps(expected) && !wraps(found), agreement: 0.9 },
  { method: 'filter_map', other: 'filter', when: (found) => isPath(found, 'bool'), agreement: 0.8 },
  { method: 'filter_map', other: 'map', when: (found) => !isPath(found, 'bool') && !wraps(found), agreement: 0.8 },
  { method: 'filter', other: 'filter_map', when: (found) => isPath(found, 'Option'), agreement: 0.8 },
  { method: 'find', other: 'find_map', when: (found) => isPath(found, 'Option'), agreement: 0.8 },
];

function siblings(input: ProposeInput, one: Mismatch): Draft[] {
  const edits = new Map<number, ReturnType<SourceFile['edit']>>();
  let agreement = 0;
  let title = '';
  for (const error of [input.diagnostic, ...input.errors]) {
    for (const other of error === input.diagnostic ? [one] : mismatches(input, error)) {
      const found = siblingAt(other);
      if (found === null || (title !== '' && found.title !== title)) continue;
      if (title === '' && error !== input.diagnostic) return [];
      title = found.title;
      agreement = Math.max(agreement, found.agreement);
      edits.set(found.name.startIndex, other.source.edit(found.name.startIndex, found.name.endIndex, found.other));
    }
  }
  return edits.size === 0 ? [] : [{ title, edits: [...edits.values()], features: { agreement, repeats: edits.size } }];
}

function siblingAt(one: Mismatch): { title: string; name: Node; other: string; agreement: number } | null {
  const at = one.node ?? one.source.nodeAt(one.range);
  const closure = enclosing(at, 'closure_expression');
  const inResult = closure !== null && closure.childForFieldName('body')?.endIndex === one.range.end;
  for (const [table, node] of [
    [ARGUMENTS, at],
    [RESULTS, inResult ? closure : null],
  ] as const) {
    const list = node?.parent?.type === 'arguments' ? node.parent : null;
    const call = methodCall(list?.parent ?? null);
    if (call === null) continue;
    const found = table.find((row) => row.method === call.name.text && row.when(one.found, one.expected));
    if (found !== undefined)
      return {
        title: `\`${found.other}\` instead of \`${found.method}\``,
        name: call.name,
        other: found.other,
        agreement: found.agreement,
      };
  }
  return null;
}

/** E0608 and "the type `str` cannot be indexed by `usize`". */
function indexed(input: ProposeInput): Draft[] {
  const { diagnostic } = input;
  const span = diagnostic.spans.find((one) => one.primary);
  const source = span === undefined ? null : input.source(span.file);
  if (span === undefined || source === null) return [];
  const node = enclosing(source.nodeAt(source.range(span)), 'index_expression');
  const [value, index] = [node?.namedChild(0) ?? null, node?.namedChild(1) ?? null];
  if (node === null || value === null || index === null) return [];
  const drafts: Draft[] = [];
  const put = (title: string, text: string, agreement: number, flags: readonly CandidateFlag[] = []): void => {
    drafts.push({ title, edits: [source.edit(node.startIndex, node.endIndex, text)], flags, features: { agreement } });
  };
  const self = receiver(value.text);
  if (diagnostic.code === 'E0277') {
    if (!/`(?:str|String)` cannot be indexed by/.test(diagnostic.message) || index.type === 'range_expression')
      return [];
    const cast =
      index.type === 'integer_literal' || /usize/.test(diagnostic.message)
        ? index.text
        : `${operand(index.text)} as usize`;
    put('The byte there, as a character', parenthesised(node, `${self}.as_bytes()[${cast}] as char`), 0.7);
    put('The byte there', `${self}.as_bytes()[${cast}]`, 0.5);
    put('The character there', `${self}.chars().nth(${cast}).unwrap()`, 0.7, ['invents']);
    return drafts;
  }
  const type = parseType(quotedParts(diagnostic.message)[0] ?? '');
  const bare = type === null ? null : strip(type);
  if (bare === null) return [];
  if (bare.kind === 'tuple' && index.type === 'integer_literal') put('By its number', `${self}.${index.text}`, 1);
  if (isAdapter(bare)) {
    put('Collect first', `${self}.collect::<Vec<_>>()[${index.text}]`, 0.9);
    put('The item there', `${self}.nth(${index.text}).unwrap()`, 0.7, ['invents']);
  }
  const inside = bare.kind === 'path' ? bare.args[0] : undefined;
  if (inside !== undefined && bare.kind === 'path') {
    if (isPath(bare, 'RefCell')) put('What the cell holds', `${self}.borrow()[${index.text}]`, 0.9);
    if (isPath(bare, 'Rc', 'Arc') && isPath(inside, 'RefCell'))
      put('What the cell holds', `${self}.borrow()[${index.text}]`, 0.9);
    if (isPath(bare, 'Mutex') || (isPath(bare, 'Arc') && isPath(inside, 'Mutex')))
      put('What the lock holds', `${self}.lock().unwrap()[${index.text}]`, 0.9);
    if (isPath(bare, 'Option'))
      put('What the option holds', `${self}.as_ref().unwrap()[${index.text}]`, 0.4, ['invents']);
  }
  return drafts;
}

/** A cast in parentheses where something follows that would read on. */
function parenthesised(node: Node, text: string): string {
  const parent = node.parent;
  const tight =
    parent === null ||
    ['field_expression', 'unary_expression', 'reference_expression', 'try_expression', 'index_expression'].includes(
      parent.type,
    );
  const less =
    parent?.type === 'binary_expression' &&
    /^<+/.test(parent.childForFieldName('operator')?.text ?? '') &&
    parent.childForFieldName('left')?.equals(node);
  return tight || less ? `(${text})` : text;
}
