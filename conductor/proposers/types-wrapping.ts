// E0308 where a value stands bare and should be wrapped, or the other way round: `Some`, `Ok`, `Box::new`, `?`,
// `.collect()`. `unwrap` invents a promise and is only ever `unsure`.
//
// fn half(n: u32) -> Option<u32> { n / 2 }         before
// fn half(n: u32) -> Option<u32> { Some(n / 2) }   after
import type { Proposer } from '../types.ts';
import { containerRules } from './support/containers.ts';
import { rewriteMismatch } from './support/conversions.ts';
import { sound } from './support/drafts.ts';
import { mismatches } from './support/mismatch.ts';
import { allRules } from './support/rules.ts';
import { rust } from './support/rust.ts';

export const typesWrapping: Proposer = {
  name: 'types-wrapping',
  codes: ['E0308'],
  propose: (input) =>
    sound(
      mismatches(input)
        // `Some(&n)` in an order would put nothing before everything.
        .filter(({ node }) => !/^[<>]=?$/.test(node?.parent?.childForFieldName('operator')?.text ?? ''))
        .flatMap((one) => rewriteMismatch(input, one, containerRules, allRules)),
    ),
  examples: [
    {
      title: 'wraps in `Some`',
      before: rust`
        pub fn head(items: &[i32]) -> Option<i32> {
            if items.is_empty() {
                return None;
            }
            items[0]
        }
      `,
      after: rust`
        pub fn head(items: &[i32]) -> Option<i32> {
            if items.is_empty() {
                return None;
            }
            Some(items[0])
        }
      `,
      within: 1,
    },
    {
      title: 'wraps in two layers and converts within',
      before: rust`
        pub struct Node {
            pub name: Option<String>,
            pub next: Option<Box<Node>>,
        }

        pub fn link(node: Node) -> Node {
            let next = Node { name: "tail", next: None };
            Node { name: node.name, next: Some(Box::new(next)) }
        }
      `,
      after: rust`
        pub struct Node {
            pub name: Option<String>,
            pub next: Option<Box<Node>>,
        }

        pub fn link(node: Node) -> Node {
            let next = Node { name: Some("tail".to_string()), next: None };
            Node { name: node.name, next: Some(Box::new(next)) }
        }
      `,
      within: 1,
    },
    {
      title: 'unwraps with `?`',
      before: rust`
        use std::num::ParseIntError;

        pub fn sum(a: &str, b: &str) -> Result<i32, ParseIntError> {
            let a: i32 = a.parse::<i32>();
            let b: i32 = b.parse::<i32>()?;
            Ok(a + b)
        }
      `,
      after: rust`
        use std::num::ParseIntError;

        pub fn sum(a: &str, b: &str) -> Result<i32, ParseIntError> {
            let a: i32 = a.parse::<i32>()?;
            let b: i32 = b.parse::<i32>()?;
            Ok(a + b)
        }
      `,
      within: 1,
    },
    {
      title: 'removes a wrapper',
      before: rust`
        pub fn clamp(n: i32) -> i32 {
            if n > 10 {
                return Some(10);
            }
            n
        }
      `,
      after: rust`
        pub fn clamp(n: i32) -> i32 {
            if n > 10 {
                return 10;
            }
            n
        }
      `,
      within: 1,
    },
    {
      title: 'collects an iterator',
      before: rust`
        pub fn double(values: &[i32]) -> Vec<i32> {
            values.iter().map(|v| v * 2)
        }
      `,
      after: rust`
        pub fn double(values: &[i32]) -> Vec<i32> {
            values.iter().map(|v| v * 2).collect()
        }
      `,
      within: 1,
    },
    {
      title: 'indexes a map instead of `get`',
      before: rust`
        use std::collections::HashMap;

        pub fn price(prices: &HashMap<String, u32>, name: &str) -> u32 {
            prices.get(name)
        }
      `,
      after: rust`
        use std::collections::HashMap;

        pub fn price(prices: &HashMap<String, u32>, name: &str) -> u32 {
            prices[name]
        }
      `,
    },
    {
      title: 'converts what an option holds',
      before: rust`
        pub fn word(text: &str) -> Option<String> {
            text.split(' ').next()
        }
      `,
      after: rust`
        pub fn word(text: &str) -> Option<String> {
            text.split(' ').next().map(|x| x.to_string())
        }
      `,
      within: 1,
    },
    {
      title: 'converts each item',
      before: rust`
        pub fn owned(words: &[&str]) -> Vec<String> {
            words
        }
      `,
      after: rust`
        pub fn owned(words: &[&str]) -> Vec<String> {
            words.iter().map(|x| x.to_string()).collect()
        }
      `,
      within: 1,
    },
    {
      title: "the error as the function's own error",
      before: rust`
        pub fn check(n: i32) -> Result<i32, String> {
            if n < 0 {
                return format!("{n} is negative");
            }
            Ok(n)
        }
      `,
      after: rust`
        pub fn check(n: i32) -> Result<i32, String> {
            if n < 0 {
                return Err(format!("{n} is negative"));
            }
            Ok(n)
        }
      `,
    },
    {
      title: 'an error that is given as text',
      before: rust`
        pub struct Entry {
            pub count: u32,
        }

        pub fn entry(text: &str) -> Result<Entry, String> {
            let count = text.trim().parse::<u32>();
            Ok(Entry { count: count })
        }
      `,
      after: rust`
        pub struct Entry {
            pub count: u32,
        }

        pub fn entry(text: &str) -> Result<Entry, String> {
            let count = text.trim().parse::<u32>();
            Ok(Entry { count: count.map_err(|e| e.to_string())? })
        }
      `,
      within: 1,
    },
    {
      title: 'an error that nobody asks for',
      before: rust`
        pub fn twice(text: &str) -> Option<i32> {
            let n: i32 = text.parse::<i32>();
            Some(n * 2)
        }
      `,
      after: rust`
        pub fn twice(text: &str) -> Option<i32> {
            let n: i32 = text.parse::<i32>().ok()?;
            Some(n * 2)
        }
      `,
      within: 1,
    },
    {
      title: 'what is behind a reference',
      before: rust`
        use std::collections::HashMap;

        pub struct Member {
            pub name: String,
            pub boss: Option<u32>,
        }

        pub fn boss_of<'a>(all: &'a HashMap<u32, Member>, id: u32) -> Option<&'a str> {
            let member = all.get(&id)?;
            let boss = all.get(&member.boss)?;
            Some(&boss.name)
        }
      `,
      after: rust`
        use std::collections::HashMap;

        pub struct Member {
            pub name: String,
            pub boss: Option<u32>,
        }

        pub fn boss_of<'a>(all: &'a HashMap<u32, Member>, id: u32) -> Option<&'a str> {
            let member = all.get(&id)?;
            let boss = all.get(&member.boss?)?;
            Some(&boss.name)
        }
      `,
      within: 1,
    },
  ],
};
