// E0308 and E0061: the arguments of a call stand in another order than the parameters. Where their types leave one order only,
// they are put into it, at every call of the function that is wrong in this way.
//
// pad('-', "xyz", 6);          before, for fn pad(text: &str, width: usize, fill: char)
// pad("xyz", 6, '-');          after
//
// Two that changed places are calls-arity's as well; what is missing or too much is not found here.
import type { Diagnostic, Edit } from '../../schemas/types.ts';
import type { Node } from '../../tools/index/source.ts';
import type { Draft, Proposer } from '../types.ts';
import { sound } from './support/drafts.ts';
import { describedType, expectation } from './support/mismatch.ts';
import { rust } from './support/rust.ts';
import { derefs, matches, parseType, type RustType } from './support/rust-type.ts';
import { type WrongCall, wrongCall } from './support/wrong-call.ts';

/** Arguments whose orders are tried: 720 for six. */
const most = 6;

export const callsReordered: Proposer = {
  name: 'calls-reordered',
  codes: ['E0308', 'E0061'],
  propose(input) {
    const call = wrongCall(input);
    const own = call === null ? null : reordered(call, input.diagnostic);
    if (call === null || own === null) return [];
    const others = input.errors.flatMap((error) => {
      const other = error === input.diagnostic || error.code !== input.diagnostic.code ? null : wrongCall(input, error);
      if (other === null || other.name !== call.name) return [];
      return reordered(other, error) ?? [];
    });
    const draft: Draft = {
      title: `The arguments of \`${call.name}\` in its order`,
      edits: own,
      features: { agreement: 1, idiom: 1 },
    };
    if (others.length === 0) return sound([draft]);
    const calls =
      1 + others.filter((edit, at) => edit.start < (others[at - 1]?.start ?? Number.POSITIVE_INFINITY)).length;
    return sound([
      { ...draft, edits: [...own, ...others], features: { agreement: 1, idiom: 1, repeats: calls } },
      draft,
    ]);
  },
  examples: [
    {
      title: 'three in a circle',
      before: rust`
        fn pad(text: &str, width: usize, fill: char) -> String {
            let mut out = text.to_string();
            while out.len() < width {
                out.push(fill);
            }
            out
        }

        pub fn line() -> String {
            pad('-', "x", 6)
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

        pub fn line() -> String {
            pad("x", 6, '-')
        }
      `,
      within: 1,
    },
    {
      title: 'two of three, in the arguments of a macro',
      before: rust`
        fn label(name: &str, count: u32, unit: char) -> String {
            format!("{name}: {count}{unit}")
        }

        pub fn show() {
            println!("{}", label(4, "rope", 'm'));
        }
      `,
      after: rust`
        fn label(name: &str, count: u32, unit: char) -> String {
            format!("{name}: {count}{unit}")
        }

        pub fn show() {
            println!("{}", label("rope", 4, 'm'));
        }
      `,
      within: 1,
    },
    {
      title: 'the same in every call of a method',
      before: rust`
        pub struct Stock {
            items: Vec<(String, u32)>,
        }

        impl Stock {
            fn add(&mut self, name: &str, count: u32) {
                self.items.push((name.to_string(), count));
            }

            pub fn fill(&mut self) {
                self.add(2, "nut");
                self.add(5, "bolt");
            }
        }
      `,
      after: rust`
        pub struct Stock {
            items: Vec<(String, u32)>,
        }

        impl Stock {
            fn add(&mut self, name: &str, count: u32) {
                self.items.push((name.to_string(), count));
            }

            pub fn fill(&mut self) {
                self.add("nut", 2);
                self.add("bolt", 5);
            }
        }
      `,
      within: 1,
    },
  ],
};

/** The edits that put the arguments into the only order in which their types fit; null where there is none or several. */
function reordered({ source, args, fn, shift }: WrongCall, diagnostic: Diagnostic): Edit[] | null {
  const own = args.slice(shift);
  if (fn === null || own.length !== fn.parameters.length || own.length < 2 || own.length > most) return null;
  const wanted = fn.parameters.map((parameter) => parseType(parameter.type.text));
  const given = own.map((arg, index) =>
    typeOf(arg, wanted[index] ?? null, diagnostic, source.path, (span) => source.range(span)),
  );
  if (wanted.some((type) => type === null) || given.some((type) => type === null)) return null;
  const fit = (arg: number, at: number): boolean => accepts(given[arg] as RustType, wanted[at] as RustType);
  const orders = fitting(own.length, fit);
  const [order] = orders;
  if (orders.length !== 1 || order === undefined || order.every((arg, at) => arg === at)) return null;
  return order.flatMap((arg, at) =>
    arg === at ? [] : [source.edit((own[at] as Node).startIndex, (own[at] as Node).endIndex, (own[arg] as Node).text)],
  );
}

/** An argument's type: as the error tells, by its literal, or, where nothing is said against it, its parameter's. */
function typeOf(
  arg: Node,
  own: RustType | null,
  diagnostic: Diagnostic,
  file: string,
  rangeOf: (span: Diagnostic['spans'][number]) => { start: number; end: number },
): RustType | null {
  for (const span of diagnostic.spans) {
    if (span.file !== file || span.label === null) continue;
    const range = rangeOf(span);
    if (range.start !== arg.startIndex || range.end !== arg.endIndex) continue;
    const found = expectation(span.label)?.found ?? null;
    if (found !== null) return found;
    const extra = /^unexpected argument #\d+ of type (`.+`)$/.exec(span.label)?.[1];
    if (extra !== undefined) return literal(arg) ?? describedType(extra);
  }
  return literal(arg) ?? own;
}

function literal(arg: Node): RustType | null {
  switch (arg.type) {
    case 'integer_literal':
      return /[iu](?:8|16|32|64|128|size)$/.test(arg.text) ? null : { kind: 'literal', of: 'integer' };
    case 'string_literal':
      return parseType('&str');
    case 'char_literal':
      return parseType('char');
    case 'boolean_literal':
      return parseType('bool');
    default:
      return null;
  }
}

function accepts(found: RustType, wanted: RustType): boolean {
  if (matches(found, wanted)) return true;
  return (
    found.kind === 'ref' && wanted.kind === 'ref' && (!wanted.mutable || found.mutable) && derefs(found.of, wanted.of)
  );
}

/** Orders in which every argument fits, two of them at most: `order[at]` is the argument that goes there. */
function fitting(count: number, fit: (arg: number, at: number) => boolean): number[][] {
  const found: number[][] = [];
  const extend = (order: readonly number[]): void => {
    if (found.length > 1) return;
    if (order.length === count) {
      found.push([...order]);
      return;
    }
    for (let arg = 0; arg < count; arg += 1)
      if (!order.includes(arg) && fit(arg, order.length)) extend([...order, arg]);
  };
  extend([]);
  return found;
}
