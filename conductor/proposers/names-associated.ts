// E0425, E0412, E0107: associated types. One that is named alone belongs to a parameter whose bound has it; one that is written as an
// argument of the trait is declared in the `impl`.
//
// impl<I> Iterator for Groups<I> where I: Iterator, Item: Eq           before
// impl<I> Iterator for Groups<I> where I: Iterator, I::Item: Eq        after
//
// impl Iterator<u64> for Fib { … }                                     before
// impl Iterator for Fib { type Item = u64; … }                         after
import type { Edit } from '../../schemas/types.ts';
import { descendants, enclosing, type Node, type SourceFile } from '../../tools/index/source.ts';
import type { Draft, ProposeInput, Proposer } from '../types.ts';
import { sound } from './support/drafts.ts';
import { namedChildren } from './support/expressions.ts';
import { rust } from './support/rust.ts';
import { replaceEverywhere, unresolvedOf } from './support/unresolved.ts';

/** Traits of std that have one associated type and no parameter, by its name. */
const OWN_TYPE: ReadonlyMap<string, string> = new Map([
  ['Iterator', 'Item'],
  ['DoubleEndedIterator', 'Item'],
  ['ExactSizeIterator', 'Item'],
  ['IntoIterator', 'Item'],
  ['Deref', 'Target'],
  ['FromStr', 'Err'],
  ['ToOwned', 'Owned'],
  ['Future', 'Output'],
]);

export const namesAssociated: Proposer = {
  name: 'names-associated',
  codes: ['E0425', 'E0412', 'E0107'],
  propose(input) {
    return sound(input.diagnostic.code === 'E0107' ? argumentOfTrait(input) : ofParameter(input));
  },
  examples: [
    {
      title: 'an item of the iterator that is wrapped',
      before: rust`
        pub struct Pairs<I> {
            inner: I,
        }

        impl<I> Iterator for Pairs<I>
        where
            I: Iterator,
            Item: Clone,
        {
            type Item = (Item, Item);

            fn next(&mut self) -> Option<Self::Item> {
                let one = self.inner.next()?;
                Some((one.clone(), one))
            }
        }
      `,
      after: rust`
        pub struct Pairs<I> {
            inner: I,
        }

        impl<I> Iterator for Pairs<I>
        where
            I: Iterator,
            I::Item: Clone,
        {
            type Item = (I::Item, I::Item);

            fn next(&mut self) -> Option<Self::Item> {
                let one = self.inner.next()?;
                Some((one.clone(), one))
            }
        }
      `,
      within: 1,
    },
    {
      title: 'an iterator of numbers, said as of a generic trait',
      before: rust`
        pub struct Up {
            n: u64,
        }

        impl Iterator<u64> for Up {
            fn next(&mut self) -> Option<u64> {
                self.n += 1;
                Some(self.n)
            }
        }
      `,
      after: rust`
        pub struct Up {
            n: u64,
        }

        impl Iterator for Up {
            type Item = u64;

            fn next(&mut self) -> Option<u64> {
                self.n += 1;
                Some(self.n)
            }
        }
      `,
      within: 1,
    },
  ],
};

/** The parameters around a place whose bounds have an associated type of the name. */
function ofParameter(input: ProposeInput): Draft[] {
  const found = unresolvedOf(input);
  if (found === null || !/^\p{Lu}/u.test(found.name)) return [];
  const traits = new Set([...OWN_TYPE].filter(([, type]) => type === found.name).map(([trait]) => trait));
  for (const file of input.files) {
    const source = input.source(file);
    for (const trait of source === null ? [] : descendants(source.root, 'trait_item'))
      if (descendants(trait, 'associated_type').some((one) => one.childForFieldName('name')?.text === found.name))
        traits.add(trait.childForFieldName('name')?.text ?? '');
  }
  const at = found.file.nodeAt(found.range);
  const drafts: Draft[] = [];
  for (
    let item = enclosing(at, 'impl_item', 'function_item', 'struct_item', 'trait_item');
    item !== null;
    item = enclosing(item.parent, 'impl_item', 'trait_item')
  ) {
    for (const name of bounded(item, traits)) {
      const edits = replaceEverywhere(input, found, `${name}::${found.name}`);
      drafts.push({ title: `\`${name}::${found.name}\``, edits, features: { agreement: 1, repeats: edits.length } });
    }
  }
  return drafts;
}

/** Type parameters of an item that are bound by one of some traits, in the list or in the `where` clause. */
function bounded(item: Node, traits: ReadonlySet<string>): string[] {
  const bounds = [
    ...namedChildren(item.childForFieldName('type_parameters') ?? item).filter(({ type }) => type === 'type_parameter'),
    ...item.namedChildren.flatMap((child) => (child?.type === 'where_clause' ? namedChildren(child) : [])),
  ];
  return bounds.flatMap((bound) => {
    const name = (bound.childForFieldName('name') ?? bound.childForFieldName('left'))?.text ?? '';
    const list = bound.childForFieldName('bounds');
    const has =
      list !== null &&
      namedChildren(list).some((one) => traits.has(one.text.replace(/<.*$/s, '').split('::').at(-1) ?? ''));
    return has && /^\w+$/.test(name) ? [name] : [];
  });
}

/** `impl Iterator<u64> for Up`: the argument is the associated type that is missing, or that is there already. */
function argumentOfTrait(input: ProposeInput): Draft[] {
  return input.diagnostic.spans
    .filter((span) => span.primary)
    .flatMap((span): Draft[] => {
      const source = input.source(span.file);
      const impl = source === null ? null : enclosing(source.nodeAt(source.range(span)), 'impl_item');
      return source === null || impl === null ? [] : declared(source, impl);
    });
}

function declared(source: SourceFile, impl: Node): Draft[] {
  const trait = impl.childForFieldName('trait');
  const list = trait?.childForFieldName('type_arguments') ?? null;
  const body = impl.childForFieldName('body');
  const [argument, ...more] = list === null ? [] : namedChildren(list);
  const name = trait?.childForFieldName('type')?.text.split('::').at(-1) ?? '';
  const type = OWN_TYPE.get(name);
  if (!list || !body || argument === undefined || more.length > 0 || type === undefined) return [];
  const edits: Edit[] = [source.edit(list.startIndex, list.endIndex, '')];
  const own = descendants(body, 'type_item').some((one) => one.childForFieldName('name')?.text === type);
  const [first] = namedChildren(body);
  if (!own && first !== undefined) {
    const { newline } = source;
    const line = `type ${type} = ${argument.text};${newline}${newline}${source.indentAt(first.startIndex)}`;
    edits.push(source.insert(first.startIndex, line));
  }
  return [{ title: `\`${type}\` of \`${name}\` is \`${argument.text}\``, edits, features: { agreement: 1 } }];
}
