// E0308 between the types of text: `String`, `&str`, `char`, bytes, and numbers written as text.
//
// fn name() -> String { "Ada" }               before
// fn name() -> String { "Ada".to_string() }   after
import type { Proposer } from '../types.ts';
import { rewriteMismatches } from './support/conversions.ts';
import { sound } from './support/drafts.ts';
import { allRules } from './support/rules.ts';
import { rust } from './support/rust.ts';
import { textRules } from './support/text.ts';

export const typesText: Proposer = {
  name: 'types-text',
  codes: ['E0308'],
  propose: (input) => sound(rewriteMismatches(input, textRules, allRules)),
  examples: [
    {
      title: 'owns a literal in every arm',
      before: rust`
        pub fn grade(score: u32) -> String {
            match score {
                90..=100 => "A",
                80..=89 => "B",
                _ => "C",
            }
        }
      `,
      after: rust`
        pub fn grade(score: u32) -> String {
            match score {
                90..=100 => "A".to_string(),
                80..=89 => "B".to_string(),
                _ => "C".to_string(),
            }
        }
      `,
      within: 1,
    },
    {
      title: 'borrows a string as text',
      before: rust`
        pub fn kind(word: String) -> u8 {
            let plain: &str = word;
            plain.len() as u8
        }
      `,
      after: rust`
        pub fn kind(word: String) -> u8 {
            let plain: &str = word.as_str();
            plain.len() as u8
        }
      `,
      within: 1,
    },
    {
      title: 'quotes of a char',
      before: rust`
        pub fn is_dash(c: char) -> bool {
            c == "-"
        }
      `,
      after: rust`
        pub fn is_dash(c: char) -> bool {
            c == '-'
        }
      `,
      within: 1,
    },
    {
      title: 'a char literal for a byte',
      before: rust`
        pub fn spaces(bytes: &[u8]) -> usize {
            bytes.iter().filter(|b| **b == ' ').count()
        }
      `,
      after: rust`
        pub fn spaces(bytes: &[u8]) -> usize {
            bytes.iter().filter(|b| **b == b' ').count()
        }
      `,
      within: 1,
    },
    {
      title: 'a number as text',
      before: rust`
        pub fn label(n: u32) -> String {
            if n == 0 {
                return String::from("none");
            }
            n
        }
      `,
      after: rust`
        pub fn label(n: u32) -> String {
            if n == 0 {
                return String::from("none");
            }
            n.to_string()
        }
      `,
      within: 1,
    },
    {
      title: 'characters into a vector',
      before: rust`
        pub fn letters(word: &str) -> Vec<char> {
            word
        }
      `,
      after: rust`
        pub fn letters(word: &str) -> Vec<char> {
            word.chars().collect()
        }
      `,
      within: 1,
    },
    {
      title: 'a conversion that was too much',
      before: rust`
        fn greet(name: &str) -> usize {
            name.len()
        }

        pub fn hello() -> usize {
            greet("Ada".to_string())
        }
      `,
      after: rust`
        fn greet(name: &str) -> usize {
            name.len()
        }

        pub fn hello() -> usize {
            greet("Ada")
        }
      `,
      within: 1,
    },
    {
      title: 'parses in a function that may fail',
      before: rust`
        use std::num::ParseIntError;

        pub fn port(text: &str) -> Result<u16, ParseIntError> {
            let port: u16 = text;
            Ok(port)
        }
      `,
      after: rust`
        use std::num::ParseIntError;

        pub fn port(text: &str) -> Result<u16, ParseIntError> {
            let port: u16 = text.parse::<u16>()?;
            Ok(port)
        }
      `,
      within: 1,
    },
    {
      title: 'a letter in the other case',
      before: rust`
        pub fn count(text: &str, letter: char) -> usize {
            let mut found = 0;
            for c in text.chars() {
                if c.to_ascii_lowercase() == letter.to_lowercase() {
                    found += 1;
                }
            }
            found
        }
      `,
      after: rust`
        pub fn count(text: &str, letter: char) -> usize {
            let mut found = 0;
            for c in text.chars() {
                if c.to_ascii_lowercase() == letter.to_ascii_lowercase() {
                    found += 1;
                }
            }
            found
        }
      `,
      within: 1,
    },
  ],
};
