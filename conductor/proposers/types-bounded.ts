// E0308: a value that can become what is expected by what is known of its type: a bound (`T: AsRef<str>`, `K: Into<Key>`), or that the
// crate implements `Iterator` for it.
//
// fn len<T: AsRef<str>>(text: T) -> usize { count(text) }             before, for fn count(text: &str)
// fn len<T: AsRef<str>>(text: T) -> usize { count(text.as_ref()) }    after
//
// Conversions between std's own types are types-text's, types-wrapping's and the like.
import { descendants, enclosing, type Node } from '../../tools/index/source.ts';
import type { Draft, ProposeInput, Proposer } from '../types.ts';
import { sound } from './support/drafts.ts';
import { receiver, shortenExpression } from './support/expressions.ts';
import { localAt } from './support/locals.ts';
import { type Mismatch, mismatches } from './support/mismatch.ts';
import { rust } from './support/rust.ts';
import { isPath, matches, parseType, type RustType } from './support/rust-type.ts';

/** How a value leaves by a bound, and what that gives of the bound's argument. */
const EXITS: readonly { readonly trait: string; readonly call: string; readonly lends: '&' | '&mut ' | '' }[] = [
  { trait: 'AsRef', call: '.as_ref()', lends: '&' },
  { trait: 'AsMut', call: '.as_mut()', lends: '&mut ' },
  { trait: 'Into', call: '.into()', lends: '' },
];

export const typesBounded: Proposer = {
  name: 'types-bounded',
  codes: ['E0308'],
  propose(input) {
    return sound(mismatches(input).flatMap((one) => [...byBound(one), ...gathered(input, one)]));
  },
  examples: [
    {
      title: 'by a bound of the implementation',
      before: rust`
        pub struct Shout<T>(pub T);

        fn loud(text: &str) -> String {
            text.to_uppercase()
        }

        impl<T: AsRef<str>> Shout<T> {
            pub fn text(&self) -> String {
                loud(self.0)
            }
        }
      `,
      after: rust`
        pub struct Shout<T>(pub T);

        fn loud(text: &str) -> String {
            text.to_uppercase()
        }

        impl<T: AsRef<str>> Shout<T> {
            pub fn text(&self) -> String {
                loud(self.0.as_ref())
            }
        }
      `,
      within: 1,
    },
    {
      title: 'by a bound of the function',
      before: rust`
        pub struct Key(String);

        impl From<&str> for Key {
            fn from(text: &str) -> Key {
                Key(text.to_string())
            }
        }

        fn find(key: Key, all: &[String]) -> bool {
            all.contains(&key.0)
        }

        pub fn has<K>(key: K, all: &[String]) -> bool
        where
            K: Into<Key>,
        {
            find(key, all)
        }
      `,
      after: rust`
        pub struct Key(String);

        impl From<&str> for Key {
            fn from(text: &str) -> Key {
                Key(text.to_string())
            }
        }

        fn find(key: Key, all: &[String]) -> bool {
            all.contains(&key.0)
        }

        pub fn has<K>(key: K, all: &[String]) -> bool
        where
            K: Into<Key>,
        {
            find(key.into(), all)
        }
      `,
      within: 1,
    },
    {
      title: 'an iterator of the crate that is gathered',
      before: rust`
        pub struct Words<'a>(pub std::str::Split<'a, char>, pub bool);

        impl<'a> Iterator for Words<'a> {
            type Item = &'a str;
            fn next(&mut self) -> Option<&'a str> {
                self.1 = true;
                self.0.next()
            }
        }

        pub fn words(text: &str) -> Option<Vec<&str>> {
            let mut words = Words(text.split(' '), false);
            let all = words.by_ref();
            if words.1 { Some(all) } else { None }
        }
      `,
      after: rust`
        pub struct Words<'a>(pub std::str::Split<'a, char>, pub bool);

        impl<'a> Iterator for Words<'a> {
            type Item = &'a str;
            fn next(&mut self) -> Option<&'a str> {
                self.1 = true;
                self.0.next()
            }
        }

        pub fn words(text: &str) -> Option<Vec<&str>> {
            let mut words = Words(text.split(' '), false);
            let all = words.by_ref().collect();
            if words.1 { Some(all) } else { None }
        }
      `,
      within: 1,
    },
  ],
};

/** `value.as_ref()` where the type parameter that it has is bound to allow it. */
function byBound({ source, range, node, text, expected, found }: Mismatch): Draft[] {
  if (found.kind !== 'path' || found.args.length > 0) return [];
  const bounds = boundsOf(found.name, node ?? source.nodeAt(range));
  const exit = EXITS.find(({ trait, lends }) =>
    [...bounds.matchAll(new RegExp(`\\b${trait}<(.*?)>(?=\\s*(?:[+,>{]|$))`, 'gs'))].some(([, to]) => {
      const type = parseType(`${lends}${to}`);
      return type !== null && matches(type, expected);
    }),
  );
  return exit === undefined
    ? []
    : [
        {
          title: `\`${shortenExpression(text)}${exit.call}\``,
          edits: [source.edit(range.start, range.end, `${receiver(text)}${exit.call}`)],
          features: { agreement: 1, idiom: 1 },
        },
      ];
}

/** All bounds of a type parameter that the function or the implementation around declares. */
function boundsOf(name: string, node: Node): string {
  const found: string[] = [];
  for (const kind of ['function_item', 'impl_item']) {
    const item = enclosing(node, kind);
    if (item === null) continue;
    const body = item.childForFieldName('body')?.startIndex ?? item.endIndex;
    for (const one of descendants(item, 'type_parameter', 'where_predicate')) {
      if (one.startIndex >= body) continue;
      const [own = '', ...bounds] = one.text.split(/:(?!:)/);
      if (own.trim() === name) found.push(bounds.join(':'));
    }
  }
  return found.join(', ');
}

const GATHERED = ['Vec', 'String', 'HashMap', 'HashSet', 'BTreeMap', 'BTreeSet', 'VecDeque'];

/** A collection of what an iterator of the crate gives; where a binding only names it, that one gathers. */
function gathered(input: ProposeInput, { source, range, node, text, expected, found }: Mismatch): Draft[] {
  const bare: RustType = found.kind === 'ref' ? found.of : found;
  if (!isPath(expected, ...GATHERED) || bare.kind !== 'path' || !iterates(input, bare.name)) return [];
  const local = node?.type === 'identifier' ? localAt(source, node) : null;
  const value = local?.declaration.type === 'let_declaration' && local.type === null ? local.value : null;
  return [
    {
      title: `Gather \`${shortenExpression(value?.text ?? text)}\``,
      edits: [source.insert(value?.endIndex ?? range.end, '.collect()')],
      features: { agreement: 1, idiom: value === null ? 0 : 1 },
    },
  ];
}

function iterates(input: ProposeInput, name: string): boolean {
  return input.files.some((file) => {
    const source = input.source(file);
    if (source?.text.includes('Iterator for') !== true) return false;
    return descendants(source.root, 'impl_item').some(
      (impl) =>
        /^(?:\w+::)*Iterator$/.test(impl.childForFieldName('trait')?.text ?? '') &&
        impl.childForFieldName('type')?.text.replace(/<.*$/s, '').split('::').at(-1) === name,
    );
  });
}
