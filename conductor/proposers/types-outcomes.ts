// E0308, E0277 of the values that leave a function: each is wrapped for the `Option` or `Result` that it declares, all at once. A
// number below zero that stands for "nothing" becomes `None`; text beside values is the error.
//
// return i; … -1                before, in fn find(…) -> Option<usize>
// return Some(i); … None        after
//
// One value alone is types-wrapping's.
import type { Edit } from '../../schemas/types.ts';
import type { Draft, ProposeInput, Proposer } from '../types.ts';
import { convert, siteOf } from './support/conversions.ts';
import { sound } from './support/drafts.ts';
import { wrappingCall } from './support/expressions.ts';
import { enclosingFunction, leavesFunction, resultsOf, returnTypeOf } from './support/functions.ts';
import { type Mismatch, mismatches, mismatchOf } from './support/mismatch.ts';
import { allRules } from './support/rules.ts';
import { rust } from './support/rust.ts';
import { isNumber, isPath, matches, parseType, type RustType } from './support/rust-type.ts';

export const typesOutcomes: Proposer = {
  name: 'types-outcomes',
  codes: ['E0308', 'E0277'],
  propose: (input) =>
    sound(
      input.diagnostic.code === 'E0277'
        ? inferredWhole(input)
        : mismatches(input).flatMap((one) => [...declaredOption(one), ...outcomes(input, one)]),
      2,
    ),
  examples: [
    {
      title: 'a number whose type was inferred from the result',
      before: rust`
        use std::num::ParseIntError;

        pub fn width(text: &str) -> Result<i32, ParseIntError> {
            let n = text.trim().parse()?;
            n
        }
      `,
      after: rust`
        use std::num::ParseIntError;

        pub fn width(text: &str) -> Result<i32, ParseIntError> {
            let n = text.trim().parse()?;
            Ok(n)
        }
      `,
      within: 1,
    },
    {
      title: 'a place or nothing',
      before: rust`
        pub fn find(values: &[i32], wanted: i32) -> Option<usize> {
            for i in 0..values.len() {
                if values[i] == wanted {
                    return i;
                }
            }
            return -1;
        }
      `,
      after: rust`
        pub fn find(values: &[i32], wanted: i32) -> Option<usize> {
            for i in 0..values.len() {
                if values[i] == wanted {
                    return Some(i);
                }
            }
            return None;
        }
      `,
      within: 1,
    },
    {
      title: 'values and an error as text',
      before: rust`
        pub fn divide(a: i32, b: i32) -> Result<i32, String> {
            if b == 0 {
                return "division by zero";
            }
            if a == 0 {
                return 0;
            }
            a / b
        }
      `,
      after: rust`
        pub fn divide(a: i32, b: i32) -> Result<i32, String> {
            if b == 0 {
                return Err("division by zero".to_string());
            }
            if a == 0 {
                return Ok(0);
            }
            Ok(a / b)
        }
      `,
      within: 1,
    },
    {
      title: 'a result that may be nothing',
      before: rust`
        pub fn first(values: &[u32]) -> u32 {
            if values.is_empty() {
                None
            } else {
                Some(values[0])
            }
        }
      `,
      after: rust`
        pub fn first(values: &[u32]) -> Option<u32> {
            if values.is_empty() {
                None
            } else {
                Some(values[0])
            }
        }
      `,
      within: 1,
    },
  ],
};

/** A function whose every result is `Some(…)` or `None` says so. */
function declaredOption({ source, node, expected, found }: Mismatch): Draft[] {
  const fn = enclosingFunction(source, node);
  const result = fn === null ? null : returnTypeOf(fn);
  if (fn === null || fn.returnType === null || node === null || !isPath(found, 'Option') || isPath(result, 'Option'))
    return [];
  const given = resultsOf(fn).map(({ text }) => text);
  const all = given.every((text) => text === 'None' || text.startsWith('Some('));
  if (result === null || !matches(result, expected) || !leavesFunction(node, fn.body) || !all || given.length < 2)
    return [];
  const type = `Option<${fn.returnType.text}>`;
  return [
    {
      title: `\`${fn.name}\` returns \`${type}\``,
      edits: [source.edit(fn.returnType.startIndex, fn.returnType.endIndex, type)],
      features: { agreement: 1, repeats: given.length },
    },
  ];
}

/** `let n = text.parse()?; n` in a function that gives a `Result`: what was inferred is the result itself, which is no number. */
function inferredWhole(input: ProposeInput): Draft[] {
  const { message, spans } = input.diagnostic;
  const type = /^the trait bound `((?:\w+::)*(?:Result|Option)<.*>): (?:\w+::)*\w+(?:<.*>)?` is not satisfied/.exec(
    message,
  )?.[1];
  const span = spans.find((one) => one.primary);
  const source = span === undefined ? null : input.source(span.file);
  if (type === undefined || span === undefined || source === null) return [];
  const fn = enclosingFunction(source, source.nodeAt(source.range(span)));
  const found = parseType(type);
  const result = fn === null ? null : returnTypeOf(fn);
  if (fn === null || found === null || result?.kind !== 'path' || found.kind !== 'path' || found.name !== result.name)
    return [];
  const wrapper = isPath(result, 'Option') ? 'Some' : 'Ok';
  const bare = resultsOf(fn).filter((node) => node.type === 'identifier' && node.text !== 'None');
  if (bare.length === 0) return [];
  return [
    {
      title: `Wrap what \`${fn.name}\` gives`,
      edits: bare.map((node) => source.edit(node.startIndex, node.endIndex, `${wrapper}(${node.text})`)),
      features: { agreement: 1, repeats: bare.length },
    },
  ];
}

function outcomes(input: ProposeInput, one: Mismatch): Draft[] {
  if (!isPath(one.expected, 'Option', 'Result') || one.expected.kind !== 'path') return [];
  const fn = enclosingFunction(one.source, one.node);
  const result = fn === null ? null : returnTypeOf(fn);
  if (fn === null || one.node === null || result === null || !matches(result, one.expected)) return [];
  if (!leavesFunction(one.node, fn.body)) return [];
  const edits = new Map<number, Edit>();
  let sentinels = 0;
  let wrapped = 0;
  const wrap = (other: Mismatch): boolean => {
    const text = isSentinel(other) ? 'None' : wrapper(input, other);
    if (text === null) return false;
    if (isSentinel(other)) sentinels += 1;
    else wrapped += 1;
    edits.set(other.range.start, other.source.edit(other.range.start, other.range.end, text));
    return true;
  };
  for (const error of [input.diagnostic, ...input.errors]) {
    if (error.code !== 'E0308') continue;
    for (const other of mismatches(input, error)) {
      const inside = enclosingFunction(other.source, other.node)?.node.equals(fn.node) === true;
      if (!inside || other.node === null || !matches(other.expected, one.expected) || edits.has(other.range.start))
        continue;
      if (other.source.path !== fn.source.path || !leavesFunction(other.node, fn.body)) continue;
      if (!wrap(other) && other.range.start === one.range.start) return [];
    }
  }
  // The compiler may stop at the first branch: literals that leave beside it are of the same kind.
  for (const node of resultsOf(fn)) {
    if (edits.has(node.startIndex) || !/^-?\d/.test(node.text) || wrappingCall(node) !== null) continue;
    wrap(mismatchOf(fn.source, node, one.expected, { kind: 'literal', of: 'integer' }));
  }
  if (edits.size < 2 && sentinels === 0) return [];
  const sure = sentinels === 0 || wrapped > 0 || resultsOf(fn).some((node) => node.text.startsWith('Some('));
  return [
    {
      title: `Wrap what \`${fn.name}\` gives`,
      edits: [...edits.values()],
      features: { agreement: sure ? 1 : 0.5, repeats: edits.size, ...(sentinels > 0 && sure ? { idiom: 1 } : {}) },
    },
  ];
}

/** A number below zero where an option is asked for, of a type that has none below zero or beside values that are none. */
function isSentinel({ expected, found, text }: Mismatch): boolean {
  return isPath(expected, 'Option') && isNumber(found) && /^-\s*1(?:\.0)?$/.test(text);
}

function wrapper(input: ProposeInput, one: Mismatch): string | null {
  const wanted: RustType = one.expected;
  const made = convert(allRules, siteOf(allRules, input, one)).filter(
    ({ text, flags }) => !flags?.length && /^(?:Some|Ok|Err)\(/.test(text),
  );
  const best = [...made].sort((a, b) => (b.agreement ?? 0.5) - (a.agreement ?? 0.5))[0];
  return wanted.kind === 'path' ? (best?.text ?? null) : null;
}
