// "associated type … is declared without lifetime parameters", E0637, E0106: a reference in an associated type. It lives for as
// long as the type does that the trait is implemented for.
//
// impl<'a> Iterator for Words<'a> { type Item = &str; … }       before
// impl<'a> Iterator for Words<'a> { type Item = &'a str; … }    after
import { descendants, enclosing, type Node, type SourceFile } from '../../tools/index/source.ts';
import type { Draft, Proposer } from '../types.ts';
import { sound } from './support/drafts.ts';
import { argument, associatedReferences, declare, name } from './support/lifetime-edits.ts';
import { rust } from './support/rust.ts';

export const lifetimesAssociated: Proposer = {
  name: 'lifetimes-associated',
  codes: [null, 'E0637', 'E0106'],
  propose(input) {
    const { code, message, spans } = input.diagnostic;
    if (code === null && !/without lifetime parameters/.test(message)) return [];
    return sound(
      spans
        .filter((span) => span.primary)
        .flatMap((span) => {
          const source = input.source(span.file);
          const impl = source === null ? null : enclosing(source.nodeAt(source.range(span)), 'impl_item');
          return source === null || impl === null ? [] : ofAssociated(source, impl);
        }),
    );
  },
  examples: [
    {
      title: 'an associated type of an implementation that says which lifetime',
      before: rust`
        pub struct Words<'a> {
            text: &'a str,
        }

        impl<'a> Iterator for Words<'a> {
            type Item = &str;

            fn next(&mut self) -> Option<Self::Item> {
                let (word, rest) = self.text.split_once(' ')?;
                self.text = rest;
                Some(word)
            }
        }
      `,
      after: rust`
        pub struct Words<'a> {
            text: &'a str,
        }

        impl<'a> Iterator for Words<'a> {
            type Item = &'a str;

            fn next(&mut self) -> Option<Self::Item> {
                let (word, rest) = self.text.split_once(' ')?;
                self.text = rest;
                Some(word)
            }
        }
      `,
      within: 1,
    },
  ],
};

/** `type Item = &T`: for the lifetime of the type that it is implemented for, which the header may have left unsaid. */
function ofAssociated(source: SourceFile, impl: Node): Draft[] {
  const references = associatedReferences(impl);
  const type = impl.childForFieldName('type');
  const keyword = impl.children.find((child) => child?.type === 'impl');
  if (references.length === 0 || type === null || !keyword) return [];
  const said = descendants(type, 'lifetime').map((one) => one.text);
  const known = said.find((one) => one !== "'_");
  const title = 'The associated type borrows for as long as the type does';
  const features = { agreement: 1, repeats: references.length };
  if (known !== undefined) return [{ title, edits: references.map((one) => name(source, one, known)), features }];
  const header = descendants(type, 'lifetime').map((one) => source.edit(one.startIndex, one.endIndex, "'a"));
  const bare = type.type === 'reference_type' ? [name(source, type, "'a")] : [];
  const own = type.type === 'generic_type' ? type.childForFieldName('type') : type;
  const added = header.length > 0 || bare.length > 0 || own?.type !== 'type_identifier' ? [] : [argument(source, own)];
  return [
    {
      title,
      edits: [
        declare(source, impl, keyword),
        ...header,
        ...bare,
        ...added,
        ...references.map((one) => name(source, one, "'a")),
      ],
      features,
    },
  ];
}
