// E0308: a list whose items are of several types of the crate. Where one trait is implemented for all of them, the list holds boxes
// of its objects.
//
// let shapes = vec![Square(2.0), Circle(1.0)];                                                    before
// let shapes: Vec<Box<dyn Shape>> = vec![Box::new(Square(2.0)), Box::new(Circle(1.0))];           after
//
// Lists that a function gives as boxes already are types-boxed's.
import type { Edit } from '../../schemas/types.ts';
import { descendants, enclosing, type Node, type SourceFile } from '../../tools/index/source.ts';
import type { Draft, ProposeInput, Proposer } from '../types.ts';
import { sound } from './support/drafts.ts';
import { callArguments, methodCall, namedChildren } from './support/expressions.ts';
import { type Local, localAt, usesOf } from './support/locals.ts';
import { viewOf } from './support/macro-view.ts';
import { type Mismatch, mismatches } from './support/mismatch.ts';
import { rust } from './support/rust.ts';

export const typesSeveral: Proposer = {
  name: 'types-several',
  codes: ['E0308'],
  propose(input) {
    const view: ProposeInput = { ...input, source: (file) => viewOf(input.source(file)) };
    return sound(mismatches(view).flatMap((one) => boxed(view, one)));
  },
  examples: [
    {
      title: 'a list as it is made',
      before: rust`
        pub trait Shape {
            fn area(&self) -> f64;
        }

        pub struct Square(f64);
        pub struct Circle(f64);

        impl Shape for Square {
            fn area(&self) -> f64 {
                self.0 * self.0
            }
        }

        impl Shape for Circle {
            fn area(&self) -> f64 {
                3.0 * self.0 * self.0
            }
        }

        pub fn total() -> f64 {
            let shapes = vec![Square(2.0), Circle(1.0), Square(3.0)];
            shapes.iter().map(|shape| shape.area()).sum()
        }
      `,
      after: rust`
        pub trait Shape {
            fn area(&self) -> f64;
        }

        pub struct Square(f64);
        pub struct Circle(f64);

        impl Shape for Square {
            fn area(&self) -> f64 {
                self.0 * self.0
            }
        }

        impl Shape for Circle {
            fn area(&self) -> f64 {
                3.0 * self.0 * self.0
            }
        }

        pub fn total() -> f64 {
            let shapes: Vec<Box<dyn Shape>> = vec![Box::new(Square(2.0)), Box::new(Circle(1.0)), Box::new(Square(3.0))];
            shapes.iter().map(|shape| shape.area()).sum()
        }
      `,
      within: 1,
    },
    {
      title: 'a list that is filled',
      before: rust`
        pub trait Speak {
            fn say(&self) -> String;
        }

        pub struct Dog;
        pub struct Cat;

        impl Speak for Dog {
            fn say(&self) -> String {
                "woof".to_string()
            }
        }

        impl Speak for Cat {
            fn say(&self) -> String {
                "meow".to_string()
            }
        }

        pub fn all() -> Vec<String> {
            let mut pets = Vec::new();
            pets.push(Dog);
            pets.push(Cat);
            pets.iter().map(|pet| pet.say()).collect()
        }
      `,
      after: rust`
        pub trait Speak {
            fn say(&self) -> String;
        }

        pub struct Dog;
        pub struct Cat;

        impl Speak for Dog {
            fn say(&self) -> String {
                "woof".to_string()
            }
        }

        impl Speak for Cat {
            fn say(&self) -> String {
                "meow".to_string()
            }
        }

        pub fn all() -> Vec<String> {
            let mut pets: Vec<Box<dyn Speak>> = Vec::new();
            pets.push(Box::new(Dog));
            pets.push(Box::new(Cat));
            pets.iter().map(|pet| pet.say()).collect()
        }
      `,
      within: 1,
    },
    {
      title: 'an array',
      before: rust`
        pub trait Cost {
            fn cents(&self) -> u32;
        }

        pub struct Book {
            pub price: u32,
        }

        pub struct Gift;

        impl Cost for Book {
            fn cents(&self) -> u32 {
                self.price
            }
        }

        impl Cost for Gift {
            fn cents(&self) -> u32 {
                0
            }
        }

        pub fn sum() -> u32 {
            let items = [Book { price: 5 }, Gift];
            items.iter().map(|item| item.cents()).sum()
        }
      `,
      after: rust`
        pub trait Cost {
            fn cents(&self) -> u32;
        }

        pub struct Book {
            pub price: u32,
        }

        pub struct Gift;

        impl Cost for Book {
            fn cents(&self) -> u32 {
                self.price
            }
        }

        impl Cost for Gift {
            fn cents(&self) -> u32 {
                0
            }
        }

        pub fn sum() -> u32 {
            let items: [Box<dyn Cost>; 2] = [Box::new(Book { price: 5 }), Box::new(Gift)];
            items.iter().map(|item| item.cents()).sum()
        }
      `,
      within: 1,
    },
  ],
};

const FILLS: ReadonlySet<string> = new Set(['push', 'push_back', 'push_front']);

function boxed(input: ProposeInput, one: Mismatch): Draft[] {
  const { source, node, expected, found } = one;
  if (node === null || expected.kind !== 'path' || found.kind !== 'path' || expected.name === found.name) return [];
  const traits = commonTraits(input, expected.name, found.name);
  const list = listOf(source, node);
  const [trait] = traits;
  if (traits.length !== 1 || trait === undefined || list === null) return [];
  const { local, literal } = list;
  const items = [...(literal === null ? [] : itemsOf(literal)), ...filled(source, local)];
  const edits = items
    .filter((item) => !/^Box::new\b/.test(item.text))
    .flatMap((item): Edit[] => [source.insert(item.startIndex, 'Box::new('), source.insert(item.endIndex, ')')]);
  const object = `Box<dyn ${trait}>`;
  const type = literal?.type === 'array_expression' ? `[${object}; ${itemsOf(literal).length}]` : `Vec<${object}>`;
  if (local.type !== null) edits.push(source.edit(local.type.startIndex, local.type.endIndex, type));
  else edits.push(source.insert(local.node.endIndex, `: ${type}`));
  return [
    {
      title: `\`${local.name}\` holds \`${object}\``,
      edits,
      features: { agreement: 1, idiom: 1, repeats: items.length },
    },
  ];
}

/** The local that holds an item: by the literal it is bound to, or by what is pushed onto it. */
function listOf(source: SourceFile, node: Node): { readonly local: Local; readonly literal: Node | null } | null {
  const pushed = node.parent?.type === 'arguments' ? methodCall(node.parent.parent) : null;
  if (pushed !== null && FILLS.has(pushed.name.text) && pushed.receiver.type === 'identifier') {
    const local = localAt(source, pushed.receiver);
    if (local?.declaration.type !== 'let_declaration') return null;
    const made = local.value === null ? null : literalOf(local.value);
    return { local, literal: made };
  }
  const literal = enclosing(node.parent, 'array_expression', 'call_expression');
  if (literal === null || literalOf(literal) === null || !itemsOf(literal).some((item) => item.equals(node)))
    return null;
  const declaration = literal.parent?.type === 'let_declaration' ? literal.parent : null;
  const name = declaration?.childForFieldName('pattern');
  const identifier = name?.type === 'identifier' ? name : null;
  const local = identifier === null ? null : localAt(source, identifier);
  return local === null ? null : { local, literal };
}

/** `[a, b]`, or `vec![a, b]` as the view has it. */
const literalOf = (node: Node): Node | null =>
  node.type === 'array_expression' || node.childForFieldName('function')?.text === 'vec_' ? node : null;

const itemsOf = (literal: Node): readonly Node[] =>
  literal.type === 'array_expression' ? namedChildren(literal) : callArguments(literal);

function filled(source: SourceFile, local: Local): Node[] {
  return usesOf(source, local).flatMap((use) => {
    const call = use.parent?.type === 'field_expression' ? methodCall(use.parent.parent) : null;
    return call?.receiver.equals(use) === true && FILLS.has(call.name.text) ? call.args.slice(0, 1) : [];
  });
}

/** Traits of the crate that are implemented for both types. */
function commonTraits(input: ProposeInput, a: string, b: string): string[] {
  const of = new Map<string, Set<string>>();
  const own = new Set<string>();
  for (const file of input.files) {
    const source = input.source(file);
    if (source === null) continue;
    for (const trait of descendants(source.root, 'trait_item')) own.add(trait.childForFieldName('name')?.text ?? '');
    for (const impl of descendants(source.root, 'impl_item')) {
      const type = impl.childForFieldName('type')?.text.replace(/<.*$/s, '') ?? '';
      const trait = impl.childForFieldName('trait')?.text ?? '';
      of.set(type, (of.get(type) ?? new Set()).add(trait));
    }
  }
  return [...(of.get(a) ?? [])].filter((trait) => own.has(trait) && of.get(b)?.has(trait) === true);
}
