// Parameters that a declaration forgot: a type parameter of a function, impl or type, and the receiver of a method.
//
//     impl Pair<T> { … }               →     impl<T> Pair<T> { … }
//     fn bump(by: u32) { self.n += by }  →   fn bump(&mut self, by: u32) { self.n += by }
//
// Lifetimes are the compiler's suggestions' and syntax-items' work; parameters of values change every call and are not
// made here.
import { descendants, enclosing, type Node } from '../../tools/index/source.ts';
import type { Draft, ProposeInput, Proposer } from '../types.ts';
import { changes, mutated } from './support/mutation.ts';
import { rust } from './support/rust.ts';
import { type Unresolved, unresolvedOf } from './support/unresolved.ts';

export const namesParameters: Proposer = {
  name: 'names-parameters',
  codes: ['E0425', 'E0412', 'E0424', 'E0433'],
  propose(input: ProposeInput): Draft[] {
    const found = unresolvedOf(input);
    if (found === null) return [];
    const node = found.file.nodeAt(found.range);
    if (input.diagnostic.code === 'E0424') return receiverParameter(found, node);
    if (found.sought !== 'type' && found.sought !== 'module') return [];
    const own = genericParameter(found, node);
    const [first] = own;
    if (first === undefined) return [];
    // Each item that names it declares its own.
    const edits = new Map(first.edits.map((edit) => [`${edit.file}:${edit.start}`, edit]));
    for (const error of input.errors) {
      const other = error === input.diagnostic ? null : unresolvedOf(input, error);
      if (other === null || other.name !== found.name || other.sought !== found.sought) continue;
      const [draft] = genericParameter(other, other.file.nodeAt(other.range));
      for (const edit of draft?.edits ?? []) edits.set(`${edit.file}:${edit.start}`, edit);
    }
    if (edits.size === 1) return own;
    const all: Draft = {
      title: `declare the type parameter \`${found.name}\` on ${edits.size} items`,
      edits: [...edits.values()],
      features: { declared: 1, alternative: 0, repeats: edits.size },
    };
    return [all, ...own];
  },
  examples: [
    {
      title: 'a type parameter of an impl',
      before: rust`
        pub struct Pair<T> {
            pub a: T,
            pub b: T,
        }

        impl Pair<T> {
            pub fn new(a: T, b: T) -> Self {
                Pair { a, b }
            }
        }
      `,
      after: rust`
        pub struct Pair<T> {
            pub a: T,
            pub b: T,
        }

        impl<T> Pair<T> {
            pub fn new(a: T, b: T) -> Self {
                Pair { a, b }
            }
        }
      `,
    },
    {
      title: 'a second type parameter of a struct',
      before: rust`
        pub struct Pair<A> {
            pub a: A,
            pub b: B,
        }
      `,
      after: rust`
        pub struct Pair<A, B> {
            pub a: A,
            pub b: B,
        }
      `,
    },
    {
      title: 'a method that changes itself, without its receiver',
      before: rust`
        pub struct Counter {
            count: u32,
        }

        impl Counter {
            pub fn bump(by: u32) {
                self.count += by;
            }
        }
      `,
      after: rust`
        pub struct Counter {
            count: u32,
        }

        impl Counter {
            pub fn bump(&mut self, by: u32) {
                self.count += by;
            }
        }
      `,
    },
    {
      title: 'a type parameter of a type, its impl and a function',
      before: rust`
        pub struct Pair {
            pub a: T,
            pub b: T,
        }

        impl Pair<T> {
            pub fn new(a: T, b: T) -> Self {
                Pair { a, b }
            }
        }

        pub fn first(items: &[T]) -> &T {
            &items[0]
        }
      `,
      after: rust`
        pub struct Pair<T> {
            pub a: T,
            pub b: T,
        }

        impl<T> Pair<T> {
            pub fn new(a: T, b: T) -> Self {
                Pair { a, b }
            }
        }

        pub fn first<T>(items: &[T]) -> &T {
            &items[0]
        }
      `,
      within: 1,
    },
  ],
};

/** `T` declared by the function, impl or type around it, the innermost first. */
function genericParameter(found: Unresolved, node: Node): Draft[] {
  if (!/^\p{Lu}\p{Nd}?$/u.test(found.name)) return [];
  const { file } = found;
  const drafts: Draft[] = [];
  const owners = [
    'function_item',
    'impl_item',
    'struct_item',
    'enum_item',
    'trait_item',
    'type_item',
    'function_signature_item',
  ];
  for (let owner = enclosing(node, ...owners); owner !== null; owner = enclosing(owner.parent, ...owners)) {
    const list = owner.childForFieldName('type_parameters');
    const name = owner.childForFieldName('name');
    const last = list?.lastNamedChild ?? null;
    let at = name?.endIndex ?? owner.startIndex + 'impl'.length;
    if (owner.type === 'impl_item') at = owner.children.find((child) => child?.type === 'impl')?.endIndex ?? at;
    const edit = last !== null ? file.insert(last.endIndex, `, ${found.name}`) : file.insert(at, `<${found.name}>`);
    drafts.push({
      title: `declare the type parameter \`${found.name}\``,
      edits: [edit],
      features: { declared: 1, alternative: drafts.length },
    });
  }
  return implFirst(drafts, node, found.name);
}

/** The impl comes first when its own type names the parameter. */
function implFirst(drafts: Draft[], node: Node, name: string): Draft[] {
  const type = enclosing(node, 'impl_item')?.childForFieldName('type') ?? null;
  const named = type !== null && descendants(type, 'type_identifier').some((one) => one.text === name);
  return named && drafts.length > 1 ? [...drafts.slice(1), ...drafts.slice(0, 1)] : drafts;
}

/** `self` as a parameter: by `&mut` when the body assigns through it. */
function receiverParameter(found: Unresolved, node: Node): Draft[] {
  const fn = enclosing(node, 'function_item');
  const parameters = fn?.childForFieldName('parameters') ?? null;
  if (fn === null || parameters === null || enclosing(fn.parent, 'impl_item', 'trait_item') === null) return [];
  const selves = descendants(fn, 'self');
  const order =
    selves.some(changes) || mutated(selves) || selves.some((one) => one.parent !== null && mutated([one.parent]))
      ? ['&mut self', '&self', 'self']
      : ['&self', '&mut self', 'self'];
  const more = parameters.namedChildCount > 0 ? ', ' : '';
  return order.map(
    (receiver, index): Draft => ({
      title: `take \`${receiver}\``,
      edits: [found.file.insert(parameters.startIndex + 1, receiver + more)],
      features: { declared: 1, alternative: index },
    }),
  );
}
