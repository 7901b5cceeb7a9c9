// E0061, E0057: a call with too few arguments. What is missing is what has the parameter's name, what other calls of the
// function pass there, what nothing has used yet, or what alone has the type; the same call is mended everywhere at once.
//
// scale(width);              before, for fn scale(width: f64, factor: f64) with `factor` in scope
// scale(width, factor);      after
//
// How probable a value is, support/argument-values.ts says; one that is not is a guess: it can only be `unsure`.
import type { Diagnostic, Edit } from '../../schemas/types.ts';
import type { Node } from '../../tools/index/source.ts';
import type { KnownName } from '../questions.ts';
import type { Draft, ProbeRequest, ProposeInput, Proposer } from '../types.ts';
import { type ArgumentValue, argumentValues, valueNames } from './support/argument-values.ts';
import { typeQuestion } from './support/asked.ts';
import { sound } from './support/drafts.ts';
import { calleeOf } from './support/functions.ts';
import { rust } from './support/rust.ts';
import { missingOf, type WrongCall, wrongCall } from './support/wrong-call.ts';

/** Values that are offered for one call. */
const most = 4;
/** Where it is less probable than this, a value is a guess, which can only be `unsure`; and where no more than that, unlikely. */
const leastSure = 0.7;
const leastLikely = 0.2;

export const callsMissing: Proposer = {
  name: 'calls-missing',
  codes: ['E0061', 'E0057'],
  probes(input): ProbeRequest[] {
    const call = wrongCall(input);
    if (call === null) return [];
    const missing = missingOf(input.diagnostic, call);
    const untyped = locals(input, call).filter((name) => name.type === null);
    // The name decides where there is one; else the types of the nearest bindings do.
    if (missing.every(({ name }) => untyped.some((local) => local.name === name))) return [];
    return untyped.flatMap(({ declared }) => {
      const source = declared === null ? null : input.source(declared.file);
      return source === null || declared === null ? [] : [typeQuestion(source, source.range(declared))];
    });
  },
  propose(input) {
    const call = wrongCall(input);
    if (call === null) return [];
    const filled = fills(input, call, input.diagnostic);
    const first = filled[0];
    if (first === undefined) return [];
    const drafts = filled.map((one) => draftOf([one]));
    const others = input.errors.flatMap((error) => {
      if (error.id === input.diagnostic.id || error.code !== input.diagnostic.code) return [];
      const other = wrongCall(input, error);
      if (other === null || other.name !== call.name) return [];
      return fills(input, other, error).slice(0, 1);
    });
    return sound(others.length === 0 ? drafts : [draftOf([first, ...others]), ...drafts]);
  },
  examples: [
    {
      title: 'a missing argument that is in scope by its name',
      before: rust`
        fn scale(width: f64, factor: f64) -> f64 {
            width * factor
        }

        pub fn resize(width: f64, factor: f64) -> f64 {
            scale(width)
        }
      `,
      after: rust`
        fn scale(width: f64, factor: f64) -> f64 {
            width * factor
        }

        pub fn resize(width: f64, factor: f64) -> f64 {
            scale(width, factor)
        }
      `,
      within: 1,
    },
    {
      title: 'a missing argument in the middle, by type',
      before: rust`
        fn tag(name: &str, open: bool, depth: usize) -> String {
            format!("{}{}{}", " ".repeat(depth), if open { "<" } else { "</" }, name)
        }

        pub fn close(name: &str, is_open: bool, depth: usize) -> String {
            tag(name, depth)
        }
      `,
      after: rust`
        fn tag(name: &str, open: bool, depth: usize) -> String {
            format!("{}{}{}", " ".repeat(depth), if open { "<" } else { "</" }, name)
        }

        pub fn close(name: &str, is_open: bool, depth: usize) -> String {
            tag(name, is_open, depth)
        }
      `,
      within: 1,
    },
    {
      title: 'a missing argument by the type of a binding that says none',
      before: rust`
        fn postage(address: &str, grams: f64) -> f64 {
            address.len() as f64 * 0.01 + grams * 0.2
        }

        pub fn total(address: &str, items: &[f64]) -> f64 {
            let pieces = items.len();
            let heavy = items.iter().sum::<f64>();
            let rebate = pieces / 10;
            postage(address) - rebate as f64
        }
      `,
      after: rust`
        fn postage(address: &str, grams: f64) -> f64 {
            address.len() as f64 * 0.01 + grams * 0.2
        }

        pub fn total(address: &str, items: &[f64]) -> f64 {
            let pieces = items.len();
            let heavy = items.iter().sum::<f64>();
            let rebate = pieces / 10;
            postage(address, heavy) - rebate as f64
        }
      `,
      within: 1,
    },
    {
      title: 'a missing argument that is a field',
      before: rust`
        pub struct Grid {
            rows: usize,
            name: String,
        }

        fn blank(name: &str, rows: usize) -> Grid {
            Grid { rows, name: name.to_string() }
        }

        impl Grid {
            pub fn cleared(&self) -> Grid {
                blank(&self.name)
            }
        }
      `,
      after: rust`
        pub struct Grid {
            rows: usize,
            name: String,
        }

        fn blank(name: &str, rows: usize) -> Grid {
            Grid { rows, name: name.to_string() }
        }

        impl Grid {
            pub fn cleared(&self) -> Grid {
                blank(&self.name, self.rows)
            }
        }
      `,
      within: 1,
    },
    {
      title: 'what was only written to so far',
      before: rust`
        pub fn pack(bits: &[bool], out: &mut Vec<u8>, spare: u8) {
            let mut last = 0u8;
            for (place, bit) in bits.iter().enumerate() {
                last |= (*bit as u8) << place;
            }
            out.push();
            assert!(spare == 0);
        }
      `,
      after: rust`
        pub fn pack(bits: &[bool], out: &mut Vec<u8>, spare: u8) {
            let mut last = 0u8;
            for (place, bit) in bits.iter().enumerate() {
                last |= (*bit as u8) << place;
            }
            out.push(last);
            assert!(spare == 0);
        }
      `,
      within: 1,
    },
    {
      title: 'what nothing has used yet, for a method of another crate',
      before: rust`
        pub fn shift(words: &mut Vec<u64>, by: u32) {
            let mut carry = 0u64;
            for word in words.iter_mut() {
                carry = *word >> by;
                *word <<= by;
            }
            let last = carry + 1;
            words.push();
        }
      `,
      after: rust`
        pub fn shift(words: &mut Vec<u64>, by: u32) {
            let mut carry = 0u64;
            for word in words.iter_mut() {
                carry = *word >> by;
                *word <<= by;
            }
            let last = carry + 1;
            words.push(last);
        }
      `,
      within: 1,
    },
    {
      title: 'what the other calls pass there',
      before: rust`
        fn pad(text: &str, width: usize, fill: char) -> String {
            let mut out = text.to_string();
            while out.len() < width {
                out.push(fill);
            }
            out
        }

        pub fn row(a: &str, b: &str) -> String {
            pad(a, 3, '.') + &pad(b, 3)
        }
      `,
      after: rust`
        fn pad(text: &str, width: usize, fill: char) -> String {
            let mut out = text.to_string();
            while out.len() < width {
                out.push(fill);
            }
            out
        }

        pub fn row(a: &str, b: &str) -> String {
            pad(a, 3, '.') + &pad(b, 3, '.')
        }
      `,
      within: 1,
    },
    {
      title: 'in a call of itself, at every place',
      before: rust`
        fn paths(x: u32, y: u32, wide: u32) -> u32 {
            if x == wide || y == 0 {
                return 1;
            }
            paths(x + 1, y) + paths(x, y - 1)
        }

        pub fn all(wide: u32) -> u32 {
            paths(0, wide, wide)
        }
      `,
      after: rust`
        fn paths(x: u32, y: u32, wide: u32) -> u32 {
            if x == wide || y == 0 {
                return 1;
            }
            paths(x + 1, y, wide) + paths(x, y - 1, wide)
        }

        pub fn all(wide: u32) -> u32 {
            paths(0, wide, wide)
        }
      `,
      within: 1,
    },
  ],
};

interface Filled {
  readonly edit: Edit;
  readonly texts: readonly string[];
  /** How probable it is that this is what stood there. */
  readonly likelihood: number;
}

function draftOf(filled: readonly Filled[]): Draft {
  const [first] = filled as [Filled];
  const likelihood = Math.min(...filled.map((one) => one.likelihood));
  return {
    title: `Pass \`${first.texts.join(', ')}\`${filled.length > 1 ? `, ${filled.length} times` : ''}`,
    edits: filled.map(({ edit }) => edit),
    flags: [
      ...(likelihood < leastSure ? ['guesses' as const] : []),
      ...(likelihood < leastLikely ? ['unlikely' as const] : []),
    ],
    features: { agreement: likelihood, ...(filled.length > 1 ? { repeats: filled.length } : {}) },
  };
}

/** The call with what is missing, best first: all of the best values, then others for the first of them. */
function fills(input: ProposeInput, call: WrongCall, diagnostic: Diagnostic): Filled[] {
  const { source, node, args } = call;
  const missing = missingOf(diagnostic, call);
  const receiver = calleeOf(node)?.receiver?.text ?? '';
  const taken = new Set([...args.map((arg) => arg.text.replace(/^&(?:mut )?/, '')), receiver]);
  const perPlace: ArgumentValue[][] = [];
  for (const one of missing) {
    const values = argumentValues(input, call, one, taken);
    const best = values[0];
    if (best === undefined) return [];
    taken.add(best.path);
    perPlace.push(values);
  }
  const list = node.childForFieldName('arguments') as Node;
  return (perPlace[0] ?? []).slice(0, most).map((lead) => {
    const chosen = [lead, ...perPlace.slice(1).map((values) => values[0] as ArgumentValue)];
    const texts = args.map((arg) => arg.text);
    missing.forEach(({ index }, i) => {
      texts.splice(index, 0, (chosen[i] as ArgumentValue).text);
    });
    return {
      edit: source.edit(list.startIndex, list.endIndex, `(${texts.join(', ')})`),
      texts: chosen.map(({ text }) => text),
      likelihood: chosen.reduce((product, one) => product * one.likelihood, 1),
    };
  });
}

function locals(input: ProposeInput, call: WrongCall): readonly KnownName[] {
  return valueNames(input, call).filter(({ kind }) => kind === 'local' || kind === 'parameter');
}
