// E0599: a method that the value's type does not have, but a type that it easily becomes: an iterator of the collection,
// a vector of the iterator, a float of the integer. Or one that the value needs no more, and that goes.
//
// let n: u32 = 17; n.sqrt()          before
// (n as f64).sqrt()                  after
//
// What the value holds is members-reach's; other names of the same method are names-foreign's.
import type { Edit } from '../../schemas/types.ts';
import type { CandidateFlag, Draft, ProposeInput, Proposer } from '../types.ts';
import { sound } from './support/drafts.ts';
import { callArguments, operand, parseExpression, receiver } from './support/expressions.ts';
import { type Local, localAt } from './support/locals.ts';
import {
  ITERATOR,
  isAdapter,
  isCharMethod,
  isFloatMethod,
  isSliceMethod,
  isStrMethod,
  type MemberAccess,
  MUTATING,
  memberAccess,
} from './support/member-access.ts';
import { strip } from './support/references.ts';
import { rust } from './support/rust.ts';
import { isFloat, isInteger, isNumber, isPath, isStr, isText, type RustType } from './support/rust-type.ts';

interface Converted {
  readonly title: string;
  /** What stands for the receiver. */
  readonly receiver?: string;
  /** What stands for the method's name. */
  readonly name?: string;
  /** What stands for the whole call. */
  readonly call?: string;
  readonly agreement: number;
  readonly flags?: readonly CandidateFlag[];
}

/** Adapters of no argument that do nothing to what already is what they make. */
const IDLE: ReadonlySet<string> = new Set([
  'unwrap',
  'iter',
  'into_iter',
  'iter_mut',
  'collect',
  'cloned',
  'copied',
  'as_ref',
  'as_mut',
  'as_str',
  'borrow',
  'borrow_mut',
  'to_vec',
  'to_owned',
  'into_bytes',
  'chars',
  'as_slice',
  'as_deref',
  'ok',
  'take',
  'deref',
  'flatten',
  'lock',
  'get',
  'to_string',
]);
const LISTS: readonly string[] = [
  'Vec',
  'VecDeque',
  'HashMap',
  'HashSet',
  'BTreeMap',
  'BTreeSet',
  'BinaryHeap',
  'LinkedList',
];

export const membersConvert: Proposer = {
  name: 'members-convert',
  codes: ['E0599', 'E0689'],
  propose(input) {
    const here = memberAccess(input);
    if (here === null) return [];
    const drafts: Draft[] = [];
    const atDeclaration = collectAtDeclaration(here);
    if (atDeclaration !== null) drafts.push(atDeclaration);
    const count = conversions(here).length;
    for (let index = 0; index < count; index++) {
      const edits: Edit[] = [];
      let own: Converted | undefined;
      for (const access of alike(input, here)) {
        const one = conversions(access)[index];
        if (one === undefined) continue;
        if (access.nameRange.start === here.nameRange.start) own = one;
        edits.push(...editsOf(access, one));
      }
      if (own === undefined) continue;
      drafts.push({
        title: own.title,
        edits,
        flags: own.flags ?? [],
        features: { agreement: own.agreement, repeats: Math.max(1, alike(input, here).length) },
      });
    }
    return sound(drafts, 8);
  },
  examples: [
    {
      title: 'the root of an integer',
      before: rust`
        pub fn is_prime(n: u32) -> bool {
            let limit = n.sqrt() as u32;
            (2..=limit).all(|d| n % d != 0)
        }
      `,
      after: rust`
        pub fn is_prime(n: u32) -> bool {
            let limit = (n as f64).sqrt() as u32;
            (2..=limit).all(|d| n % d != 0)
        }
      `,
      within: 1,
    },
    {
      title: 'an iterator that is sorted is collected where it is bound',
      before: rust`
        pub fn sorted(text: &str) -> Vec<&str> {
            let words = text.split(' ');
            words.sort();
            words
        }
      `,
      after: rust`
        pub fn sorted(text: &str) -> Vec<&str> {
            let mut words = text.split(' ').collect::<Vec<_>>();
            words.sort();
            words
        }
      `,
      within: 1,
    },
    {
      title: 'the words are joined once they are a vector',
      before: rust`
        pub fn shout(text: &str) -> String {
            text.split(' ').map(|w| w.to_uppercase()).join(" ")
        }
      `,
      after: rust`
        pub fn shout(text: &str) -> String {
            text.split(' ').map(|w| w.to_uppercase()).collect::<Vec<_>>().join(" ")
        }
      `,
      within: 1,
    },
    {
      title: 'a text has no items but characters',
      before: rust`
        pub fn vowels(text: &str) -> usize {
            text.iter().filter(|c| "aeiou".contains(*c)).count()
        }
      `,
      after: rust`
        pub fn vowels(text: &str) -> usize {
            text.chars().filter(|c| "aeiou".contains(*c)).count()
        }
      `,
      within: 1,
    },
    {
      title: 'nothing to unwrap',
      before: rust`
        pub fn size(items: &[u8]) -> usize {
            items.len().unwrap()
        }
      `,
      after: rust`
        pub fn size(items: &[u8]) -> usize {
            items.len()
        }
      `,
      within: 1,
    },
    {
      title: 'the power of an integer',
      before: rust`
        pub fn area(side: i32) -> i32 {
            side.powi(2)
        }
      `,
      after: rust`
        pub fn area(side: i32) -> i32 {
            side.pow(2)
        }
      `,
      within: 1,
    },
    {
      title: 'backwards',
      before: rust`
        pub fn is_palindrome(text: &str) -> bool {
            let backwards: String = text.rev();
            text == backwards
        }
      `,
      after: rust`
        pub fn is_palindrome(text: &str) -> bool {
            let backwards: String = text.chars().rev().collect::<String>();
            text == backwards
        }
      `,
      within: 1,
    },
  ],
};

function editsOf(access: MemberAccess, one: Converted): Edit[] {
  const { source } = access;
  if (one.call !== undefined) {
    const end = access.node?.endIndex ?? null;
    return end === null ? [] : [source.edit(access.receiver.start, end, one.call)];
  }
  const edits: Edit[] = [];
  if (one.receiver !== undefined) edits.push(source.edit(access.receiver.start, access.receiver.end, one.receiver));
  if (one.name !== undefined) edits.push(source.edit(access.nameRange.start, access.nameRange.end, one.name));
  return edits;
}

function conversions(access: MemberAccess): Converted[] {
  const { name, receiverText: text } = access;
  const found: Converted[] = [];
  const add = (title: string, made: Omit<Converted, 'title'>): void => void found.push({ title, ...made });
  const written = access.type;
  const type: RustType | null = written === null ? null : strip(written);
  if (type === null) return found;
  const self = receiver(text);
  const args = access.node === null || !access.called ? [] : callArguments(access.node);
  const iterates = ITERATOR.has(name);
  if (isNumber(type)) {
    if (isInteger(type) && name === 'powi') add('`pow` for integers', { name: 'pow', agreement: 1 });
    if (isInteger(type) && name === 'powf' && /^\d+(\.0*)?$/.test(args[0]?.text ?? '') && access.node !== null)
      add('`pow` for integers', { call: `${self}.pow(${(args[0]?.text ?? '').split('.')[0]})`, agreement: 0.8 });
    if (isFloat(type) && name === 'pow') {
      const whole = /^\d+$/.test(args[0]?.text ?? '');
      add('`powi` for floats', { name: 'powi', agreement: whole ? 1 : 0.7 });
      add('`powf` for floats', { name: 'powf', agreement: whole ? 0.3 : 0.8 });
    }
    if (isInteger(type) && isFloatMethod(name)) {
      const value = written?.kind === 'ref' ? `*${operand(text)}` : operand(text);
      const literal = /^\d+$/.test(text) ? `${text}_f64` : `(${value} as f64)`;
      add('As a float', { receiver: literal, agreement: 1 });
    }
    if (isCharMethod(name) && isPath(type, 'u8') && !isFloatMethod(name))
      add('As a char', { receiver: `(${written?.kind === 'ref' ? '*' : ''}${operand(text)} as char)`, agreement: 0.9 });
    if (['as_str', 'to_str', 'len', 'chars', 'as_bytes'].includes(name))
      add(
        'As text',
        name === 'to_str' ? { name: 'to_string', agreement: 0.8 } : { receiver: `${self}.to_string()`, agreement: 0.7 },
      );
    if (iterates && isInteger(type) && name !== 'min' && name !== 'max')
      add('A range up to the number', { receiver: `(0..${operand(text)})`, agreement: 0.5 });
    if ((name === 'iter' || name === 'into_iter') && isInteger(type))
      add('A range up to the number', { call: `(0..${operand(text)})`, agreement: 0.5 });
  }
  if (isAdapter(type)) {
    if (name === 'len') add('Count the items', { name: 'count', agreement: 1 });
    if (name === 'to_string' || name === 'as_str' || name === 'push_str')
      add('Collect into a string', { call: `${self}.collect::<String>()`, agreement: 0.7 });
    if (name === 'is_empty') add('Is there a first item?', { call: `${self}.next().is_none()`, agreement: 0.5 });
    if (name === 'first') add('The first item', { name: 'next', agreement: 0.8 });
    if (name === 'get' && args.length === 1) add('The item at a place', { name: 'nth', agreement: 0.8 });
    if (name === 'reverse') add('Backwards', { name: 'rev', agreement: 0.8 });
    else if (isSliceMethod(name) && name !== 'len')
      add('Collect first', { receiver: `${self}.collect::<Vec<_>>()`, agreement: MUTATING.has(name) ? 0.4 : 1 });
  }
  const lists = type.kind === 'slice' || type.kind === 'array' || isPath(type, ...LISTS);
  if (lists && iterates) {
    add('Iterate first', { receiver: `${self}.iter()`, agreement: 0.9 });
    if (written?.kind !== 'ref') add('Iterate by value first', { receiver: `${self}.into_iter()`, agreement: 0.5 });
  }
  if (lists && name === 'to_string') add('Print it', { call: `format!("{:?}", ${text})`, agreement: 0.3 });
  if (lists && name === 'chars') add('Its characters', { name: 'iter', agreement: 0.7 });
  if (isStr(type) || isText(type)) {
    if (name === 'rev' || name === 'reverse')
      add('Backwards', { call: `${self}.chars().rev().collect::<String>()`, agreement: 1 });
    else if (name === 'iter' || name === 'into_iter') add('Its characters', { name: 'chars', agreement: 1 });
    else if (isSliceMethod(name) && !isStrMethod(name) && !MUTATING.has(name)) {
      add('Its characters in a vector', { receiver: `${self}.chars().collect::<Vec<_>>()`, agreement: 0.6 });
      add('Its bytes', { receiver: `${self}.as_bytes()`, agreement: 0.4 });
    } else if (name === 'sort')
      add('Its characters', { receiver: `${self}.chars().collect::<Vec<_>>()`, agreement: 0.3 });
    else if (iterates && !isStrMethod(name)) add('Its characters', { receiver: `${self}.chars()`, agreement: 1 });
    if (isCharMethod(name) && !isStrMethod(name) && access.called) {
      const closure = `|c| c.${name}(${args.map((arg) => arg.text).join(', ')})`;
      add('All its characters', { call: `${self}.chars().all(${closure})`, agreement: 0.7 });
    }
    if (name === 'push' && isStr(type)) add('Own the text', { receiver: `${self}.to_string()`, agreement: 0.2 });
    if (name === 'nth' || name === 'get_char')
      add('Its characters', { call: `${self}.chars().nth(${args[0]?.text ?? '0'})`, agreement: 0.8 });
  }
  if (isPath(type, 'char')) {
    if (name === 'parse') {
      add('Its digit', { call: `${self}.to_digit(10)`, agreement: 0.6 });
      add('As text', { receiver: `${self}.to_string()`, agreement: 0.6 });
    } else if (isStrMethod(name) || name === 'as_str' || name === 'push_str')
      add('As text', { receiver: `${self}.to_string()`, agreement: 0.6 });
  }
  if (isPath(type, 'Option', 'Result') && type.args[0] !== undefined) {
    const inner = strip(type.args[0]);
    const fits = (isText(inner) || isStr(inner)) && isStrMethod(name);
    const arguments_ = args.map((arg) => arg.text).join(', ');
    if (access.called && access.node !== null && (fits || (isPath(inner, 'char') && isCharMethod(name))))
      add('On what it holds', { call: `${self}.map(|x| x.${name}(${arguments_}))`, agreement: 0.6 });
  }
  if (access.called && access.node !== null && args.length === 0 && IDLE.has(name) && !isPath(type, 'Option', 'Result'))
    add(`Without \`.${name}()\``, { call: withoutStar(text), agreement: 0.8 });
  return found;
}

/** A receiver in parentheses that it needed for the call alone. */
function withoutStar(text: string): string {
  const node = parseExpression(text);
  const inner = node?.type === 'parenthesized_expression' ? node.namedChild(0) : null;
  return inner?.type === 'unary_expression' || inner?.type === 'reference_expression' ? inner.text : text;
}

/** `let words = text.split(' ');` with slice methods on `words`: it is collected there. */
function collectAtDeclaration(access: MemberAccess): Draft | null {
  const type = access.type === null ? null : strip(access.type);
  if (type === null || !isAdapter(type) || isPath(type, 'Range', 'RangeInclusive')) return null;
  if (!isSliceMethod(access.name) && !MUTATING.has(access.name)) return null;
  const node = access.source.nodeAt(access.receiver);
  const local: Local | null = node.type === 'identifier' ? localAt(access.source, node) : null;
  if (local === null || local.value === null || local.declaration.type !== 'let_declaration' || !local.plain)
    return null;
  if (access.name === 'push_str') return null;
  const edits = [access.source.insert(local.value.endIndex, '.collect::<Vec<_>>()')];
  const isMutable = local.declaration.namedChildren.some((child) => child?.type === 'mutable_specifier');
  if (MUTATING.has(access.name) && !isMutable) edits.push(access.source.insert(local.node.startIndex, 'mut '));
  return { title: `Collect \`${local.name}\` where it is bound`, edits, features: { agreement: 1 } };
}

/** The same method missed on a value of the same type elsewhere. */
function alike(input: ProposeInput, here: MemberAccess): MemberAccess[] {
  const found = [here];
  for (const error of input.errors) {
    if (error.code !== input.diagnostic.code || error === input.diagnostic) continue;
    const other = memberAccess(input, error);
    if (other === null || other.name !== here.name || JSON.stringify(other.type) !== JSON.stringify(here.type))
      continue;
    const same = found.some(
      (one) => one.source.path === other.source.path && one.nameRange.start === other.nameRange.start,
    );
    if (!same) found.push(other);
  }
  return found;
}
