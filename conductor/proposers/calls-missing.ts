// E0061, E0057: a call with too few arguments. What is missing is what has the parameter's name, what other calls of the
// function pass there, what nothing has used yet, or what alone has the type; the same call is mended everywhere at once.
//
// scale(width);              before, for fn scale(width: f64, factor: f64) with `factor` in scope
// scale(width, factor);      after
//
// A value that one of several of its type is, or that nothing but its type speaks for, is a guess: it can only be `unsure`. What
// calls of other crates' functions pass elsewhere (`Some`, `from`, `push` take anything) makes a value likely, and decides nothing.
import type { Diagnostic, Edit } from '../../schemas/types.ts';
import { descendants, enclosing, type Node } from '../../tools/index/source.ts';
import { typeOfName } from '../agreement.ts';
import type { KnownName } from '../questions.ts';
import type { Draft, ProbeRequest, ProposeInput, Proposer } from '../types.ts';
import { askedNames, typeQuestion } from './support/asked.ts';
import { sound } from './support/drafts.ts';
import { callArguments } from './support/expressions.ts';
import { calleeOf } from './support/functions.ts';
import { rust } from './support/rust.ts';
import { derefs, isCopy, isText, matches, type RustType } from './support/rust-type.ts';
import { similarity } from './support/similarity.ts';
import { type Missing, missingOf, type WrongCall, wrongCall } from './support/wrong-call.ts';

/** Values that are offered for one call. */
const most = 4;

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
      if (error === input.diagnostic || error.code !== input.diagnostic.code) return [];
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
  readonly agreement: number;
  readonly guess: boolean;
  readonly unlikely: boolean;
}

function draftOf(filled: readonly Filled[]): Draft {
  const [first] = filled as [Filled];
  return {
    title: `Pass \`${first.texts.join(', ')}\`${filled.length > 1 ? `, ${filled.length} times` : ''}`,
    edits: filled.map(({ edit }) => edit),
    flags: [
      ...(filled.some(({ guess }) => guess) ? ['guesses' as const] : []),
      ...(filled.some(({ unlikely }) => unlikely) ? ['unlikely' as const] : []),
    ],
    features: {
      agreement: Math.min(...filled.map(({ agreement }) => agreement)),
      ...(filled.length > 1 ? { repeats: filled.length } : {}),
    },
  };
}

/** The call with what is missing, best first: all of the best values, then others for the first of them. */
function fills(input: ProposeInput, call: WrongCall, diagnostic: Diagnostic): Filled[] {
  const { source, node, args } = call;
  const missing = missingOf(diagnostic, call);
  const taken = new Set(args.map((arg) => arg.text.replace(/^&(?:mut )?/, '')));
  const perPlace: Value[][] = [];
  for (const one of missing) {
    const values = valuesFor(input, call, one, taken);
    const best = values[0];
    if (best === undefined) return [];
    taken.add(best.path);
    perPlace.push(values);
  }
  const list = node.childForFieldName('arguments') as Node;
  return (perPlace[0] ?? []).slice(0, most).map((lead) => {
    const chosen = [lead, ...perPlace.slice(1).map((values) => values[0] as Value)];
    const texts = args.map((arg) => arg.text);
    missing.forEach(({ index }, i) => {
      texts.splice(index, 0, (chosen[i] as Value).text);
    });
    return {
      edit: source.edit(list.startIndex, list.endIndex, `(${texts.join(', ')})`),
      texts: chosen.map(({ text }) => text),
      agreement: Math.min(1, Math.max(0, Math.min(...chosen.map(({ worth }) => worth)) / sureWorth)),
      guess: chosen.some(({ guess }) => guess),
      unlikely: chosen.some(({ unlikely }) => unlikely),
    };
  });
}

interface Value {
  /** As it is written in the call. */
  readonly text: string;
  readonly path: string;
  readonly worth: number;
  /** What of its worth tells it from other values of the type. */
  readonly decisive: number;
  /** True where others are as good, or where it is one that may as well have been written in place. */
  readonly guess: boolean;
  /** True where nothing but the type, and that of several, speaks for it. */
  readonly unlikely: boolean;
}

/** What each piece of evidence counts. The sum that leaves little doubt is `sureWorth`. */
const evidence = { name: 3, likeName: 1.5, sibling: 2.5, farSibling: 1.5, unused: 2.5, type: 1, used: -2, far: -0.1 };
const sureWorth = 3.5;
const leastLikeness = 0.5;
/** How far what decides for a value has to lead what decides for the next one: less than any name or call counts. */
const clearLead = 1;

function valuesFor(input: ProposeInput, call: WrongCall, missing: Missing, taken: ReadonlySet<string>): Value[] {
  const siblings = siblingTexts(input, call, missing.index);
  const agreed = call.fn !== null && new Set([...siblings.near.keys(), ...siblings.far.keys()]).size === 1;
  const found: Value[] = [];
  const add = (path: string, text: string, worth: number, decisive: number, sure: boolean): void => {
    if (found.some((one) => one.text === text)) return;
    const used = taken.has(path) ? evidence.used : 0;
    found.push({ text, path, worth: worth + used, decisive: decisive + used, guess: true, unlikely: !sure });
  };
  const names = [...values(input, call)];
  for (const name of names) {
    const type = typeOfName(name, input.observations);
    const text = written(name, type, missing.type);
    if (text === null) continue;
    let worth = name.distance * evidence.far;
    let decisive = 0;
    let sure = false;
    const likeness = missing.name === null ? 0 : similarity(missing.name, name.name);
    if (missing.name === name.name) decisive += evidence.name;
    else if (likeness >= leastLikeness) decisive += evidence.likeName * likeness;
    if (likeness >= leastLikeness) sure = true;
    if (siblings.near.has(text) || siblings.far.has(text)) {
      const passed = siblings.near.has(text) ? evidence.sibling : evidence.farSibling;
      if (agreed) decisive += passed;
      else worth += passed;
      sure = true;
    }
    if (type !== null && missing.type !== null) worth += evidence.type;
    if (unused(input, call, name)) {
      decisive += evidence.unused;
      sure = true;
    }
    if (!sure && (type === null || missing.type === null)) continue;
    if (!sure && !['local', 'parameter', 'field'].includes(name.kind)) continue;
    add(name.path, text, worth + decisive, decisive, sure);
  }
  for (const [texts, worth] of [
    [siblings.near, evidence.sibling],
    [siblings.far, evidence.farSibling],
  ] as const)
    for (const [text, times] of texts)
      if (constant(text)) add(text, text, worth + evidence.type + (times > 1 ? 0.5 : 0), agreed ? worth : 0, true);
  const only = found.length === 1;
  const ranked = found
    .map((one) => (only && one.unlikely ? { ...one, unlikely: false, worth: one.worth + 1.5 } : one))
    .sort((a, b) => b.worth - a.worth);
  const [best, ...others] = ranked;
  if (best === undefined) return [];
  const lead = best.decisive - Math.max(0, ...others.map(({ decisive }) => decisive));
  const decided = only
    ? best.decisive > 0 || (missing.type !== null && !writtenInPlace(missing.type))
    : lead >= clearLead;
  return [{ ...best, guess: !decided }, ...others];
}

/** Numbers, truth values and text may have been a literal or an expression: that one is in scope says little. */
function writtenInPlace(type: RustType): boolean {
  return isText(type) || isCopy(type.kind === 'ref' ? type.of : type);
}

/** What a value of its own name is: a literal, a constant, a path. */
function constant(text: string): boolean {
  return /^(?:-?\d[\w.]*|'.*'|"[^"]*"|true|false|None|(?:\w+::)*[A-Z]\w*)$/.test(text);
}

/** What the other calls of the function pass at a place: those in the same function, and the rest, with how often. */
function siblingTexts(
  input: ProposeInput,
  call: WrongCall,
  index: number,
): { readonly near: ReadonlyMap<string, number>; readonly far: ReadonlyMap<string, number> } {
  const [near, far] = [new Map<string, number>(), new Map<string, number>()];
  const wanted = call.args.length + Math.max(1, missingOf(input.diagnostic, call).length);
  const here = enclosing(call.node, 'function_item');
  for (const file of input.files) {
    const source = input.source(file);
    if (source === null || !source.text.includes(call.name)) continue;
    for (const node of descendants(source.root, 'call_expression')) {
      const callee = calleeOf(node);
      const args = callee?.name.text === call.name ? callArguments(node) : [];
      const text = args.length === wanted ? args[index]?.text : undefined;
      if (text === undefined) continue;
      const list =
        source === call.source && here !== null && enclosing(node, 'function_item')?.equals(here) ? near : far;
      list.set(text, (list.get(text) ?? 0) + 1);
    }
  }
  return { near, far };
}

/** Names that hold a value at the call, nearest first. */
function values(input: ProposeInput, call: WrongCall): readonly KnownName[] {
  return askedNames(input, call.source, call.node.startIndex).filter(
    (name) =>
      ['local', 'parameter', 'field', 'const', 'static', 'self'].includes(name.kind) &&
      !declaredWith(call, name) &&
      name.name !== '_',
  );
}

function locals(input: ProposeInput, call: WrongCall): readonly KnownName[] {
  return values(input, call).filter(({ kind }) => kind === 'local' || kind === 'parameter');
}

/** `let x = call(…)`: x is not there yet. */
function declaredWith({ source, node }: WrongCall, { declared }: KnownName): boolean {
  const declaration = enclosing(node, 'let_declaration');
  if (declaration === null || declared === null || declared.file !== source.path) return false;
  const at = source.indexOfByte(declared.start);
  return at >= declaration.startIndex && at < node.startIndex;
}

/** How a name is written where a type is asked for; null where it does not fit. */
function written(name: KnownName, type: RustType | null, wanted: RustType | null): string | null {
  if (name.kind === 'self') return name.path;
  if (type === null || wanted === null) return wanted?.kind === 'ref' && name.kind === 'field' ? null : name.path;
  if (matches(type, wanted)) return name.kind === 'field' && !isCopy(type) ? `${name.path}.clone()` : name.path;
  if (type.kind === 'ref' && wanted.kind === 'ref' && derefs(type.of, wanted.of) && (type.mutable || !wanted.mutable))
    return name.path;
  if (wanted.kind === 'ref' && derefs(type, wanted.of)) return `&${wanted.mutable ? 'mut ' : ''}${name.path}`;
  return type.kind === 'ref' && isCopy(wanted) && matches(type.of, wanted) ? `*${name.path}` : null;
}

/** A local, a parameter or `self` that nothing in the function's body reads: `carry |= bit;` only writes it. */
function unused(input: ProposeInput, call: WrongCall, name: KnownName): boolean {
  if (name.kind !== 'local' && name.kind !== 'parameter' && name.kind !== 'self') return false;
  const body = enclosing(call.node, 'function_item')?.childForFieldName('body') ?? null;
  if (body === null) return false;
  const source = name.declared === null ? null : input.source(name.declared.file);
  const at = source === null || name.declared === null ? -1 : source.indexOfByte(name.declared.start);
  const word = new RegExp(`(?<![\\p{XID_Continue}])${name.name}(?![\\p{XID_Continue}])`, 'gu');
  return ![...body.text.matchAll(word)].some((match) => {
    const written = /^\s*(?:<<|>>|[-+*/%&|^])?=(?![=>])/.test(body.text.slice(match.index + match[0].length));
    return body.startIndex + match.index !== at && !written;
  });
}
