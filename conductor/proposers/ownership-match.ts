// E0382, E0505, E0507, E0508, E0509: a pattern takes apart what is not its own. The matched value is borrowed, or taken out
// where it is replaced anyway.
//
// match node.next { Some(next) => …, None => … }      before
// match &node.next { Some(next) => …, None => … }     after
import { descendants, enclosing, type Node, type SourceFile } from '../../tools/index/source.ts';
import type { Draft, Proposer } from '../types.ts';
import { borrowFacts, nodeOf, type Place } from './support/borrow-facts.ts';
import { sound } from './support/drafts.ts';
import { operand } from './support/expressions.ts';
import { rust } from './support/rust.ts';

export const ownershipMatch: Proposer = {
  name: 'ownership-match',
  codes: ['E0382', 'E0505', 'E0507', 'E0508', 'E0509'],
  propose(input) {
    const facts = borrowFacts(input);
    const drafts = facts.moves.flatMap(scrutinee);
    for (const use of facts.at === null ? [] : [facts.at]) {
      if (use.node !== null && scrutineeOf(use) !== null && facts.moves.length > 0) drafts.push(...scrutinee(use));
    }
    return sound(drafts);
  },
  examples: [
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
      title: 'a match on what it then replaces',
      before: rust`
        pub struct Stack {
            head: Option<Box<Item>>,
        }

        pub struct Item {
            value: i32,
            next: Option<Box<Item>>,
        }

        impl Stack {
            pub fn pop(&mut self) -> Option<i32> {
                match self.head {
                    None => None,
                    Some(item) => {
                        self.head = item.next;
                        Some(item.value)
                    }
                }
            }
        }
      `,
      after: rust`
        pub struct Stack {
            head: Option<Box<Item>>,
        }

        pub struct Item {
            value: i32,
            next: Option<Box<Item>>,
        }

        impl Stack {
            pub fn pop(&mut self) -> Option<i32> {
                match self.head.take() {
                    None => None,
                    Some(item) => {
                        self.head = item.next;
                        Some(item.value)
                    }
                }
            }
        }
      `,
      within: 1,
    },
    {
      title: 'a reference that need not be followed',
      before: rust`
        pub enum Shape {
            Named(String),
            Round(f64),
        }

        pub fn size(shape: &Shape) -> f64 {
            match *shape {
                Shape::Named(name) => name.len() as f64,
                Shape::Round(radius) => radius * 2.0,
            }
        }
      `,
      after: rust`
        pub enum Shape {
            Named(String),
            Round(f64),
        }

        pub fn size(shape: &Shape) -> f64 {
            match shape {
                Shape::Named(name) => name.len() as f64,
                Shape::Round(radius) => radius * 2.0,
            }
        }
      `,
      within: 1,
    },
  ],
};

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
  const emptied = refilled(value);
  const drafts: Draft[] = [
    {
      title: `Match on \`&${value.text}\``,
      edits: [borrow(move.source, value)],
      features: { agreement: emptied ? 0.5 : 1 },
    },
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
  if (value.type === 'unary_expression' && value.text.startsWith('*')) {
    const inner = value.namedChild(0) as Node;
    drafts.unshift({
      title: `Match on \`${inner.text}\``,
      edits: [move.source.edit(value.startIndex, value.endIndex, inner.text)],
      features: { agreement: 1, idiom: 1 },
    });
  }
  if (emptied) {
    drafts.unshift({
      title: `Take \`${value.text}\` out, leaving \`None\``,
      edits: [move.source.insert(value.endIndex, '.take()')],
      features: { agreement: 1, idiom: 1 },
    });
  }
  if (!inValue && move.node?.type === 'identifier') {
    drafts.push({
      title: `Bind \`${move.text}\` by reference`,
      edits: [move.source.insert(move.range.start, 'ref ')],
      features: { agreement: 0.6 },
    });
  }
  return drafts;
}

/** Whether the matched place, which may be written to, is given a new value where it is matched. */
function refilled(value: Node): boolean {
  if (value.type !== 'field_expression') return false;
  const fn = enclosing(value, 'function_item');
  const mutable = /&\s*(?:'\w+\s+)?mut\b/.test(fn?.childForFieldName('parameters')?.text ?? '');
  const whole = enclosing(value, 'match_expression', 'if_expression', 'while_expression');
  return (
    mutable &&
    whole !== null &&
    descendants(whole, 'assignment_expression').some((one) => one.childForFieldName('left')?.text === value.text)
  );
}

function borrow(source: SourceFile, node: Node, mutable = ''): Draft['edits'][number] {
  return source.edit(node.startIndex, node.endIndex, `&${mutable}${operand(node.text)}`);
}
