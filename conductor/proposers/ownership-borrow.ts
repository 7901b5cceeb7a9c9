// E0382, E0505, E0507, E0508, E0509: borrow where a value is moved, and let what takes it take a reference.
//
// fn size(v: Vec<u8>) -> usize { … }    size(v); v.len()      before
// fn size(v: &Vec<u8>) -> usize { … }   size(&v); v.len()     after
import type { Edit } from '../../schemas/types.ts';
import { descendants, enclosing, type Node, type SourceFile } from '../../tools/index/source.ts';
import type { Draft, ProposeInput, Proposer } from '../types.ts';
import { borrowFacts, iteratedBy, nodeOf, type Place } from './support/borrow-facts.ts';
import { typeNamed } from './support/derives.ts';
import { sound } from './support/drafts.ts';
import { callArguments, methodCall, operand } from './support/expressions.ts';
import { calleeOf, callsOf, functionOf, functionsNamed, type RustFunction } from './support/functions.ts';
import { localAt, usesOf } from './support/locals.ts';
import { rust } from './support/rust.ts';
import { statementsOf } from './support/statements.ts';

export const ownershipBorrow: Proposer = {
  name: 'ownership-borrow',
  codes: ['E0382', 'E0505', 'E0507', 'E0508', 'E0509'],
  propose(input) {
    const facts = borrowFacts(input);
    const drafts = facts.moves.flatMap((move) => [
      ...loops(move),
      ...methods(input, move),
      ...argument(input, move),
      ...initialiser(move),
    ]);
    return sound([...ownReceiver(input), ...drafts]);
  },
  examples: [
    {
      title: 'a method that changes itself takes `&mut self`',
      before: rust`
        #[derive(Clone)]
        pub struct Dice {
            seed: u32,
        }

        impl Dice {
            fn step(&mut self) -> u32 {
                self.seed = self.seed.wrapping_mul(31) + 7;
                self.seed
            }

            pub fn throw(self) -> u32 {
                self.step() % 6
            }
        }

        pub fn twice(dice: &mut Dice) -> u32 {
            dice.throw() + dice.throw()
        }
      `,
      after: rust`
        #[derive(Clone)]
        pub struct Dice {
            seed: u32,
        }

        impl Dice {
            fn step(&mut self) -> u32 {
                self.seed = self.seed.wrapping_mul(31) + 7;
                self.seed
            }

            pub fn throw(&mut self) -> u32 {
                self.step() % 6
            }
        }

        pub fn twice(dice: &mut Dice) -> u32 {
            dice.throw() + dice.throw()
        }
      `,
      within: 1,
    },
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
      title: 'a cursor borrows at every step',
      before: rust`
        pub struct Item {
            value: i32,
            next: Option<Box<Item>>,
        }

        pub struct List {
            head: Option<Box<Item>>,
        }

        impl List {
            pub fn sum(&self) -> i32 {
                let mut sum = 0;
                let mut cursor = self.head;
                while let Some(item) = cursor {
                    sum += item.value;
                    cursor = item.next;
                }
                sum
            }
        }
      `,
      after: rust`
        pub struct Item {
            value: i32,
            next: Option<Box<Item>>,
        }

        pub struct List {
            head: Option<Box<Item>>,
        }

        impl List {
            pub fn sum(&self) -> i32 {
                let mut sum = 0;
                let mut cursor = &self.head;
                while let Some(item) = cursor {
                    sum += item.value;
                    cursor = &item.next;
                }
                sum
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
      title: 'an argument inside a macro',
      before: rust`
        fn total(prices: Vec<u32>) -> u32 {
            prices.iter().sum()
        }

        pub fn report(prices: Vec<u32>) -> usize {
            println!("{}", total(prices));
            let twice = vec![total(prices) * 2];
            twice.len() + prices.len()
        }
      `,
      after: rust`
        fn total(prices: &Vec<u32>) -> u32 {
            prices.iter().sum()
        }

        pub fn report(prices: Vec<u32>) -> usize {
            println!("{}", total(&prices));
            let twice = vec![total(&prices) * 2];
            twice.len() + prices.len()
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
      title: 'a method that gives away a field',
      before: rust`
        pub struct Account {
            owner: String,
            cents: i64,
        }

        impl Account {
            fn owner(self) -> String {
                self.owner
            }

            pub fn describe(self) -> String {
                format!("{}: {}", self.owner(), self.cents)
            }
        }
      `,
      after: rust`
        pub struct Account {
            owner: String,
            cents: i64,
        }

        impl Account {
            fn owner(&self) -> String {
                self.owner.clone()
            }

            pub fn describe(self) -> String {
                format!("{}: {}", self.owner(), self.cents)
            }
        }
      `,
      within: 1,
    },
    {
      title: 'every function that it is given to borrows',
      before: rust`
        fn total(values: Vec<i32>) -> i32 {
            values.iter().sum()
        }

        fn least(values: Vec<i32>) -> Option<i32> {
            values.iter().min().copied()
        }

        pub fn describe(values: Vec<i32>) -> String {
            let sum = total(values);
            let low = least(values);
            format!("{sum} {low:?} {}", values.len())
        }
      `,
      after: rust`
        fn total(values: &Vec<i32>) -> i32 {
            values.iter().sum()
        }

        fn least(values: &Vec<i32>) -> Option<i32> {
            values.iter().min().copied()
        }

        pub fn describe(values: Vec<i32>) -> String {
            let sum = total(&values);
            let low = least(&values);
            format!("{sum} {low:?} {}", values.len())
        }
      `,
      within: 2,
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

/** The method that the compiler says takes `self` changes it, which it may not: it meant to borrow. */
function ownReceiver(input: ProposeInput): Draft[] {
  const note = input.diagnostic.notes.find(({ message }) => message.includes('takes ownership of the receiver `self`'));
  const [span] = note?.spans ?? [];
  const source = span === undefined ? null : input.source(span.file);
  if (span === undefined || source === null) return [];
  const fn = functionOf(source, enclosing(source.nodeAt(source.range(span)), 'function_item'));
  const { self, body } = fn ?? { self: null, body: null };
  if (fn === null || self === null || body === null || !/^(?:mut\s+)?self$/.test(self.text)) return [];
  if (enclosing(fn.node, 'impl_item')?.childForFieldName('trait')) return [];
  const changed = input.errors.some(
    ({ code, spans }) =>
      code === 'E0596' &&
      spans.some((one) => {
        const at = one.primary && one.file === source.path ? source.range(one).start : -1;
        return at >= body.startIndex && at < body.endIndex && source.slice(source.range(one)) === 'self';
      }),
  );
  if (!changed && !self.text.startsWith('mut')) return [];
  return [
    {
      title: `\`${fn.name}\` takes \`&mut self\``,
      edits: [source.edit(self.startIndex, self.endIndex, '&mut self')],
      features: { agreement: 1, idiom: 1 },
    },
  ];
}

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
      edits: all.flatMap((other) => [
        other.source.edit((other.self as Node).startIndex, (other.self as Node).endIndex, before),
        ...givenAway(input, other),
      ]),
      features: { agreement: 0.9 },
    });
    break;
  }
  return drafts;
}

/** Fields that a method gives away as its result: behind `&self` it can only give a clone. */
function givenAway(input: ProposeInput, fn: RustFunction): Edit[] {
  const owner = enclosing(fn.node, 'impl_item')?.childForFieldName('type')?.text ?? '';
  const type = typeNamed(input, owner.replace(/<.*$/, ''));
  const last = fn.body === null ? undefined : statementsOf(fn.body).at(-1);
  if (type === null || last?.type !== 'field_expression' || last.childForFieldName('value')?.type !== 'self') return [];
  const field = descendants(type.node, 'field_declaration').find(
    (one) => one.childForFieldName('name')?.text === last.childForFieldName('field')?.text,
  );
  const written = field?.childForFieldName('type')?.text ?? '';
  return /^(?:String|Vec|Option|Box|HashMap|BTreeMap|HashSet|BTreeSet|VecDeque|PathBuf)\b/.test(written)
    ? [fn.source.insert(last.endIndex, '.clone()')]
    : [];
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
  const together = everywhere(input, move);
  if (together !== null) drafts.push(together);
  drafts.push({
    title: `Pass \`&${node.text}\``,
    edits: [borrow(source, node)],
    features: { agreement: drafts.length > 0 ? 0.2 : 0.6 },
  });
  return drafts;
}

/** All functions that the value is given to borrow it: where each of them only reads it, none needs a copy. */
function everywhere(input: ProposeInput, { node, source }: Place): Draft | null {
  const local = node === null ? null : localAt(source, node);
  if (local === null) return null;
  const found = new Map<string, Draft>();
  let own = true;
  for (const use of usesOf(source, local)) {
    const call = use.parent?.type === 'arguments' ? use.parent.parent : null;
    const callee = call?.type === 'call_expression' ? calleeOf(call) : null;
    if (!call || callee === null) continue;
    const [fn, ...others] = functionsNamed(input, callee.name.text);
    if (fn === undefined || others.length > 0) continue;
    const shift = fn.self !== null && callee.receiver === null ? 1 : 0;
    const index = callArguments(call).findIndex((arg) => arg.equals(use)) - shift;
    const draft = byReference(input, fn, index, use);
    if (draft === null) continue;
    found.set(`${fn.name} ${index}`, draft);
    own &&= !fn.node.text.startsWith('pub');
  }
  if (found.size < 2) return null;
  const edits = new Map(
    [...found.values()].flatMap((draft) => draft.edits.map((edit) => [JSON.stringify(edit), edit])),
  );
  const names = [...new Set([...found.keys()].map((key) => key.split(' ')[0]))];
  return {
    title: `${names.map((name) => `\`${name}\``).join(', ')} borrow what they are given`,
    edits: [...edits.values()],
    // Nobody else calls what is private: several copies would be made only to be read.
    features: { agreement: 1, repeats: edits.size, ...(own ? { idiom: 1 } : {}) },
  };
}

function byReference(input: ProposeInput, fn: RustFunction, index: number, moved: Node): Draft | null {
  const parameter = fn.parameters[index];
  if (parameter === undefined || parameter.type.type === 'reference_type') return null;
  const calls = callsOf(input, fn);
  if (
    !calls.some((call) =>
      call.args.some((arg) => arg.startIndex === moved.startIndex && arg.endIndex === moved.endIndex),
    )
  )
    return null;
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
  const moves = onward(source, parent);
  return [
    {
      title: `Borrow \`${node.text}\``,
      edits: [borrow(source, node), ...moves.map((value) => borrow(source, value))],
      features: { agreement: 0.9, repeats: 1 + moves.length },
    },
  ];
}

/** What a cursor is set to later on: `cursor = node.next`. It borrows there as well. */
function onward(source: SourceFile, binding: Node): Node[] {
  const pattern = binding.type === 'let_declaration' ? binding.childForFieldName('pattern') : null;
  const local = pattern?.type === 'identifier' ? localAt(source, pattern) : null;
  if (local === null) return [];
  return usesOf(source, local).flatMap((use) => {
    const value = use.parent?.type === 'assignment_expression' ? use.parent.childForFieldName('right') : null;
    const isTarget = use.parent?.childForFieldName('left')?.equals(use) === true;
    return isTarget && value && ['field_expression', 'index_expression'].includes(value.type) ? [value] : [];
  });
}

function borrow(source: SourceFile, node: Node, mutable = ''): Draft['edits'][number] {
  return source.edit(node.startIndex, node.endIndex, `&${mutable}${operand(node.text)}`);
}
