// E0382, E0505, E0507, E0508, E0509: borrow where a value is moved, and let what takes it take a reference.
//
// fn size(v: Vec<u8>) -> usize { … }    size(v); v.len()      before
// fn size(v: &Vec<u8>) -> usize { … }   size(&v); v.len()     after
import type { Node, SourceFile } from '../../tools/index/source.ts';
import type { Draft, ProposeInput, Proposer } from '../types.ts';
import { borrowFacts, iteratedBy, nodeOf, type Place } from './support/borrow-facts.ts';
import { sound } from './support/drafts.ts';
import { callArguments, methodCall, operand } from './support/expressions.ts';
import { calleeOf, callsOf, functionsNamed, type RustFunction } from './support/functions.ts';
import { rust } from './support/rust.ts';

export const ownershipBorrow: Proposer = {
  name: 'ownership-borrow',
  codes: ['E0382', 'E0505', 'E0507', 'E0508', 'E0509'],
  propose(input) {
    const facts = borrowFacts(input);
    const drafts = facts.moves.flatMap((move) => [
      ...loops(move),
      ...scrutinee(move),
      ...methods(input, move),
      ...argument(input, move),
      ...initialiser(move),
    ]);
    for (const use of facts.at === null ? [] : [facts.at]) {
      if (use.node !== null && scrutineeOf(use) !== null && facts.moves.length > 0) drafts.push(...scrutinee(use));
    }
    return sound(drafts);
  },
  examples: [
    {
      title: 'a loop borrows the vector',
      before: rust`
        pub fn report(words: Vec<String>) -> usize {
            let mut letters = 0;
            for word in words {
                letters += word.len();
            }
            letters / words.len()
        }
      `,
      after: rust`
        pub fn report(words: Vec<String>) -> usize {
            let mut letters = 0;
            for word in &words {
                letters += word.len();
            }
            letters / words.len()
        }
      `,
      within: 1,
    },
    {
      title: 'a function takes a reference, and all its calls give one',
      before: rust`
        fn longest(words: Vec<String>) -> usize {
            words.iter().map(|w| w.len()).max().unwrap_or(0)
        }

        pub fn stats(words: Vec<String>) -> (usize, usize) {
            let most = longest(words);
            (most, words.len())
        }

        pub fn only(words: Vec<String>) -> usize {
            longest(words)
        }
      `,
      after: rust`
        fn longest(words: &Vec<String>) -> usize {
            words.iter().map(|w| w.len()).max().unwrap_or(0)
        }

        pub fn stats(words: Vec<String>) -> (usize, usize) {
            let most = longest(&words);
            (most, words.len())
        }

        pub fn only(words: Vec<String>) -> usize {
            longest(&words)
        }
      `,
      within: 1,
    },
    {
      title: 'a match on a field behind a reference',
      before: rust`
        pub struct Node {
            value: i32,
            next: Option<Box<Node>>,
        }

        pub fn length(node: &Node) -> i32 {
            match node.next {
                Some(next) => node.value + length(&next),
                None => node.value,
            }
        }
      `,
      after: rust`
        pub struct Node {
            value: i32,
            next: Option<Box<Node>>,
        }

        pub fn length(node: &Node) -> i32 {
            match &node.next {
                Some(next) => node.value + length(&next),
                None => node.value,
            }
        }
      `,
      within: 1,
    },
    {
      title: 'an option is looked into, not emptied',
      before: rust`
        pub struct User {
            email: Option<String>,
        }

        impl User {
            pub fn domain(&self) -> usize {
                self.email.unwrap().len()
            }
        }
      `,
      after: rust`
        pub struct User {
            email: Option<String>,
        }

        impl User {
            pub fn domain(&self) -> usize {
                self.email.as_ref().unwrap().len()
            }
        }
      `,
      within: 1,
    },
    {
      title: 'a method takes `&self`',
      before: rust`
        pub struct Polygon {
            sides: Vec<f64>,
        }

        impl Polygon {
            fn perimeter(self) -> f64 {
                self.sides.iter().sum()
            }

            pub fn mean(self) -> f64 {
                self.perimeter() / self.sides.len() as f64
            }
        }
      `,
      after: rust`
        pub struct Polygon {
            sides: Vec<f64>,
        }

        impl Polygon {
            fn perimeter(&self) -> f64 {
                self.sides.iter().sum()
            }

            pub fn mean(self) -> f64 {
                self.perimeter() / self.sides.len() as f64
            }
        }
      `,
      within: 1,
    },
    {
      title: 'iterates without consuming',
      before: rust`
        pub fn spread(values: Vec<i64>) -> i64 {
            let high: i64 = values.into_iter().sum();
            high - values.len() as i64
        }
      `,
      after: rust`
        pub fn spread(values: Vec<i64>) -> i64 {
            let high: i64 = values.iter().sum();
            high - values.len() as i64
        }
      `,
      within: 1,
    },
    {
      title: 'a binding borrows',
      before: rust`
        pub struct Team {
            name: String,
            size: usize,
        }

        pub fn label(team: &Team) -> usize {
            let name = team.name;
            name.len() + team.size
        }
      `,
      after: rust`
        pub struct Team {
            name: String,
            size: usize,
        }

        pub fn label(team: &Team) -> usize {
            let name = &team.name;
            name.len() + team.size
        }
      `,
      within: 1,
    },
  ],
};

function loops(move: Place): Draft[] {
  const loop = iteratedBy(move);
  const value = loop?.childForFieldName('value');
  if (!value || value.text !== move.text) return [];
  return [
    { title: `Iterate over \`&${value.text}\``, edits: [borrow(move.source, value)], features: { agreement: 1 } },
    {
      title: `Iterate over \`${value.text}.iter()\``,
      edits: [move.source.insert(value.endIndex, '.iter()')],
      features: { agreement: 0.6 },
    },
  ];
}

/** The matched expression of the `match`, `if let` or `while let` whose value the place is, or whose pattern it is in. */
function scrutineeOf(place: Place): Node | null {
  for (let at: Node | null = nodeOf(place); at !== null; at = at.parent) {
    if (at.type === 'block' || at.type === 'closure_expression') return null;
    if (at.type === 'match_expression' || at.type === 'let_condition') {
      const value = at.childForFieldName('value');
      return value !== null && (at.type === 'let_condition' || inside(value, place) || inPattern(at, place))
        ? value
        : null;
    }
  }
  return null;
}

const inside = (node: Node, place: Place): boolean =>
  node.startIndex <= place.range.start && place.range.end <= node.endIndex;

function inPattern(match: Node, place: Place): boolean {
  return match.descendantsOfType('match_pattern').some((pattern) => pattern !== null && inside(pattern, place));
}

function scrutinee(move: Place): Draft[] {
  const value = scrutineeOf(move);
  if (value === null || value.type === 'reference_expression' || value.type === 'call_expression') return [];
  const inValue = inside(value, move);
  if (inValue && value.text !== move.text) return [];
  const drafts: Draft[] = [
    { title: `Match on \`&${value.text}\``, edits: [borrow(move.source, value)], features: { agreement: 1 } },
    {
      title: `Match on \`${value.text}.as_ref()\``,
      edits: [move.source.insert(value.endIndex, '.as_ref()')],
      features: { agreement: 0.4 },
    },
    {
      title: `Match on \`&mut ${value.text}\``,
      edits: [borrow(move.source, value, 'mut ')],
      features: { agreement: 0.3 },
    },
  ];
  if (!inValue && move.node?.type === 'identifier') {
    drafts.push({
      title: `Bind \`${move.text}\` by reference`,
      edits: [move.source.insert(move.range.start, 'ref ')],
      features: { agreement: 0.6 },
    });
  }
  return drafts;
}

const LOOKS_INTO = [
  'map',
  'unwrap',
  'expect',
  'and_then',
  'unwrap_or',
  'unwrap_or_else',
  'is_some_and',
  'ok_or',
  'ok_or_else',
  'map_or',
  'iter',
];

/** The value is the receiver of a method that takes `self`. */
function methods(input: ProposeInput, move: Place): Draft[] {
  let receiver: Node | null = move.node;
  let call = receiver === null ? null : callOn(receiver);
  if (call === null && move.node === null) {
    // The label may stand on the method's name and arguments.
    receiver = nodeOf(move);
    call = callOn(receiver);
  }
  if (call === null || receiver === null) return [];
  const { source } = move;
  const name = call.name.text;
  const drafts: Draft[] = [];
  if (name === 'into_iter') {
    drafts.push({
      title: 'Iterate by reference',
      edits: [source.edit(call.name.startIndex, call.name.endIndex, 'iter')],
      features: { agreement: 1 },
    });
    drafts.push({
      title: 'Iterate by reference and copy the items',
      edits: [source.edit(call.name.startIndex, call.node.endIndex, 'iter().copied()')],
      features: { agreement: 0.8 },
    });
    drafts.push({
      title: 'Iterate by reference and clone the items',
      edits: [source.edit(call.name.startIndex, call.node.endIndex, 'iter().cloned()')],
      features: { agreement: 0.7 },
    });
  } else if (LOOKS_INTO.includes(name)) {
    for (const [title, text] of [
      ['Look into the option', '.as_ref()'],
      ['Look into the option as its target', '.as_deref()'],
      ['Take the value out, leaving `None`', '.take()'],
    ] as const) {
      drafts.push({
        title,
        edits: [source.insert(call.receiver.endIndex, text)],
        features: { agreement: text === '.as_ref()' ? 1 : 0.4 },
      });
    }
  }
  for (const fn of functionsNamed(input, name)) {
    const self = fn.self;
    if (self === null || self.text.includes('&') || self.text.includes(':')) continue;
    const before = self.text.startsWith('mut') ? '&mut self' : '&self';
    const all = functionsNamed(input, name).filter((other) => other.self?.text === self.text);
    drafts.push({
      title: `\`${name}\` takes \`${before}\``,
      edits: all.map((other) =>
        other.source.edit((other.self as Node).startIndex, (other.self as Node).endIndex, before),
      ),
      features: { agreement: 0.9 },
    });
    break;
  }
  return drafts;
}

function callOn(receiver: Node): ReturnType<typeof methodCall> {
  const field = receiver.parent;
  const call = methodCall(field?.type === 'field_expression' ? (field.parent ?? null) : null);
  return call?.receiver.equals(receiver) ? call : null;
}

/** The value is an argument: the parameter becomes a reference, and so do all arguments for it. */
function argument(input: ProposeInput, move: Place): Draft[] {
  const { node, source } = move;
  const call = node?.parent?.type === 'arguments' ? node.parent.parent : null;
  if (!node || call?.type !== 'call_expression') return [];
  const drafts: Draft[] = [];
  const callee = calleeOf(call);
  const position = callArguments(call).findIndex((arg) => arg.equals(node));
  if (callee !== null && position >= 0) {
    for (const fn of functionsNamed(input, callee.name.text)) {
      const shift = fn.self !== null && callee.receiver === null ? 1 : 0;
      const draft = byReference(input, fn, position - shift, node);
      if (draft !== null) drafts.push(draft);
    }
  }
  drafts.push({
    title: `Pass \`&${node.text}\``,
    edits: [borrow(source, node)],
    features: { agreement: drafts.length > 0 ? 0.2 : 0.6 },
  });
  return drafts;
}

function byReference(input: ProposeInput, fn: RustFunction, index: number, moved: Node): Draft | null {
  const parameter = fn.parameters[index];
  if (parameter === undefined || parameter.type.type === 'reference_type') return null;
  const calls = callsOf(input, fn);
  if (!calls.some((call) => call.args.some((arg) => arg.equals(moved)))) return null;
  const mutable = parameter.node.text.startsWith('mut ') ? 'mut ' : '';
  const edits = [fn.source.insert(parameter.type.startIndex, `&${mutable}`)];
  if (mutable !== '') {
    edits.push(fn.source.edit(parameter.node.startIndex, parameter.pattern.startIndex, ''));
  }
  for (const call of calls) {
    const arg = call.args[index];
    if (arg !== undefined && arg.type !== 'reference_expression') edits.push(borrow(call.source, arg, mutable));
  }
  return {
    title: `\`${fn.name}\` borrows \`${parameter.pattern.text}\``,
    edits,
    features: { agreement: 1, repeats: Math.max(1, edits.length - 1) },
  };
}

function initialiser(move: Place): Draft[] {
  const { node, source } = move;
  const parent = node?.parent;
  if (
    !node ||
    !parent ||
    !['let_declaration', 'binary_expression', 'assignment_expression', 'index_expression'].includes(parent.type)
  )
    return [];
  if (parent.type === 'let_declaration' && parent.childForFieldName('type') !== null) return [];
  return [{ title: `Borrow \`${node.text}\``, edits: [borrow(source, node)], features: { agreement: 0.9 } }];
}

function borrow(source: SourceFile, node: Node, mutable = ''): Draft['edits'][number] {
  return source.edit(node.startIndex, node.endIndex, `&${mutable}${operand(node.text)}`);
}
