// E0277, E0599: a type is used as something that a trait of the crate describes, and an `impl` of its own holds the trait's
// methods: it was meant for the trait.
//
// impl Rect { fn area(&self) -> f64 { … } }              before
// impl Shape for Rect { fn area(&self) -> f64 { … } }    after
import { descendants, type Node, type SourceFile } from '../../tools/index/source.ts';
import type { Draft, ProposeInput, Proposer } from '../types.ts';
import { sound } from './support/drafts.ts';
import { namedChildren } from './support/expressions.ts';
import { rust } from './support/rust.ts';
import { wholeLines } from './support/statements.ts';

export const traitsImplement: Proposer = {
  name: 'traits-implement',
  codes: ['E0277', 'E0599'],
  propose(input) {
    const quoted = [
      ...`${input.diagnostic.message} ${input.diagnostic.notes.map((note) => note.message).join(' ')} ${input.diagnostic.spans.map((span) => span.label ?? '').join(' ')}`.matchAll(
        /`([^`]+)`/g,
      ),
    ].map((match) => match[1] ?? '');
    const words = new Set(quoted.flatMap((text) => text.match(/\w+/g) ?? []));
    const drafts: Draft[] = [];
    for (const trait of traitsOf(input)) {
      if (!words.has(trait.name)) continue;
      for (const file of input.files) {
        const source = input.source(file);
        if (source === null) continue;
        for (const impl of descendants(source.root, 'impl_item')) {
          const name = impl.childForFieldName('type')?.text.replace(/<.*$/s, '') ?? '';
          if (words.has(name)) drafts.push(...meantFor(source, impl, trait));
        }
      }
    }
    return sound(drafts);
  },
  examples: [
    {
      title: 'an `impl` that holds the methods of the trait',
      before: rust`
        pub trait Shape {
            fn area(&self) -> f64;
            fn name(&self) -> String {
                String::from("shape")
            }
        }

        pub struct Rect {
            pub width: f64,
        }

        impl Rect {
            fn area(&self) -> f64 {
                self.width * self.width
            }
        }

        pub fn all() -> Vec<Box<dyn Shape>> {
            vec![Box::new(Rect { width: 2.0 })]
        }
      `,
      after: rust`
        pub trait Shape {
            fn area(&self) -> f64;
            fn name(&self) -> String {
                String::from("shape")
            }
        }

        pub struct Rect {
            pub width: f64,
        }

        impl Shape for Rect {
            fn area(&self) -> f64 {
                self.width * self.width
            }
        }

        pub fn all() -> Vec<Box<dyn Shape>> {
            vec![Box::new(Rect { width: 2.0 })]
        }
      `,
      within: 1,
    },
    {
      title: 'methods of the trait among others of the type',
      before: rust`
        pub trait Speak {
            fn speak(&self) -> String;
        }

        pub struct Dog;

        impl Dog {
            pub fn new() -> Self {
                Dog
            }

            pub fn speak(&self) -> String {
                "woof".to_string()
            }
        }

        pub fn talk(one: &impl Speak) -> String {
            one.speak()
        }

        pub fn bark() -> String {
            talk(&Dog::new())
        }
      `,
      after: rust`
        pub trait Speak {
            fn speak(&self) -> String;
        }

        pub struct Dog;

        impl Dog {
            pub fn new() -> Self {
                Dog
            }

        }

        impl Speak for Dog {
            fn speak(&self) -> String {
                "woof".to_string()
            }
        }

        pub fn talk(one: &impl Speak) -> String {
            one.speak()
        }

        pub fn bark() -> String {
            talk(&Dog::new())
        }
      `,
      within: 1,
    },
  ],
};

interface Trait {
  readonly name: string;
  readonly generic: boolean;
  /** Members without a body, and all of them. */
  readonly required: readonly string[];
  readonly all: ReadonlySet<string>;
}

function traitsOf(input: ProposeInput): Trait[] {
  return input.files.flatMap((file) => {
    const source = input.source(file);
    return source === null ? [] : descendants(source.root, 'trait_item').map(traitOf);
  });
}

function traitOf(item: Node): Trait {
  const members = namedChildren(item.childForFieldName('body') ?? item);
  const named = (types: readonly string[]): string[] =>
    members.filter(({ type }) => types.includes(type)).map((one) => one.childForFieldName('name')?.text ?? '');
  return {
    name: item.childForFieldName('name')?.text ?? '',
    generic: item.childForFieldName('type_parameters') !== null,
    required: named(['function_signature_item', 'associated_type', 'const_item']),
    all: new Set(named(['function_signature_item', 'associated_type', 'const_item', 'function_item'])),
  };
}

function meantFor(source: SourceFile, impl: Node, trait: Trait): Draft[] {
  const type = impl.childForFieldName('type');
  const body = impl.childForFieldName('body');
  if (impl.childForFieldName('trait') !== null || type === null || body === null || trait.generic) return [];
  const members = namedChildren(body);
  const own = members.filter((one) => trait.all.has(one.childForFieldName('name')?.text ?? ''));
  const names = new Set(own.map((one) => one.childForFieldName('name')?.text ?? ''));
  if (own.length === 0 || !trait.required.every((name) => names.has(name))) return [];
  const title = `The \`impl\` of \`${type.text}\` is for \`${trait.name}\``;
  const hidden = (member: Node): { start: number; end: number }[] =>
    member.namedChildren.flatMap((child) =>
      child?.type === 'visibility_modifier'
        ? [
            {
              start: child.startIndex,
              end: source.text.startsWith(' ', child.endIndex) ? child.endIndex + 1 : child.endIndex,
            },
          ]
        : [],
    );
  if (own.length === members.length) {
    const bare = own.flatMap(hidden).map(({ start, end }) => source.edit(start, end, ''));
    return [
      { title, edits: [source.insert(type.startIndex, `${trait.name} for `), ...bare], features: { agreement: 1 } },
    ];
  }
  const lines = own.map((member) => ({ member, range: wholeLines(source, member) }));
  if (lines.some(({ range }) => range === null)) return [];
  const head = source.text.slice(impl.startIndex, type.startIndex);
  const texts = lines.map(({ member, range }) => {
    const text = source.slice(range as { start: number; end: number });
    const at = (range as { start: number }).start;
    return hidden(member).reduceRight((kept, { start, end }) => kept.slice(0, start - at) + kept.slice(end - at), text);
  });
  const { newline } = source;
  const block = `${newline}${newline}${head}${trait.name} for ${type.text} {${newline}${texts.join(newline)}}`;
  return [
    {
      title: `${title}, as far as it has its methods`,
      edits: [
        ...lines.map(({ range }) =>
          source.edit((range as { start: number }).start, (range as { end: number }).end, ''),
        ),
        source.insert(impl.endIndex, block),
      ],
      features: { agreement: 0.9, repeats: own.length },
    },
  ];
}
