// E0614, E0600: a `*` before what is no reference goes, everywhere it was written; `!` before what is no bool asks what
// was meant (`is_empty`, `is_none`), and `-` before a number in quotes takes it out of them.
//
// for i in 0..n { sum += *i; }      before
// for i in 0..n { sum += i; }       after
import type { Draft, ProposeInput, Proposer } from '../types.ts';
import { placeOf } from './support/borrow-facts.ts';
import { sound } from './support/drafts.ts';
import { receiver } from './support/expressions.ts';
import { quotedParts } from './support/mismatch.ts';
import { rust } from './support/rust.ts';

export const derefSlips: Proposer = {
  name: 'deref-slips',
  codes: ['E0614', 'E0600'],
  propose(input) {
    return sound(input.diagnostic.code === 'E0614' ? stars(input) : [...negations(input), ...quoted(input)]);
  },
  examples: [
    {
      title: 'stars before numbers',
      before: rust`
        pub fn squares(n: u32) -> u32 {
            let mut sum = 0;
            for i in 0..n {
                sum += *i * *i;
            }
            sum
        }
      `,
      after: rust`
        pub fn squares(n: u32) -> u32 {
            let mut sum = 0;
            for i in 0..n {
                sum += i * i;
            }
            sum
        }
      `,
      within: 1,
    },
    {
      title: 'not a text',
      before: rust`
        pub fn blank(name: String) -> bool {
            !name
        }
      `,
      after: rust`
        pub fn blank(name: String) -> bool {
            name.is_empty()
        }
      `,
      within: 1,
    },
    {
      title: 'a number in quotes',
      before: rust`
        pub fn below(limit: i64) -> bool {
            limit < -"40" || limit == -"1i64"
        }
      `,
      after: rust`
        pub fn below(limit: i64) -> bool {
            limit < -40 || limit == -1i64
        }
      `,
      within: 1,
    },
  ],
};

function stars(input: ProposeInput): Draft[] {
  const all = [
    input.diagnostic,
    ...input.errors.filter((error) => error !== input.diagnostic && error.code === 'E0614'),
  ];
  const edits = all.map((error) =>
    error.spans
      .filter((span) => span.primary)
      .flatMap((span) => placeOf(input, span))
      .filter((place) => place.text.startsWith('*'))
      .map((place) => place.source.edit(place.range.start, place.range.start + 1, '')),
  );
  const own = edits[0] ?? [];
  const every = edits.flat();
  const drafts: Draft[] = [{ title: 'Remove the `*`', edits: own, features: { agreement: 1 } }];
  return every.length > own.length
    ? [
        {
          title: `Remove the \`*\`, ${every.length} times`,
          edits: every,
          features: { agreement: 1, repeats: every.length },
        },
        ...drafts,
      ]
    : drafts;
}

function negations(input: ProposeInput): Draft[] {
  const [operator, type = ''] = quotedParts(input.diagnostic.message);
  if (operator !== '!') return [];
  const method = /Option</.test(type)
    ? 'is_none'
    : /Result</.test(type)
      ? 'is_err'
      : /str|String|Vec<|HashMap<|HashSet</.test(type)
        ? 'is_empty'
        : null;
  if (method === null) return [];
  return input.diagnostic.spans
    .filter((span) => span.primary)
    .flatMap((span) => placeOf(input, span))
    .filter((place) => place.text.startsWith('!'))
    .map((place) => ({
      title: `Ask \`${method}\``,
      edits: [place.source.edit(place.range.start, place.range.end, `${receiver(place.text.slice(1))}.${method}()`)],
      features: { agreement: 0.7 },
    }));
}

/** `-"1"`: the number without its quotes, wherever one was written so. */
function quoted(input: ProposeInput): Draft[] {
  if (quotedParts(input.diagnostic.message)[0] !== '-') return [];
  const edits = [input.diagnostic, ...input.errors.filter((error) => error.code === 'E0600')].flatMap((error) =>
    error.spans
      .filter((span) => span.primary)
      .flatMap((span) => placeOf(input, span))
      .flatMap(({ source, range, text }) => {
        const number = /^-\s*(["'])(\d[\d_]*(?:\.\d+)?(?:[iuf](?:8|16|32|64|128|size))?)\1$/.exec(text)?.[2];
        return number === undefined ? [] : [source.edit(range.start, range.end, `-${number}`)];
      }),
  );
  return edits.length === 0
    ? []
    : [{ title: 'The number without quotes', edits, features: { agreement: 1, repeats: edits.length } }];
}
