// E0425, E0423: a value that a function uses and nobody gives it: a parameter that was forgotten. Its type is what the calls hand
// over, the field that it sets, or what stands on the other side of an operator.
//
// fn area(width: u32) -> u32 { width * height }                  before, for area(2, 3)
// fn area(width: u32, height: u32) -> u32 { width * height }     after
//
// Type parameters and receivers are names-parameters', variables names-declarations'.
import { descendants, enclosing, type Node, type SourceFile } from '../../tools/index/source.ts';
import type { Draft, ProbeRequest, ProposeInput, Proposer } from '../types.ts';
import {
  handedOn,
  likeField,
  likeOthers,
  typeBeside,
  typeExpected,
  typeOfField,
  typeOfValue,
} from './support/argument-types.ts';
import { typeQuestion } from './support/asked.ts';
import { callArguments } from './support/expressions.ts';
import { calleeOf, functionOf, type RustFunction } from './support/functions.ts';
import { expectedPlace } from './support/name-choices.ts';
import { type Slot, slotOfGeneric, slotOfTrait } from './support/parameter-slots.ts';
import { rust } from './support/rust.ts';
import { type Unresolved, unresolvedOf } from './support/unresolved.ts';

export const namesArguments: Proposer = {
  name: 'names-arguments',
  codes: ['E0425', 'E0423'],
  probes(input): ProbeRequest[] {
    const found = unresolvedOf(input);
    const place = found === null || !soughtValue(input, found) ? null : expectedPlace(input, found);
    return found === null || place === null || ownerOf(found) === null
      ? []
      : [typeQuestion(found.file, place, 'expected')];
  },
  propose(input) {
    const found = unresolvedOf(input);
    const called = found?.sought === 'function';
    if (found === null || !(called || soughtValue(input, found))) return [];
    if (!/^[a-z_]\w*$/.test(found.name) || found.name === 'self') return [];
    const fn = ownerOf(found);
    const list = fn?.node.childForFieldName('parameters') ?? null;
    if (fn === null || list === null) return [];
    const slot = slotOfTrait(input, fn) ?? slotOfGeneric(fn, found.name);
    if (slot !== null) return [filled(fn, list, found, slot)];
    if (called) return [];
    const calls = widerCalls(input, fn);
    const index = placeOf(calls, found.name) ?? fn.parameters.length;
    const given = calls.flatMap(({ source, args }) => typeOfValue(input, source, args[index] ?? null) ?? [])[0];
    const others = likeOthers(fn, found.name);
    const ofField = typeOfField(input, found) ?? handedOn(input, found);
    const type =
      ofField ??
      given ??
      typeExpected(input, found) ??
      typeBeside(fn, found) ??
      (calls.length > 0 ? likeField(input, found) : null) ??
      others?.type ??
      null;
    if (type === null) return [];
    // Without a call that hands it over, that it comes from outside is a guess.
    const usual = others !== null && others.type === type;
    const wider = calls.length > 0 || toldOfCalls(input, fn);
    const sure = wider || ofField !== null || usual;
    const own = { agreement: wider ? 1 : usual ? 0.7 : 0.4, idiom: wider || usual ? 1 : 0 };
    const place = calls.length === 0 && usual ? Math.min(others.index, fn.parameters.length) : index;
    return [filled(fn, list, found, { index: place, type, mutable: false }, sure, own)];
  },
  examples: [
    {
      title: 'the trait declares it',
      before: rust`
        use std::hash::Hasher;

        pub struct Sum(u64);

        impl Hasher for Sum {
            fn finish(&self) -> u64 {
                self.0
            }
            fn write(&mut self) {
                for byte in bytes {
                    self.0 += u64::from(*byte);
                }
            }
        }
      `,
      after: rust`
        use std::hash::Hasher;

        pub struct Sum(u64);

        impl Hasher for Sum {
            fn finish(&self) -> u64 {
                self.0
            }
            fn write(&mut self, bytes: &[u8]) {
                for byte in bytes {
                    self.0 += u64::from(*byte);
                }
            }
        }
      `,
      within: 1,
    },
    {
      title: 'the trait declares it, of a type that the file reaches by a path, beside a module of its name',
      before: rust`
        use std::fmt;

        pub struct Grid(u8);

        impl fmt::Display for Grid {
            fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
                write!(f, "{}", self.0)
            }
        }

        impl fmt::Debug for Grid {
            fn fmt(&self) -> fmt::Result {
                fmt.debug_struct("Grid").finish()
            }
        }
      `,
      after: rust`
        use std::fmt;

        pub struct Grid(u8);

        impl fmt::Display for Grid {
            fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
                write!(f, "{}", self.0)
            }
        }

        impl fmt::Debug for Grid {
            fn fmt(&self, fmt: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt.debug_struct("Grid").finish()
            }
        }
      `,
      within: 1,
    },
    {
      title: 'what the trait is implemented for',
      before: rust`
        pub struct Note(String);

        impl<'a> From<&'a str> for Note {
            fn from() -> Self {
                Note(text.to_string())
            }
        }

        impl Note {
            pub fn len(&self) -> usize {
                self.0.len()
            }
        }
      `,
      after: rust`
        pub struct Note(String);

        impl<'a> From<&'a str> for Note {
            fn from(text: &'a str) -> Self {
                Note(text.to_string())
            }
        }

        impl Note {
            pub fn len(&self) -> usize {
                self.0.len()
            }
        }
      `,
      within: 1,
    },
    {
      title: 'a type parameter is left for it',
      before: rust`
        pub fn count<I, Keep, Seen>(items: I, mut seen: Seen) -> usize
        where
            I: Iterator<Item = u32>,
            Keep: FnMut(u32) -> bool,
            Seen: FnMut(u32),
        {
            let mut all = 0;
            for item in items {
                seen(item);
                if keep(item) {
                    all += 1;
                }
            }
            all
        }
      `,
      after: rust`
        pub fn count<I, Keep, Seen>(items: I, mut keep: Keep, mut seen: Seen) -> usize
        where
            I: Iterator<Item = u32>,
            Keep: FnMut(u32) -> bool,
            Seen: FnMut(u32),
        {
            let mut all = 0;
            for item in items {
                seen(item);
                if keep(item) {
                    all += 1;
                }
            }
            all
        }
      `,
      within: 1,
    },
    {
      title: 'the calls hand it over',
      before: rust`
        fn area(width: u32) -> u32 {
            width * height
        }

        pub fn table(width: u32) -> u32 {
            area(width, 3) + area(2, width)
        }
      `,
      after: rust`
        fn area(width: u32, height: u32) -> u32 {
            width * height
        }

        pub fn table(width: u32) -> u32 {
            area(width, 3) + area(2, width)
        }
      `,
      within: 1,
    },
    {
      title: 'handed on to a function that calls it so',
      before: rust`
        pub struct Set(u64);

        pub fn encode(input: &[u8], safe: &'static Set) -> Vec<u8> {
            input.iter().map(|byte| byte ^ safe.0 as u8).collect()
        }

        pub fn encode_text(input: &str) -> Vec<u8> {
            encode(input.as_bytes(), safe)
        }
      `,
      after: rust`
        pub struct Set(u64);

        pub fn encode(input: &[u8], safe: &'static Set) -> Vec<u8> {
            input.iter().map(|byte| byte ^ safe.0 as u8).collect()
        }

        pub fn encode_text(input: &str, safe: &'static Set) -> Vec<u8> {
            encode(input.as_bytes(), safe)
        }
      `,
      within: 1,
    },
    {
      title: 'a macro hands it over',
      before: rust`
        pub struct Dice(u32);

        macro_rules! below {
            ($name:ident, $own:ident) => {
                pub fn $name(&mut self, top: u32) -> u32 {
                    self.$own(top)
                }
            };
        }

        impl Dice {
            fn under(&mut self) -> u32 {
                self.0 = self.0.wrapping_mul(31) + 7;
                self.0.min(limit)
            }

            below!(throw, under);
        }
      `,
      after: rust`
        pub struct Dice(u32);

        macro_rules! below {
            ($name:ident, $own:ident) => {
                pub fn $name(&mut self, top: u32) -> u32 {
                    self.$own(top)
                }
            };
        }

        impl Dice {
            fn under(&mut self, limit: u32) -> u32 {
                self.0 = self.0.wrapping_mul(31) + 7;
                self.0.min(limit)
            }

            below!(throw, under);
        }
      `,
      within: 1,
    },
    {
      title: 'as the other methods take it',
      before: rust`
        pub struct Table(Vec<String>);

        impl Table {
            pub fn get(&self, key: usize) -> &str {
                &self.0[key]
            }

            pub fn put(&mut self, key: usize, text: &str) {
                self.0[key] = text.to_string();
            }

            pub fn clear(&mut self) {
                self.0[key].clear();
            }

            pub fn key_of(&self, text: &str) -> Option<usize> {
                self.0.iter().position(|one| one == text)
            }
        }
      `,
      after: rust`
        pub struct Table(Vec<String>);

        impl Table {
            pub fn get(&self, key: usize) -> &str {
                &self.0[key]
            }

            pub fn put(&mut self, key: usize, text: &str) {
                self.0[key] = text.to_string();
            }

            pub fn clear(&mut self, key: usize) {
                self.0[key].clear();
            }

            pub fn key_of(&self, text: &str) -> Option<usize> {
                self.0.iter().position(|one| one == text)
            }
        }
      `,
      within: 1,
    },
    {
      title: 'in the middle, as the calls have it, of the type that a function returns',
      before: rust`
        pub struct State {
            all: u64,
            tail: u64,
        }

        fn rest(bytes: &[u8]) -> u64 {
            bytes.iter().map(|byte| u64::from(*byte)).sum()
        }

        impl State {
            fn mixed(all: u64, length: usize) -> u64 {
                (all << 1) ^ tail ^ length as u64
            }

            pub fn once(bytes: &[u8]) -> u64 {
                let tail = rest(bytes);
                Self::mixed(1, tail, bytes.len())
            }

            pub fn finish(&self, length: usize) -> u64 {
                Self::mixed(self.all, self.tail, length)
            }
        }
      `,
      after: rust`
        pub struct State {
            all: u64,
            tail: u64,
        }

        fn rest(bytes: &[u8]) -> u64 {
            bytes.iter().map(|byte| u64::from(*byte)).sum()
        }

        impl State {
            fn mixed(all: u64, tail: u64, length: usize) -> u64 {
                (all << 1) ^ tail ^ length as u64
            }

            pub fn once(bytes: &[u8]) -> u64 {
                let tail = rest(bytes);
                Self::mixed(1, tail, bytes.len())
            }

            pub fn finish(&self, length: usize) -> u64 {
                Self::mixed(self.all, self.tail, length)
            }
        }
      `,
      within: 1,
    },
    {
      title: 'a constructor that forgot one of its fields',
      before: rust`
        pub struct User {
            pub name: String,
            pub age: u8,
        }

        impl User {
            pub fn new(name: String) -> Self {
                User { name, age }
            }
        }
      `,
      after: rust`
        pub struct User {
            pub name: String,
            pub age: u8,
        }

        impl User {
            pub fn new(name: String, age: u8) -> Self {
                User { name, age }
            }
        }
      `,
      within: 1,
    },
  ],
};

/** A value; where a module has its name, the compiler says that it found that instead. */
function soughtValue({ diagnostic }: ProposeInput, { sought }: Unresolved): boolean {
  return sought === 'value' || /^expected value, found module/.test(diagnostic.message);
}

function filled(
  fn: RustFunction,
  list: Node,
  { file, name }: Unresolved,
  { index, type, mutable }: Slot,
  sure = true,
  features: Readonly<Record<string, number>> = { agreement: 1, idiom: 1 },
): Draft {
  const text = `${mutable ? 'mut ' : ''}${name}: ${type}`;
  const next = fn.parameters[index]?.node;
  const last = fn.parameters.at(-1)?.node ?? fn.self;
  const edit =
    next !== undefined
      ? file.insert(next.startIndex, `${text}, `)
      : file.insert(last?.endIndex ?? list.startIndex + 1, `${last === null ? '' : ', '}${text}`);
  return {
    title: `\`${text}\` as a parameter of \`${fn.name}\``,
    edits: [edit],
    flags: sure ? [] : ['unlikely'],
    features: { declared: 1, ...features },
  };
}

/** The function whose body uses the name; null outside of one, and in `main`. */
function ownerOf({ file, range }: Unresolved): RustFunction | null {
  const fn = functionOf(file, enclosing(file.nodeAt(range), 'function_item'));
  return fn === null || fn.body === null || fn.name === 'main' || range.start < fn.body.startIndex ? null : fn;
}

/** Whether the compiler tells of calls that give one argument more: a macro's are found by no name. */
function toldOfCalls(input: ProposeInput, fn: RustFunction): boolean {
  return input.errors.some(({ code, message, notes }) => {
    const [, takes, given] = /takes (\d+) arguments? but (\d+)/.exec(message) ?? [];
    if (code !== 'E0061' || Number(given) !== Number(takes) + 1) return false;
    return notes.some(({ spans }) =>
      spans.some((span) => {
        const at = span.file === fn.source.path ? fn.source.range(span).start : -1;
        return at >= fn.node.startIndex && at < (fn.body?.startIndex ?? fn.node.endIndex);
      }),
    );
  });
}

/** A call that gives one argument more than the function takes. */
interface WiderCall {
  readonly source: SourceFile;
  /** A `self` that is passed is not among them. */
  readonly args: readonly Node[];
  /** The place of the argument that the compiler finds too much; null where it does not say. */
  readonly unexpected: number | null;
}

function widerCalls(input: ProposeInput, fn: RustFunction): WiderCall[] {
  const extra = input.errors.flatMap(({ code, spans }) =>
    code === 'E0061' ? spans.filter(({ label }) => label?.startsWith('unexpected argument') === true) : [],
  );
  return input.files.flatMap((file) => {
    const source = input.source(file);
    if (source?.text.includes(fn.name) !== true) return [];
    const unexpected = extra.filter((span) => span.file === file).map((span) => source.range(span).start);
    return descendants(source.root, 'call_expression').flatMap((node): WiderCall[] => {
      const callee = calleeOf(node);
      const all = callArguments(node);
      const args = fn.self !== null && callee?.receiver === null ? all.slice(1) : all;
      if (callee?.name.text !== fn.name || args.length !== fn.parameters.length + 1) return [];
      const place = args.findIndex((arg) => unexpected.includes(arg.startIndex));
      return [{ source, args, unexpected: place < 0 ? null : place }];
    });
  });
}

/** Where the calls hand over what is called so, else what the compiler finds too much; null where neither says. */
function placeOf(calls: readonly WiderCall[], name: string): number | null {
  const named = new RegExp(`\\b${name}(?:\\.(?:clone|as_ref|as_mut|iter)\\(\\))?$`);
  const places = calls.map(({ args }) => args.findIndex((arg) => named.test(arg.text)));
  return places.find((place) => place >= 0) ?? calls.find(({ unexpected }) => unexpected !== null)?.unexpected ?? null;
}
