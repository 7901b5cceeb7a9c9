// E0308 where a reference stands for a value or a value for a reference: `&`, `&mut`, `*`, `.clone()`, `.as_ref()`.
//
// fn area(sides: &Vec<u32>) -> u32 { … }
// let total = area(sides);        before
// let total = area(&sides);       after
import type { Proposer } from '../types.ts';
import { rewriteMismatches } from './support/conversions.ts';
import { sound } from './support/drafts.ts';
import { referenceRules } from './support/references.ts';
import { allRules } from './support/rules.ts';
import { rust } from './support/rust.ts';

export const typesReferences: Proposer = {
  name: 'types-references',
  codes: ['E0308'],
  propose: (input) => sound(rewriteMismatches(input, referenceRules, allRules)),
  examples: [
    {
      title: 'borrows an argument',
      before: rust`
        fn total(prices: &Vec<u32>) -> u32 {
            prices.iter().sum()
        }

        pub fn bill(prices: Vec<u32>) -> u32 {
            total(prices) + 5
        }
      `,
      after: rust`
        fn total(prices: &Vec<u32>) -> u32 {
            prices.iter().sum()
        }

        pub fn bill(prices: Vec<u32>) -> u32 {
            total(&prices) + 5
        }
      `,
      within: 1,
    },
    {
      title: 'borrows mutably where only `&` was written',
      before: rust`
        fn push_all(into: &mut Vec<i32>, from: &[i32]) {
            into.extend_from_slice(from);
        }

        pub fn join(a: &[i32]) -> Vec<i32> {
            let mut out = Vec::new();
            push_all(&out, a);
            out
        }
      `,
      after: rust`
        fn push_all(into: &mut Vec<i32>, from: &[i32]) {
            into.extend_from_slice(from);
        }

        pub fn join(a: &[i32]) -> Vec<i32> {
            let mut out = Vec::new();
            push_all(&mut out, a);
            out
        }
      `,
      within: 1,
    },
    {
      title: 'dereferences a number that an iterator lends',
      before: rust`
        pub fn largest(values: &[i32]) -> i32 {
            let mut best = values[0];
            for value in values {
                if *value > best {
                    best = value;
                }
            }
            best
        }
      `,
      after: rust`
        pub fn largest(values: &[i32]) -> i32 {
            let mut best = values[0];
            for value in values {
                if *value > best {
                    best = *value;
                }
            }
            best
        }
      `,
      within: 1,
    },
    {
      title: 'clones what cannot be copied',
      before: rust`
        pub struct Player {
            name: String,
        }

        impl Player {
            pub fn name(&self) -> String {
                let name = &self.name;
                name
            }
        }
      `,
      after: rust`
        pub struct Player {
            name: String,
        }

        impl Player {
            pub fn name(&self) -> String {
                let name = &self.name;
                name.clone()
            }
        }
      `,
      within: 1,
    },
    {
      title: 'dereferences a type of the crate that is Copy',
      before: rust`
        #[derive(Clone, Copy)]
        pub enum Side {
            Left,
            Right,
        }

        impl Side {
            pub fn keep(&self) -> Side {
                self
            }
        }
      `,
      after: rust`
        #[derive(Clone, Copy)]
        pub enum Side {
            Left,
            Right,
        }

        impl Side {
            pub fn keep(&self) -> Side {
                *self
            }
        }
      `,
      within: 1,
    },
    {
      title: 'the same slip in two arguments of two calls is repaired at once',
      before: rust`
        fn count(text: &String) -> usize {
            text.len()
        }

        pub fn both(a: String, b: String) -> usize {
            count(a) + count(b)
        }
      `,
      after: rust`
        fn count(text: &String) -> usize {
            text.len()
        }

        pub fn both(a: String, b: String) -> usize {
            count(&a) + count(&b)
        }
      `,
      within: 1,
    },
    {
      title: 'borrows what an option holds',
      before: rust`
        pub struct Node {
            value: i32,
            next: Option<Box<Node>>,
        }

        impl Node {
            pub fn next(&self) -> Option<&Node> {
                self.next
            }

            pub fn value(&self) -> i32 {
                self.value
            }
        }
      `,
      after: rust`
        pub struct Node {
            value: i32,
            next: Option<Box<Node>>,
        }

        impl Node {
            pub fn next(&self) -> Option<&Node> {
                self.next.as_deref()
            }

            pub fn value(&self) -> i32 {
                self.value
            }
        }
      `,
      within: 1,
    },
    {
      title: 'copies out of an option of a reference',
      before: rust`
        pub fn first(values: &[u8]) -> Option<u8> {
            values.first()
        }
      `,
      after: rust`
        pub fn first(values: &[u8]) -> Option<u8> {
            values.first().copied()
        }
      `,
      within: 1,
    },
    {
      title: 'a slice into an owned vector',
      before: rust`
        pub fn keep(values: &[u8]) -> Vec<u8> {
            &values[1..]
        }
      `,
      after: rust`
        pub fn keep(values: &[u8]) -> Vec<u8> {
            (&values[1..]).to_vec()
        }
      `,
    },
  ],
};
