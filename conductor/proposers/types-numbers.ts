// E0308 between numeric types: a literal of the wanted type, else a cast, through references where there are some.
//
// let half: f64 = 1;                     before
// let half: f64 = 1.0;                   after
import type { Proposer } from '../types.ts';
import { rewriteMismatches } from './support/conversions.ts';
import { sound } from './support/drafts.ts';
import { numberRules } from './support/numbers.ts';
import { allRules } from './support/rules.ts';
import { rust } from './support/rust.ts';

export const typesNumbers: Proposer = {
  name: 'types-numbers',
  codes: ['E0308'],
  propose: (input) => sound(rewriteMismatches(input, numberRules, allRules)),
  examples: [
    {
      title: 'an integer literal for a float',
      before: rust`
        pub fn area(radius: f64) -> f64 {
            if radius < 0 {
                return 0;
            }
            3.14 * radius * radius
        }
      `,
      after: rust`
        pub fn area(radius: f64) -> f64 {
            if radius < 0.0 {
                return 0.0;
            }
            3.14 * radius * radius
        }
      `,
      within: 1,
    },
    {
      title: 'casts a length',
      before: rust`
        pub fn count(words: &[String]) -> u32 {
            words.len()
        }
      `,
      after: rust`
        pub fn count(words: &[String]) -> u32 {
            words.len() as u32
        }
      `,
      within: 1,
    },
    {
      title: 'parentheses before `<`',
      before: rust`
        pub fn short(len: u8, limit: usize) -> bool {
            let limit: usize = limit;
            limit > len && len < 9
        }
      `,
      after: rust`
        pub fn short(len: u8, limit: usize) -> bool {
            let limit: usize = limit;
            limit > len as usize && len < 9
        }
      `,
      within: 1,
    },
    {
      title: 'a sum is cast as a whole',
      before: rust`
        pub fn mean(values: &[i64]) -> f64 {
            let total: f64 = values[0] + values[1];
            total / 2.0
        }
      `,
      after: rust`
        pub fn mean(values: &[i64]) -> f64 {
            let total: f64 = (values[0] + values[1]) as f64;
            total / 2.0
        }
      `,
      within: 1,
    },
    {
      title: 'through a reference',
      before: rust`
        pub fn widen(values: &[u8]) -> u64 {
            let mut sum = 0u64;
            for v in values {
                let wide: u64 = v;
                sum += wide;
            }
            sum
        }
      `,
      after: rust`
        pub fn widen(values: &[u8]) -> u64 {
            let mut sum = 0u64;
            for v in values {
                let wide: u64 = *v as u64;
                sum += wide;
            }
            sum
        }
      `,
      within: 1,
    },
    {
      title: 'a suffix that says another type',
      before: rust`
        pub fn limit() -> u64 {
            10u32
        }
      `,
      after: rust`
        pub fn limit() -> u64 {
            10u64
        }
      `,
      within: 1,
    },
  ],
};
