// E0107: a generic type of std without its arguments. An iterator's `next` gives an option of its items, a binding leaves them open,
// and what a function gives is left for the compiler to tell.
//
// fn next(&mut self) -> Option { … }                     before
// fn next(&mut self) -> Option<Self::Item> { … }         after
//
// fn words(text: &str) -> Vec { … }                      before
// fn words(text: &str) -> Vec<_> { … }                   after, for which the compiler suggests the type
import { enclosing, type Node, type SourceFile } from '../../tools/index/source.ts';
import type { Draft, ProposeInput, Proposer } from '../types.ts';
import { sound } from './support/drafts.ts';
import { functionsNamed } from './support/functions.ts';
import { quotedParts } from './support/mismatch.ts';
import { rust } from './support/rust.ts';

export const typesOmitted: Proposer = {
  name: 'types-omitted',
  codes: ['E0107'],
  propose(input) {
    const span = input.diagnostic.spans.find((one) => one.primary);
    const source = span === undefined ? null : input.source(span.file);
    if (span === undefined || source === null || !input.diagnostic.message.startsWith('missing generics')) return [];
    const node = source.nodeAt(source.range(span));
    const count = Number(/expected (?:at least )?(\d+) generic argument/.exec(span.label ?? '')?.[1] ?? '1');
    return sound(written(input, source, node, count));
  },
  examples: [
    {
      title: 'the item of an iterator',
      before: rust`
        pub struct Countdown(u32);

        impl Iterator for Countdown {
            type Item = u32;

            fn next(&mut self) -> Option {
                self.0 = self.0.checked_sub(1)?;
                Some(self.0)
            }
        }
      `,
      after: rust`
        pub struct Countdown(u32);

        impl Iterator for Countdown {
            type Item = u32;

            fn next(&mut self) -> Option<Self::Item> {
                self.0 = self.0.checked_sub(1)?;
                Some(self.0)
            }
        }
      `,
      within: 1,
    },
    {
      title: 'as the trait of the crate has it',
      before: rust`
        pub trait Store {
            fn find(&self, key: &str) -> Option<u32>;
        }

        pub struct One(u32);

        impl Store for One {
            fn find(&self, key: &str) -> Option {
                if key == "one" { Some(self.0) } else { None }
            }
        }
      `,
      after: rust`
        pub trait Store {
            fn find(&self, key: &str) -> Option<u32>;
        }

        pub struct One(u32);

        impl Store for One {
            fn find(&self, key: &str) -> Option<u32> {
                if key == "one" { Some(self.0) } else { None }
            }
        }
      `,
      within: 1,
    },
    {
      title: 'a binding',
      before: rust`
        pub fn evens(values: &[i32]) -> usize {
            let found: Vec = values.iter().filter(|v| *v % 2 == 0).collect();
            found.len()
        }
      `,
      after: rust`
        pub fn evens(values: &[i32]) -> usize {
            let found: Vec<_> = values.iter().filter(|v| *v % 2 == 0).collect();
            found.len()
        }
      `,
      within: 1,
    },
  ],
};

function written(input: ProposeInput, source: SourceFile, node: Node, count: number): Draft[] {
  const name = quotedParts(input.diagnostic.message)[0] ?? node.text;
  const fn = enclosing(node, 'function_item', 'block');
  const result = fn?.type === 'function_item' ? fn.childForFieldName('return_type') : null;
  const draft = (title: string, text: string, agreement: number): Draft => ({
    title,
    edits: [source.edit(node.startIndex, node.endIndex, text)],
    features: { agreement },
  });
  const open = draft('Leave its arguments open', `${node.text}<${Array(count).fill('_').join(', ')}>`, 0.6);
  if (result?.startIndex !== node.startIndex || result.endIndex !== node.endIndex || fn === null)
    return enclosing(node, 'let_declaration') === null ? [] : [open];
  const impl = enclosing(fn, 'impl_item');
  const trait = impl?.childForFieldName('trait')?.text.replace(/<.*$/s, '').split('::').at(-1) ?? null;
  const own = fn.childForFieldName('name')?.text ?? '';
  if (trait === 'Iterator' && own === 'next') return [draft('An item', `${node.text}<Self::Item>`, 1), open];
  const asked =
    trait === null
      ? undefined
      : functionsNamed(input, own).find(
          (other) => enclosing(other.node, 'trait_item')?.childForFieldName('name')?.text === trait,
        );
  const declared = asked?.returnType?.text;
  return declared?.startsWith(name) === true ? [draft('As the trait declares it', declared, 1), open] : [open];
}
