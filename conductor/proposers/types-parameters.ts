// E0308: every call of a function gives its parameters another number type than it declares. The declarations change, all of the
// function at once, and not the values that are given: a fraction would be cut off in each of them.
//
// fn area(w: i32, h: i32) -> f64 { w * h }        area(2.5, 4.0)    before
// fn area(w: f64, h: f64) -> f64 { w * h }        area(2.5, 4.0)    after
//
// Fields and single parameters that several errors speak of are types-migrated's.
import type { Edit } from '../../schemas/types.ts';
import type { Draft, ProposeInput, Proposer } from '../types.ts';
import { sound } from './support/drafts.ts';
import { callArguments } from './support/expressions.ts';
import {
  calleeOf,
  callsOf,
  enclosingFunction,
  functionsNamed,
  type RustFunction,
  returnTypeOf,
} from './support/functions.ts';
import { viewOf } from './support/macro-view.ts';
import { type Mismatch, mismatches } from './support/mismatch.ts';
import { rust } from './support/rust.ts';
import {
  isFloat,
  isInteger,
  isNumber,
  matches,
  parseType,
  type RustType,
  widens,
  writeType,
} from './support/rust-type.ts';

export const typesParameters: Proposer = {
  name: 'types-parameters',
  codes: ['E0308'],
  propose(input) {
    const names = new Set<string>();
    const view = viewed(input);
    for (const one of mismatches(view)) {
      const called = argumentOf(one)?.name;
      // What goes wrong inside the function may have the same reason.
      const around = enclosingFunction(one.source, one.node)?.name;
      for (const name of [called, around]) if (name !== undefined) names.add(name);
    }
    return sound([...names].flatMap((name) => declared(input, name)));
  },
  examples: [
    {
      title: 'both parameters of a function that is given fractions',
      before: rust`
        fn area(w: i32, h: i32) -> f64 {
            w * h
        }

        pub fn total() -> f64 {
            area(2.5, 4.0) + area(1.0, 3.5)
        }
      `,
      after: rust`
        fn area(w: f64, h: f64) -> f64 {
            w * h
        }

        pub fn total() -> f64 {
            area(2.5, 4.0) + area(1.0, 3.5)
        }
      `,
      within: 1,
    },
    {
      title: 'one of two, in the arguments of a macro',
      before: rust`
        fn price(net: u32, tax: u32) -> String {
            format!("{:.2}", f64::from(net) * (1.0 + f64::from(tax) / 100.0))
        }

        pub fn show() {
            println!("{}", price(10, 7.5));
            println!("{}", price(20, 19.5));
        }
      `,
      after: rust`
        fn price(net: u32, tax: f64) -> String {
            format!("{:.2}", f64::from(net) * (1.0 + f64::from(tax) / 100.0))
        }

        pub fn show() {
            println!("{}", price(10, 7.5));
            println!("{}", price(20, 19.5));
        }
      `,
      within: 1,
    },
    {
      title: 'a wider number in all calls',
      before: rust`
        fn half(n: u32) -> u64 {
            u64::from(n) / 2
        }

        pub fn halves(a: u64, b: u64) -> u64 {
            half(a) + half(b)
        }
      `,
      after: rust`
        fn half(n: u64) -> u64 {
            u64::from(n) / 2
        }

        pub fn halves(a: u64, b: u64) -> u64 {
            half(a) + half(b)
        }
      `,
      within: 1,
    },
  ],
};

const viewed = (input: ProposeInput): ProposeInput => ({ ...input, source: (file) => viewOf(input.source(file)) });

/** The call that a mismatched expression is an argument of, and which one. */
function argumentOf({
  node,
}: Mismatch): { readonly name: string; readonly index: number; readonly method: boolean } | null {
  const list = node?.parent?.type === 'arguments' ? node.parent : null;
  const callee = list?.parent?.type === 'call_expression' ? calleeOf(list.parent) : null;
  if (node === null || list === null || !list.parent || callee === null) return null;
  const index = callArguments(list.parent).findIndex((arg) => arg.equals(node));
  return { name: callee.name.text, index, method: callee.receiver !== null };
}

/** The function with the types that all of its calls give; nothing where one call gives the declared type. */
function declared(input: ProposeInput, name: string): Draft[] {
  const [fn, ...others] = functionsNamed(input, name);
  if (fn === undefined || others.length > 0) return [];
  const calls = callsOf(input, fn);
  const given = fn.parameters.map((parameter) => typeGiven(input, fn, parameter.index));
  const edits: Edit[] = [];
  const changed: string[] = [];
  let lossless = false;
  for (const parameter of fn.parameters) {
    const { type, count } = given[parameter.index] ?? { type: null, count: 0 };
    const own = parseType(parameter.type.text);
    if (type === null || own === null || !isNumber(own)) continue;
    const written = type.kind === 'literal' ? (type.of === 'float' ? 'f64' : null) : writeType(type);
    if (written === null || count < calls.length || matches(type, own)) continue;
    lossless ||= (isFloat(type) && isInteger(own)) || widens(own, type);
    edits.push(fn.source.edit(parameter.type.startIndex, parameter.type.endIndex, written));
    changed.push(parameter.pattern.text);
  }
  if (edits.length === 0 || !lossless || (calls.length < 2 && edits.length < 2)) return [];
  const result = returnTypeOf(fn);
  const agrees = result !== null && given.some(({ type }) => type !== null && matches(type, result));
  return [
    {
      title: `\`${name}\` takes what it is given: \`${changed.join('`, `')}\``,
      edits,
      features: {
        agreement: 1,
        repeats: Math.max(edits.length, calls.length),
        ...(agrees || calls.length > 1 ? { idiom: 1 } : {}),
      },
    },
  ];
}

/** The one type that the errors say calls give for a parameter, and in how many calls. */
function typeGiven(input: ProposeInput, fn: RustFunction, index: number): { type: RustType | null; count: number } {
  let type: RustType | null = null;
  let count = 0;
  const view = viewed(input);
  for (const error of input.errors) {
    for (const wrong of error.code === 'E0308' ? mismatches(view, error) : []) {
      const at = argumentOf(wrong);
      if (at === null || at.name !== fn.name) continue;
      const shift = fn.self !== null && !at.method ? 1 : 0;
      if (at.index - shift !== index) continue;
      if (type !== null && writeType(type) !== writeType(wrong.found)) return { type: null, count: 0 };
      type = wrong.found;
      count += 1;
    }
  }
  return { type, count };
}
