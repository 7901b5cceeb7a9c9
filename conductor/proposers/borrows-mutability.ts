// E0596, E0594, E0384, E0308: something is written to that was not declared for it. The declaration changes together with
// everything that must agree: the calls of a function, the trait of a method, what lends the reference.
//
// fn add(list: &Vec<i32>) { list.push(1) }         add(&list);          before
// fn add(list: &mut Vec<i32>) { list.push(1) }     add(&mut list);      after
import { enclosing, type Node } from '../../tools/index/source.ts';
import type { Draft, ProposeInput, Proposer } from '../types.ts';
import { nodeOf, placeOf } from './support/borrow-facts.ts';
import { sound } from './support/drafts.ts';
import { methodCall, shortenExpression } from './support/expressions.ts';
import { localAt } from './support/locals.ts';
import { Mutability } from './support/mutability.ts';
import { rust } from './support/rust.ts';
import { statementOf } from './support/statements.ts';

export const borrowsMutability: Proposer = {
  name: 'borrows-mutability',
  codes: ['E0596', 'E0594', 'E0384', 'E0308'],
  propose(input) {
    const drafts: Draft[] = [];
    if (input.diagnostic.code === 'E0308') return sound(lentMutably(input));
    for (const span of input.diagnostic.spans.filter((one) => one.primary)) {
      for (const place of placeOf(input, span)) {
        const target = writtenTo(nodeOf(place));
        if (target === null) continue;
        const mutability = new Mutability(input);
        mutability.place(place.source, target);
        const { edits } = mutability;
        if (edits.length > 0) {
          drafts.push({
            title: `Make \`${target.text}\` mutable`,
            edits,
            features: {
              agreement: 1,
              repeats: Math.max(1, edits.length - 1),
              ...(mutability.lostWrites ? { idiom: 1 } : {}),
            },
          });
        }
        const local = localAt(place.source, target);
        const assignment = enclosing(nodeOf(place), 'assignment_expression');
        // In an inner block a new variable would end with it, and the assignment with the variable.
        const block = statementOf(assignment)?.parent;
        const same = local?.declaration.type === 'let_declaration' && block?.equals(local.declaration.parent ?? block);
        if (local !== null && input.diagnostic.code === 'E0384' && assignment !== null && same === true) {
          drafts.push({
            title: `A new \`${local.name}\``,
            edits: [place.source.insert(assignment.startIndex, 'let ')],
            features: { agreement: 0.2 },
          });
        }
      }
    }
    return sound(drafts);
  },
  examples: [
    {
      title: 'a method that is called on what is borrowed and took itself by value',
      before: rust`
        pub struct Dice {
            seed: u64,
        }

        impl Dice {
            fn next(&mut self) -> u64 {
                self.seed = self.seed * 31 + 7;
                self.seed
            }
            pub fn roll(self, sides: u64) -> u64 {
                let first = self.next();
                first % sides + 1
            }
        }

        pub fn pair(dice: &mut Dice) -> u64 {
            dice.roll(6) + dice.roll(6)
        }
      `,
      after: rust`
        pub struct Dice {
            seed: u64,
        }

        impl Dice {
            fn next(&mut self) -> u64 {
                self.seed = self.seed * 31 + 7;
                self.seed
            }
            pub fn roll(&mut self, sides: u64) -> u64 {
                let first = self.next();
                first % sides + 1
            }
        }

        pub fn pair(dice: &mut Dice) -> u64 {
            dice.roll(6) + dice.roll(6)
        }
      `,
      within: 2,
    },
    {
      title: 'a binding',
      before: rust`
        pub fn squares(n: u32) -> Vec<u32> {
            let out = Vec::new();
            for i in 0..n {
                out.push(i * i);
            }
            out
        }
      `,
      after: rust`
        pub fn squares(n: u32) -> Vec<u32> {
            let mut out = Vec::new();
            for i in 0..n {
                out.push(i * i);
            }
            out
        }
      `,
      within: 1,
    },
    {
      title: 'a parameter with its calls and the binding there',
      before: rust`
        fn fill(list: &Vec<u8>, n: u8) {
            for i in 0..n {
                list.push(i);
            }
        }

        pub fn make() -> Vec<u8> {
            let list = Vec::new();
            fill(&list, 3);
            fill(&list, 4);
            list
        }
      `,
      after: rust`
        fn fill(list: &mut Vec<u8>, n: u8) {
            for i in 0..n {
                list.push(i);
            }
        }

        pub fn make() -> Vec<u8> {
            let mut list = Vec::new();
            fill(&mut list, 3);
            fill(&mut list, 4);
            list
        }
      `,
      within: 1,
    },
    {
      title: 'a method that takes self by value and writes for nobody',
      before: rust`
        pub struct Tally {
            total: u32,
        }

        impl Tally {
            fn add(self, n: u32) {
                self.total += n;
            }
        }

        pub fn sum(values: &[u32]) -> u32 {
            let tally = Tally { total: 0 };
            for value in values {
                tally.add(*value);
            }
            tally.total
        }
      `,
      after: rust`
        pub struct Tally {
            total: u32,
        }

        impl Tally {
            fn add(&mut self, n: u32) {
                self.total += n;
            }
        }

        pub fn sum(values: &[u32]) -> u32 {
            let mut tally = Tally { total: 0 };
            for value in values {
                tally.add(*value);
            }
            tally.total
        }
      `,
      within: 1,
    },
    {
      title: 'a method, its trait, its other impl and a caller',
      before: rust`
        pub trait Counter {
            fn next(&self) -> u32;
        }

        pub struct Up {
            n: u32,
        }

        pub struct Fixed;

        impl Counter for Up {
            fn next(&self) -> u32 {
                self.n += 1;
                self.n
            }
        }

        impl Counter for Fixed {
            fn next(&self) -> u32 {
                0
            }
        }

        pub fn twice(up: Up) -> u32 {
            up.next() + up.next()
        }
      `,
      after: rust`
        pub trait Counter {
            fn next(&mut self) -> u32;
        }

        pub struct Up {
            n: u32,
        }

        pub struct Fixed;

        impl Counter for Up {
            fn next(&mut self) -> u32 {
                self.n += 1;
                self.n
            }
        }

        impl Counter for Fixed {
            fn next(&mut self) -> u32 {
                0
            }
        }

        pub fn twice(mut up: Up) -> u32 {
            up.next() + up.next()
        }
      `,
      within: 1,
    },
    {
      title: 'an option is looked into mutably',
      before: rust`
        pub struct Shelf {
            books: Vec<u32>,
        }

        impl Shelf {
            pub fn bump(&mut self, index: usize) {
                if let Some(pages) = self.books.get(index) {
                    *pages += 1;
                }
            }
        }
      `,
      after: rust`
        pub struct Shelf {
            books: Vec<u32>,
        }

        impl Shelf {
            pub fn bump(&mut self, index: usize) {
                if let Some(pages) = self.books.get_mut(index) {
                    *pages += 1;
                }
            }
        }
      `,
      within: 1,
    },
    {
      title: 'what an arm takes out of a map is changed later',
      before: rust`
        use std::collections::HashMap;

        pub struct Shelf {
            stock: HashMap<String, u32>,
        }

        impl Shelf {
            pub fn take(&mut self, name: &str) -> Result<(), String> {
                let left = match self.stock.get(name) {
                    Some(left) => left,
                    None => return Err(name.to_string()),
                };
                *left -= 1;
                Ok(())
            }
        }
      `,
      after: rust`
        use std::collections::HashMap;

        pub struct Shelf {
            stock: HashMap<String, u32>,
        }

        impl Shelf {
            pub fn take(&mut self, name: &str) -> Result<(), String> {
                let left = match self.stock.get_mut(name) {
                    Some(left) => left,
                    None => return Err(name.to_string()),
                };
                *left -= 1;
                Ok(())
            }
        }
      `,
      within: 1,
    },
    {
      title: 'a closure that changes what it is handed',
      before: rust`
        pub struct Node {
            pub value: i32,
        }

        pub struct Head {
            first: Option<Box<Node>>,
        }

        impl Head {
            pub fn first_mut(&mut self) -> Option<&mut i32> {
                self.first.as_ref().map(|node| &mut node.value)
            }
        }
      `,
      after: rust`
        pub struct Node {
            pub value: i32,
        }

        pub struct Head {
            first: Option<Box<Node>>,
        }

        impl Head {
            pub fn first_mut(&mut self) -> Option<&mut i32> {
                self.first.as_mut().map(|node| &mut node.value)
            }
        }
      `,
      within: 1,
    },
    {
      title: 'a loop over items that are changed, in a method that only looked',
      before: rust`
        pub struct Account {
            pub cents: i64,
        }

        pub struct Bank {
            accounts: Vec<Account>,
        }

        impl Bank {
            pub fn credit(&self, cents: i64) {
                for account in self.accounts.iter() {
                    account.cents += cents;
                }
            }
        }
      `,
      after: rust`
        pub struct Account {
            pub cents: i64,
        }

        pub struct Bank {
            accounts: Vec<Account>,
        }

        impl Bank {
            pub fn credit(&mut self, cents: i64) {
                for account in self.accounts.iter_mut() {
                    account.cents += cents;
                }
            }
        }
      `,
      within: 1,
    },
    {
      title: 'a method that lends mutably',
      before: rust`
        pub struct Shelf {
            books: Vec<u32>,
        }

        impl Shelf {
            pub fn first(&self) -> Option<&mut u32> {
                self.books.first()
            }
        }
      `,
      after: rust`
        pub struct Shelf {
            books: Vec<u32>,
        }

        impl Shelf {
            pub fn first(&mut self) -> Option<&mut u32> {
                self.books.first_mut()
            }
        }
      `,
      within: 1,
    },
    {
      title: 'a cell that is only looked into',
      before: rust`
        use std::cell::RefCell;
        use std::rc::Rc;

        pub struct Node {
            pub value: i32,
        }

        pub fn set(node: &Rc<RefCell<Node>>, value: i32) {
            let inner = node.borrow();
            inner.value = value;
        }
      `,
      after: rust`
        use std::cell::RefCell;
        use std::rc::Rc;

        pub struct Node {
            pub value: i32,
        }

        pub fn set(node: &Rc<RefCell<Node>>, value: i32) {
            let mut inner = node.borrow_mut();
            inner.value = value;
        }
      `,
      within: 1,
    },
    {
      title: 'a value assigned twice',
      before: rust`
        pub fn collatz(n: u64) -> u64 {
            let steps = 0;
            let mut n = n;
            while n > 1 {
                n = if n % 2 == 0 { n / 2 } else { 3 * n + 1 };
                steps += 1;
            }
            steps
        }
      `,
      after: rust`
        pub fn collatz(n: u64) -> u64 {
            let mut steps = 0;
            let mut n = n;
            while n > 1 {
                n = if n % 2 == 0 { n / 2 } else { 3 * n + 1 };
                steps += 1;
            }
            steps
        }
      `,
      within: 1,
    },
  ],
};

/** A shared reference where a mutable one is wanted: what lends it lends it mutably. */
function lentMutably(input: ProposeInput): Draft[] {
  const texts = [
    ...input.diagnostic.spans.map((span) => span.label ?? ''),
    ...input.diagnostic.notes.map((note) => note.message),
  ];
  if (
    !texts.some(
      (text) =>
        text.includes('types differ in mutability') || /expected (?:mutable )?reference `&(?:'\w+ )?mut /.test(text),
    )
  )
    return [];
  return input.diagnostic.spans
    .filter((span) => span.primary)
    .flatMap((span) => placeOf(input, span))
    .flatMap((place) => {
      const mutability = new Mutability(input);
      mutability.lent(place.source, place.node);
      const { edits } = mutability;
      return edits.length === 0
        ? []
        : [
            {
              title: `Lend \`${shortenExpression(place.text)}\` mutably`,
              edits,
              features: { agreement: 1, repeats: Math.max(1, edits.length - 1) },
            },
          ];
    });
}

/** The place that an expression writes to or borrows mutably: the left side, the receiver, what stands behind `&mut`. */
function writtenTo(node: Node): Node | null {
  switch (node.type) {
    case 'assignment_expression':
    case 'compound_assignment_expr':
      return node.childForFieldName('left');
    case 'expression_statement':
      return node.namedChild(0) === null ? null : writtenTo(node.namedChild(0) as Node);
    case 'reference_expression':
      return node.childForFieldName('value');
    case 'call_expression':
      return methodCall(node)?.receiver ?? node.childForFieldName('function');
    default:
      return node;
  }
}
