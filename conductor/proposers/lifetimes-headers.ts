// E0308, E0053, E0195, E0207, E0621 and errors without a code, within an implementation that declares a lifetime which its header
// leaves out somewhere: it belongs to a reference, or to a type that borrows, in the header.
//
// impl<'a> From<&str> for Note<'a> { fn from(text: &'a str) … }       before
// impl<'a> From<&'a str> for Note<'a> { … }                          after
//
// Lifetimes that nobody declares are lifetimes'; what outlives what is lifetimes-relations'.
import type { Edit } from '../../schemas/types.ts';
import { descendants, enclosing, type Node } from '../../tools/index/source.ts';
import type { Draft, Proposer } from '../types.ts';
import { sound } from './support/drafts.ts';
import { argument, bareReferences, name } from './support/lifetime-edits.ts';
import { rust } from './support/rust.ts';
import { shapesNamed } from './support/shapes.ts';

export const lifetimesHeaders: Proposer = {
  name: 'lifetimes-headers',
  codes: ['E0308', 'E0053', 'E0195', 'E0207', 'E0621', null],
  propose(input) {
    const { diagnostic } = input;
    if (!/lifetime|not compatible with trait|incompatible type for trait/.test(diagnostic.message)) return [];
    const span = diagnostic.spans.find((one) => one.primary);
    const source = span === undefined ? null : input.source(span.file);
    if (span === undefined || source === null) return [];
    const impl = enclosing(source.nodeAt(source.range(span)), 'impl_item');
    const lifetime = impl === null ? null : declaredLifetime(impl);
    if (impl === null || lifetime === null) return [];
    const header = [impl.childForFieldName('trait'), impl.childForFieldName('type')].filter((node) => node !== null);
    const edits = header.flatMap((node) => [
      ...bareReferences(node).map((reference) => name(source, reference, lifetime)),
      ...borrowers(input, node).map((used) => renamed(argument(source, used), lifetime)),
    ]);
    return sound(
      edits.map(
        (edit, at): Draft => ({
          title: `\`${lifetime}\` in the header of the implementation`,
          edits: [edit],
          features: { agreement: at === 0 ? 1 : 0.6, idiom: edits.length === 1 ? 1 : 0 },
        }),
      ),
    );
  },
  examples: [
    {
      title: 'the argument of the trait',
      before: rust`
        pub struct Note<'a> {
            text: &'a str,
        }

        impl<'a> From<&str> for Note<'a> {
            fn from(text: &'a str) -> Note<'a> {
                Note { text }
            }
        }

        impl Note<'_> {
            pub fn len(&self) -> usize {
                self.text.len()
            }
        }
      `,
      after: rust`
        pub struct Note<'a> {
            text: &'a str,
        }

        impl<'a> From<&'a str> for Note<'a> {
            fn from(text: &'a str) -> Note<'a> {
                Note { text }
            }
        }

        impl Note<'_> {
            pub fn len(&self) -> usize {
                self.text.len()
            }
        }
      `,
      within: 1,
    },
  ],
};

/** The lifetime that the implementation declares, where it is one. */
function declaredLifetime(impl: Node): string | null {
  const declared = impl.childForFieldName('type_parameters');
  const names = declared === null ? [] : descendants(declared, 'lifetime').map((node) => node.text);
  return new Set(names).size === 1 ? (names[0] ?? null) : null;
}

/** Types of the crate that borrow, named without a lifetime. */
function borrowers(input: Parameters<Proposer['propose']>[0], node: Node): Node[] {
  const named = node.type === 'type_identifier' ? [node] : descendants(node, 'type_identifier');
  return named.filter((used) => {
    const list = used.parent?.type === 'generic_type' ? used.parent.childForFieldName('type_arguments') : null;
    if (list !== null && descendants(list, 'lifetime').length > 0) return false;
    return shapesNamed(input, used.text).some(
      ({ node: shape, owner }) =>
        owner === null && /^<\s*'/.test(shape.childForFieldName('type_parameters')?.text ?? ''),
    );
  });
}

const renamed = (edit: Edit, lifetime: string): Edit => ({ ...edit, text: edit.text.replace("'a", lifetime) });
