// E0308 between the arms of a `match` or the branches of an `if`: all earlier arms are converted to the type of the one
// reported, or it to theirs. E0308 with several wrong arguments: all of them at once.
//
// match n { 0 => "none", _ => n.to_string() }                     before
// match n { 0 => "none".to_string(), _ => n.to_string() }         after
import type { Node } from '../../tools/index/source.ts';
import type { Draft, ProposeInput, Proposer } from '../types.ts';
import { convert, fitted, siteOf } from './support/conversions.ts';
import { sound } from './support/drafts.ts';
import { namedChildren, rangeOf } from './support/expressions.ts';
import { type Mismatch, mismatches, mismatchOf } from './support/mismatch.ts';
import { allRules } from './support/rules.ts';
import { rust } from './support/rust.ts';
import { matches } from './support/rust-type.ts';
import { statementsOf } from './support/statements.ts';

export const typesArms: Proposer = {
  name: 'types-arms',
  codes: ['E0308'],
  propose(input) {
    const wrong = mismatches(input);
    return sound([...together(input, wrong), ...(wrong.length === 1 ? otherArms(input, wrong[0] as Mismatch) : [])]);
  },
  examples: [
    {
      title: 'the earlier arms follow the reported one',
      before: rust`
        pub fn name(n: u32) -> usize {
            let text = match n {
                0 => "none",
                1 => "one",
                _ => n.to_string(),
            };
            text.len()
        }
      `,
      after: rust`
        pub fn name(n: u32) -> usize {
            let text = match n {
                0 => "none".to_string(),
                1 => "one".to_string(),
                _ => n.to_string(),
            };
            text.len()
        }
      `,
      within: 1,
    },
    {
      title: 'the branch before',
      before: rust`
        pub fn ratio(a: f64, n: i32) -> bool {
            let r = if a == 0.0 { 0 } else { a / n as f64 };
            r > 0.5
        }
      `,
      after: rust`
        pub fn ratio(a: f64, n: i32) -> bool {
            let r = if a == 0.0 { 0.0 } else { a / n as f64 };
            r > 0.5
        }
      `,
      within: 1,
    },
    {
      title: 'two wrong arguments of one call',
      before: rust`
        fn pad(text: &str, width: usize) -> String {
            format!("{text:>width$}")
        }

        pub fn right(text: String, width: u32) -> String {
            pad(text, width)
        }
      `,
      after: rust`
        fn pad(text: &str, width: usize) -> String {
            format!("{text:>width$}")
        }

        pub fn right(text: String, width: u32) -> String {
            pad(&text, width as usize)
        }
      `,
      within: 1,
    },
  ],
};

/** The best conversion of every mismatch at once. */
function together(input: ProposeInput, wrong: readonly Mismatch[]): Draft[] {
  if (wrong.length < 2) return [];
  // Two that each have the other's type changed places: calls-arity's.
  if (wrong.some((a) => wrong.some((b) => a !== b && matches(a.found, b.expected) && matches(b.found, a.expected))))
    return [];
  const edits = wrong.flatMap((one) => {
    const conversion = convert(allRules, siteOf(allRules, input, one)).find((written) => !written.flags?.length);
    return conversion === undefined
      ? []
      : [one.source.edit(one.range.start, one.range.end, fitted(one, conversion.text))];
  });
  return edits.length === wrong.length
    ? [{ title: 'Convert every argument', edits, features: { agreement: 1, repeats: edits.length } }]
    : [];
}

/** The other arms' values, converted to the type of the reported one. */
function otherArms(input: ProposeInput, one: Mismatch): Draft[] {
  const values = earlierValues(one.node);
  if (values.length === 0) return [];
  const edits = values.flatMap((node) => {
    const reverse = mismatchOf(one.source, node, one.found, one.expected);
    const conversion = convert(allRules, siteOf(allRules, input, reverse)).find((written) => !written.flags?.length);
    const range = rangeOf(node);
    return conversion === undefined ? [] : [one.source.edit(range.start, range.end, fitted(reverse, conversion.text))];
  });
  if (edits.length !== values.length) return [];
  const declared = input.diagnostic.spans.some((span) => span.label?.includes('because of return type'));
  return [
    {
      title: 'Convert the other branches',
      edits,
      features: { agreement: declared ? 0.1 : 0.9, repeats: edits.length },
    },
  ];
}

/** Values of the arms before the one that `node` ends; of the first branch for an `else`. */
function earlierValues(node: Node | null): Node[] {
  let value = node;
  while (value?.parent?.type === 'block') value = value.parent;
  const arm = value?.parent ?? null;
  if (arm?.type === 'match_arm' && arm.parent !== null) {
    return namedChildren(arm.parent)
      .filter((other) => other.type === 'match_arm' && other.startIndex < arm.startIndex)
      .flatMap((other) => endOf(other.childForFieldName('value')));
  }
  if (arm?.type === 'else_clause' && arm.parent?.type === 'if_expression')
    return endOf(arm.parent.childForFieldName('consequence'));
  return [];
}

/** The expression that a value comes down to; none for one that leaves. */
function endOf(value: Node | null): Node[] {
  if (value === null) return [];
  if (value.type !== 'block')
    return ['return_expression', 'break_expression', 'continue_expression'].includes(value.type) ? [] : [value];
  const last = statementsOf(value).at(-1);
  return last === undefined || last.type.endsWith('statement') || last.type === 'let_declaration' ? [] : endOf(last);
}
