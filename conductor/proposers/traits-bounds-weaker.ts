// E0277: a type that is only cloned where a function of the crate asks for one that is copied. The function asks for `Clone`, and
// clones what it copied out of its slices; so do the functions that it calls for the same type.
//
// fn first<T: Copy>(items: &[T]) -> T { items[0] }                  before, called with Strings
// fn first<T: Clone>(items: &[T]) -> T { items[0].clone() }         after
import type { Edit } from '../../schemas/types.ts';
import { descendants, type Node } from '../../tools/index/source.ts';
import type { Draft, ProposeInput, Proposer } from '../types.ts';
import { sound } from './support/drafts.ts';
import { calleeOf, functionsNamed, type RustFunction } from './support/functions.ts';
import { quotedParts } from './support/mismatch.ts';
import { rust } from './support/rust.ts';

export const traitsBoundsWeaker: Proposer = {
  name: 'traits-bounds-weaker',
  codes: ['E0277'],
  propose(input): Draft[] {
    if (!/: Copy` is not satisfied/.test(input.diagnostic.message)) return [];
    const name = input.diagnostic.notes
      .filter((note) => /required by a bound in/.test(note.message))
      .flatMap((note) => quotedParts(note.message))
      .at(-1);
    const fns = name === undefined ? [] : functionsNamed(input, name.split('::').at(-1) ?? '');
    const [first] = fns;
    if (first === undefined || fns.length > 1) return [];
    const all = family(input, first);
    const edits = all.flatMap((fn) => weakened(fn));
    if (edits.length === 0) return [];
    return sound([
      {
        title: `\`${all.map((fn) => fn.name).join('`, `')}\` clones instead of copying`,
        edits,
        features: { agreement: 1, repeats: edits.length },
      },
    ]);
  },
  examples: [
    {
      title: 'an item of a slice',
      before: rust`
        fn first<T: Copy>(items: &[T]) -> T {
            items[0]
        }

        pub fn name(names: &[String]) -> String {
            first(names)
        }
      `,
      after: rust`
        fn first<T: Clone>(items: &[T]) -> T {
            items[0].clone()
        }

        pub fn name(names: &[String]) -> String {
            first(names)
        }
      `,
      within: 1,
    },
    {
      title: 'two functions, one of which calls the other',
      before: rust`
        fn merge<T: PartialOrd + Copy>(a: &[T], b: &[T]) -> Vec<T> {
            let mut out = Vec::new();
            if a[0] <= b[0] {
                out.push(a[0]);
            } else {
                out.push(b[0]);
            }
            out
        }

        fn twice<T: PartialOrd + Copy>(a: &[T]) -> Vec<T> {
            merge(a, a)
        }

        pub fn names(all: &[String]) -> Vec<String> {
            twice(all)
        }
      `,
      after: rust`
        fn merge<T: PartialOrd + Clone>(a: &[T], b: &[T]) -> Vec<T> {
            let mut out = Vec::new();
            if a[0] <= b[0] {
                out.push(a[0].clone());
            } else {
                out.push(b[0].clone());
            }
            out
        }

        fn twice<T: PartialOrd + Clone>(a: &[T]) -> Vec<T> {
            merge(a, a)
        }

        pub fn names(all: &[String]) -> Vec<String> {
            twice(all)
        }
      `,
      within: 1,
    },
    {
      title: 'what a loop lends',
      before: rust`
        fn large<T: PartialOrd + Copy>(items: &[T], least: T) -> Vec<T> {
            let mut out = Vec::new();
            for item in items {
                if *item > least {
                    out.push(*item);
                }
            }
            out
        }

        pub fn late(words: &[String]) -> Vec<String> {
            large(words, "m".to_string())
        }
      `,
      after: rust`
        fn large<T: PartialOrd + Clone>(items: &[T], least: T) -> Vec<T> {
            let mut out = Vec::new();
            for item in items {
                if *item > least {
                    out.push(item.clone());
                }
            }
            out
        }

        pub fn late(words: &[String]) -> Vec<String> {
            large(words, "m".to_string())
        }
      `,
      within: 1,
    },
  ],
};

/** The function and those of the crate that it calls and that ask for `Copy` too. */
function family(input: ProposeInput, first: RustFunction): RustFunction[] {
  const found = [first];
  for (const fn of found) {
    for (const call of fn.body === null ? [] : descendants(fn.body, 'call_expression')) {
      const name = calleeOf(call)?.name.text ?? '';
      for (const other of functionsNamed(input, name))
        if (bounds(other).length > 0 && !found.some((one) => one.node.equals(other.node))) found.push(other);
    }
  }
  return found;
}

/** `Copy` where a function's parameters or its `where` ask for it. */
function bounds(fn: RustFunction): Node[] {
  const places = [
    fn.node.childForFieldName('type_parameters'),
    ...fn.node.namedChildren.filter((one) => one?.type === 'where_clause'),
  ];
  return places.flatMap((place) =>
    place === null || place === undefined
      ? []
      : descendants(place, 'type_identifier').filter((one) => one.text === 'Copy'),
  );
}

/** Where an expression's value is taken, and not compared, lent or asked. */
const TAKEN: ReadonlySet<string> = new Set([
  'arguments',
  'let_declaration',
  'return_expression',
  'field_initializer',
  'tuple_expression',
  'array_expression',
  'block',
]);

function weakened(fn: RustFunction): Edit[] {
  const { source, body } = fn;
  const named = bounds(fn).map((one) => source.edit(one.startIndex, one.endIndex, 'Clone'));
  const lists = new Set(
    fn.parameters.filter((one) => /\[|Vec</.test(one.type.text)).map((one) => one.pattern.text.replace(/^mut /, '')),
  );
  const copies = (body === null ? [] : descendants(body, 'index_expression', 'unary_expression')).flatMap(
    (node): Edit[] => {
      if (!TAKEN.has(node.parent?.type ?? '')) return [];
      const inner = node.namedChild(0);
      if (inner === null) return [];
      if (node.type === 'index_expression')
        return lists.has(inner.text) && !node.text.includes('..') ? [source.insert(node.endIndex, '.clone()')] : [];
      return node.text.startsWith('*') && inner.type === 'identifier'
        ? [source.edit(node.startIndex, node.endIndex, `${inner.text}.clone()`)]
        : [];
    },
  );
  return named.length === 0 ? [] : [...named, ...copies];
}
