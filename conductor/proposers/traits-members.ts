// E0046, E0407, E0437, E0053, E0050, E0185, E0186, E0195, E0049: an impl that does not hold what its trait asks for. An associated
// type is read from the signatures that are there, a method that stands in another impl of the type moves in, one that
// the trait does not know moves out, and a signature becomes the trait's. A method whose body nobody wrote is shown as
// a skeleton and never guessed.
//
// impl FromStr for P { fn from_str(s: &str) -> Result<Self, String> { … } }                        before
// impl FromStr for P { type Err = String; fn from_str(s: &str) -> Result<Self, String> { … } }     after
import type { Edit } from '../../schemas/types.ts';
import { descendants, enclosing, type Node, type SourceFile } from '../../tools/index/source.ts';
import type { Draft, ProposeInput, Proposer } from '../types.ts';
import { sound } from './support/drafts.ts';
import { functionOf, type RustFunction } from './support/functions.ts';
import { freeIn, inserted, lastName, methodsOf, moveIn, removed } from './support/impl-members.ts';
import { quotedParts } from './support/mismatch.ts';
import { rust } from './support/rust.ts';
import { isPath, parseType, type RustType, writeType } from './support/rust-type.ts';

export const traitsMembers: Proposer = {
  name: 'traits-members',
  codes: ['E0046', 'E0407', 'E0053', 'E0050', 'E0185', 'E0186', 'E0195', 'E0049'],
  propose(input) {
    const span = input.diagnostic.spans.find((one) => one.primary);
    const source = span === undefined ? null : input.source(span.file);
    if (span === undefined || source === null) return [];
    const at = source.nodeAt(source.range(span));
    const impl = enclosing(at, 'impl_item') ?? implFrom(source, source.range(span).start);
    if (impl === null) return [];
    switch (input.diagnostic.code) {
      case 'E0046':
        return sound(missing(input, source, impl));
      case 'E0407':
        return sound(movedOut(source, impl, enclosing(at, 'function_item')));
      default:
        return sound(asTheTraitSays(input, source, impl, enclosing(at, 'function_item')));
    }
  },
  examples: [
    {
      title: 'the error type of a conversion, from the signature',
      before: rust`
        use std::str::FromStr;

        pub struct Port(u16);

        impl FromStr for Port {
            fn from_str(s: &str) -> Result<Self, String> {
                s.parse().map(Port).map_err(|_| format!("bad port {s}"))
            }
        }
      `,
      after: rust`
        use std::str::FromStr;

        pub struct Port(u16);

        impl FromStr for Port {
            type Err = String;

            fn from_str(s: &str) -> Result<Self, String> {
                s.parse().map(Port).map_err(|_| format!("bad port {s}"))
            }
        }
      `,
      within: 1,
    },
    {
      title: 'what an operator gives',
      before: rust`
        use std::ops::Add;

        #[derive(Clone, Copy)]
        pub struct V(f64, f64);

        impl Add for V {
            fn add(self, other: V) -> V {
                V(self.0 + other.0, self.1 + other.1)
            }
        }
      `,
      after: rust`
        use std::ops::Add;

        #[derive(Clone, Copy)]
        pub struct V(f64, f64);

        impl Add for V {
            type Output = V;

            fn add(self, other: V) -> V {
                V(self.0 + other.0, self.1 + other.1)
            }
        }
      `,
      within: 1,
    },
    {
      title: 'what an iterator gives',
      before: rust`
        pub struct Count(u32);

        impl Iterator for Count {
            fn next(&mut self) -> Option<u32> {
                self.0 += 1;
                Some(self.0)
            }
        }
      `,
      after: rust`
        pub struct Count(u32);

        impl Iterator for Count {
            type Item = u32;

            fn next(&mut self) -> Option<u32> {
                self.0 += 1;
                Some(self.0)
            }
        }
      `,
      within: 1,
    },
    {
      title: 'a method that slipped into the inherent impl',
      before: rust`
        pub trait Shape {
            fn area(&self) -> f64;
            fn name(&self) -> String;
        }

        pub struct Square(f64);

        impl Shape for Square {
            fn area(&self) -> f64 {
                self.0 * self.0
            }
        }

        impl Square {
            fn name(&self) -> String {
                String::from("square")
            }

            pub fn side(&self) -> f64 {
                self.0
            }
        }
      `,
      after: rust`
        pub trait Shape {
            fn area(&self) -> f64;
            fn name(&self) -> String;
        }

        pub struct Square(f64);

        impl Shape for Square {
            fn area(&self) -> f64 {
                self.0 * self.0
            }

            fn name(&self) -> String {
                String::from("square")
            }
        }

        impl Square {
            pub fn side(&self) -> f64 {
                self.0
            }
        }
      `,
      within: 1,
    },
    {
      title: 'a method that the trait does not know',
      before: rust`
        pub trait Shape {
            fn area(&self) -> f64;
        }

        pub struct Square(f64);

        impl Shape for Square {
            fn area(&self) -> f64 {
                self.0 * self.0
            }

            fn diagonal(&self) -> f64 {
                self.0 * 2f64.sqrt()
            }
        }
      `,
      after: rust`
        pub trait Shape {
            fn area(&self) -> f64;
        }

        pub struct Square(f64);

        impl Shape for Square {
            fn area(&self) -> f64 {
                self.0 * self.0
            }
        }

        impl Square {
            fn diagonal(&self) -> f64 {
                self.0 * 2f64.sqrt()
            }
        }
      `,
      within: 2,
    },
    {
      title: 'a receiver that the trait does not have',
      before: rust`
        pub trait Animal {
            fn speak(&self) -> String;
        }

        pub struct Dog;

        impl Animal for Dog {
            fn speak(self) -> String {
                "woof".to_string()
            }
        }
      `,
      after: rust`
        pub trait Animal {
            fn speak(&self) -> String;
        }

        pub struct Dog;

        impl Animal for Dog {
            fn speak(&self) -> String {
                "woof".to_string()
            }
        }
      `,
      within: 1,
    },
    {
      title: 'a result that the impl forgot',
      before: rust`
        pub trait Animal {
            fn legs(&self) -> u32;
        }

        pub struct Dog;

        impl Animal for Dog {
            fn legs(&self) -> i32 {
                4
            }
        }
      `,
      after: rust`
        pub trait Animal {
            fn legs(&self) -> u32;
        }

        pub struct Dog;

        impl Animal for Dog {
            fn legs(&self) -> u32 {
                4
            }
        }
      `,
      within: 1,
    },
    {
      title: 'a method that was written as a function of its own',
      before: rust`
        pub trait Shape {
            fn area(&self) -> f64;
            fn name(&self) -> String;
        }

        pub struct Rect {
            w: f64,
            h: f64,
        }

        impl Shape for Rect {
            fn area(&self) -> f64 {
                self.w * self.h
            }
        }

        fn name(r: &Rect) -> String {
            if r.w == r.h {
                "square".to_string()
            } else {
                "rectangle".to_string()
            }
        }
      `,
      after: rust`
        pub trait Shape {
            fn area(&self) -> f64;
            fn name(&self) -> String;
        }

        pub struct Rect {
            w: f64,
            h: f64,
        }

        impl Shape for Rect {
            fn area(&self) -> f64 {
                self.w * self.h
            }

            fn name(&self) -> String {
                if self.w == self.h {
                    "square".to_string()
                } else {
                    "rectangle".to_string()
                }
            }
        }
      `,
      within: 1,
    },
  ],
};

/** The impl that begins at an index: its span is its head alone. */
function implFrom(source: SourceFile, at: number): Node | null {
  return descendants(source.root, 'impl_item').find((node) => node.startIndex === at) ?? null;
}

function missing(input: ProposeInput, source: SourceFile, impl: Node): Draft[] {
  const names = quotedParts(input.diagnostic.message.split('missing: ')[1] ?? '');
  const edits: Edit[] = [];
  const missed: string[] = [];
  let agreement = 1;
  for (const name of names) {
    const type = associatedType(source, impl, name);
    const moved = type === null ? (moveIn(input, source, impl, name) ?? freeIn(input, source, impl, name)) : null;
    if (type !== null) {
      edits.push(inserted(source, impl, `type ${name} = ${type};`, 'first'));
      agreement = Math.min(agreement, 1);
    } else if (moved !== null) edits.push(...moved);
    else missed.push(name);
  }
  const drafts: Draft[] = [];
  if (edits.length > 0 && missed.length === 0)
    drafts.push({ title: `Add ${names.map((name) => `\`${name}\``).join(', ')}`, edits, features: { agreement } });
  const skeleton = missed.flatMap((name) => skeletonOf(input, source, impl, name));
  if (skeleton.length > 0)
    drafts.push({
      title: `${missed.map((name) => `\`${name}\``).join(', ')} has to be written`,
      edits: [inserted(source, impl, skeleton.join(source.newline + source.newline), 'last')],
      flags: ['invents', 'unlikely'],
      features: { skeleton: 1 },
    });
  return drafts;
}

/** The type that the impl's own signatures spell for an associated type; null when they do not. */
function associatedType(source: SourceFile, impl: Node, name: string): string | null {
  const trait = impl.childForFieldName('trait');
  for (const fn of methodsOf(source, impl)) {
    const returns = fn.returnType === null ? null : parseType(fn.returnType.text);
    const found = returns === null ? null : inReturn(name, lastName(trait), returns);
    const text = found === null ? null : writeType(found);
    if (text !== null && !text.includes('Self::')) return text;
  }
  if (name === 'Err' || name === 'Error') return errorBuilt(impl);
  return null;
}

const OPERATORS = /^(?:Add|Sub|Mul|Div|Rem|Neg|Not|BitAnd|BitOr|BitXor|Shl|Shr)$/;

function inReturn(name: string, trait: string, returns: RustType): RustType | null {
  if (name === 'Output') {
    if (OPERATORS.test(trait)) return returns;
    return returns.kind === 'ref' ? returns.of : null;
  }
  if (name === 'Target') return returns.kind === 'ref' ? returns.of : null;
  if (name === 'Err' || name === 'Error') return isPath(returns, 'Result') ? (returns.args[1] ?? null) : null;
  if (name === 'Item') return isPath(returns, 'Option') ? (returns.args[0] ?? null) : null;
  if (name === 'IntoIter') return isPath(returns, 'Option') ? null : returns;
  return null;
}

/** `Err(format!(…))`, `Err("…".to_string())`: an error that is a text; `Err(Kind::Of)`: one of the crate's. */
function errorBuilt(impl: Node): string | null {
  for (const call of descendants(impl, 'call_expression')) {
    if (call.childForFieldName('function')?.text !== 'Err') continue;
    const value = call.childForFieldName('arguments')?.namedChild(0);
    if (!value) continue;
    if (value.type === 'macro_invocation' && value.text.startsWith('format!')) return 'String';
    if (
      value.type === 'call_expression' &&
      /^(String::from)$|\.(to_string|to_owned|into)$/.test(value.childForFieldName('function')?.text ?? '')
    )
      return 'String';
    if (value.type === 'string_literal') return "&'static str";
    const path = value.type === 'call_expression' ? value.childForFieldName('function') : value;
    const head = path?.text.split('::')[0] ?? '';
    if (/^[A-Z]/.test(head)) return head;
  }
  return null;
}

function movedOut(source: SourceFile, impl: Node, fn: Node | null): Draft[] {
  const type = impl.childForFieldName('type');
  if (fn === null || type === null || !fn.parent?.equals(impl.childForFieldName('body') as Node)) return [];
  const generics = impl.childForFieldName('type_parameters')?.text ?? '';
  const { newline } = source;
  const outer = source.indentAt(impl.startIndex);
  const indent = source.indentAt(fn.startIndex);
  const block = `${newline}${newline}${outer}impl${generics} ${type.text} {${newline}${indent}${fn.text}${newline}${outer}}`;
  return [
    {
      title: `Move \`${fn.childForFieldName('name')?.text}\` into an impl of its own`,
      edits: [removed(source, fn), source.insert(impl.endIndex, block)],
      features: { agreement: 0.7 },
    },
  ];
}

/** The signature as the trait has it, with the names that the body uses; only for traits of the crate. */
function asTheTraitSays(input: ProposeInput, source: SourceFile, impl: Node, node: Node | null): Draft[] {
  const fn = functionOf(source, node);
  const asked = fn === null ? null : traitMethod(input, source, impl, fn.name);
  const list = fn?.node.childForFieldName('parameters') ?? null;
  if (fn === null || asked === null || list === null) return [];
  const edits: Edit[] = [];
  const parameters = asked.parameters.map((wanted, index) => {
    const own = fn.parameters[index];
    return `${own?.pattern.text ?? wanted.pattern.text}: ${wanted.type.text}`;
  });
  const text = `(${[...(asked.self === null ? [] : [asked.self.text]), ...parameters].join(', ')})`;
  if (text !== list.text) edits.push(source.edit(list.startIndex, list.endIndex, text));
  const [own, generics] = [fn, asked].map((one) => one.node.childForFieldName('type_parameters')?.text ?? '');
  if (own !== generics) {
    const name = fn.node.childForFieldName('name') as Node;
    edits.push(source.edit(name.endIndex, list.startIndex, generics ?? ''));
  }
  const wanted = asked.returnType?.text ?? null;
  if (fn.returnType === null && wanted !== null) edits.push(source.insert(list.endIndex, ` -> ${wanted}`));
  else if (fn.returnType !== null && wanted !== null && fn.returnType.text !== wanted)
    edits.push(source.edit(fn.returnType.startIndex, fn.returnType.endIndex, wanted));
  else if (fn.returnType !== null && wanted === null)
    edits.push(source.edit(list.endIndex, fn.returnType.endIndex, ''));
  const drafts: Draft[] = [{ title: `\`${fn.name}\` as the trait declares it`, edits, features: { agreement: 1 } }];
  const back = theTraitAsHere(asked, fn);
  if (back.length > 0)
    drafts.push({
      title: `The trait declares \`${fn.name}\` as it is here`,
      edits: back,
      features: { agreement: 0.5 },
    });
  return drafts;
}

function theTraitAsHere(asked: RustFunction, fn: RustFunction): Edit[] {
  const [from, to] = [fn.node.childForFieldName('parameters'), asked.node.childForFieldName('parameters')];
  if (from === null || to === null) return [];
  const edits: Edit[] = [];
  if (from.text !== to.text) edits.push(asked.source.edit(to.startIndex, to.endIndex, from.text));
  const [result, old] = [fn.returnType?.text ?? null, asked.returnType];
  if (old !== null && result !== null && old.text !== result)
    edits.push(asked.source.edit(old.startIndex, old.endIndex, result));
  else if (old === null && result !== null) edits.push(asked.source.insert(to.endIndex, ` -> ${result}`));
  else if (old !== null && result === null) edits.push(asked.source.edit(to.endIndex, old.endIndex, ''));
  return edits;
}

/** The declaration in the trait; of traits with one name, that of the same file. */
function traitMethod(input: ProposeInput, own: SourceFile, impl: Node, name: string): RustFunction | null {
  const trait = lastName(impl.childForFieldName('trait'));
  for (const path of [own.path, ...input.files]) {
    const source = input.source(path);
    for (const node of source === null ? [] : descendants(source.root, 'trait_item')) {
      if (source === null || node.childForFieldName('name')?.text !== trait) continue;
      const found = methodsOf(source, node).find((fn) => fn.name === name);
      if (found !== undefined) return found;
    }
  }
  return null;
}

/** The declaration of a missing method with a body for a person to write. */
function skeletonOf(input: ProposeInput, source: SourceFile, impl: Node, name: string): string[] {
  const asked = traitMethod(input, source, impl, name);
  if (asked === null) return [];
  return [`${asked.node.text.replace(/;\s*$/, '')} {\n    todo!()\n}`];
}
