// E0782, E0277: a trait is written where a type is asked for, inside a list or another container, whose items have to have one size.
//
// fn total(shapes: &[Shape]) -> f64            before
// fn total(shapes: &[Box<dyn Shape>]) -> f64   after
import type { Edit } from '../../schemas/types.ts';
import { descendants, type Node, type SourceFile } from '../../tools/index/source.ts';
import type { Draft, Proposer } from '../types.ts';
import { sound } from './support/drafts.ts';
import { rust } from './support/rust.ts';

export const traitsObjects: Proposer = {
  name: 'traits-objects',
  codes: ['E0782', 'E0277'],
  propose(input) {
    const span = input.diagnostic.spans.find((one) => one.primary);
    const source = span === undefined ? null : input.source(span.file);
    if (span === undefined || source === null) return [];
    const told =
      input.diagnostic.code === 'E0782'
        ? source.slice(source.range(span))
        : (/size for values of type `(?:\(dyn )?(?:dyn )?([\w:]+)/.exec(input.diagnostic.message)?.[1] ?? '');
    const name =
      told
        .replace(/^dyn\s+/, '')
        .replace(/<.*$/s, '')
        .split('::')
        .at(-1)
        ?.trim() ?? '';
    if (
      name === '' ||
      !isTrait(
        input.files.map((file) => input.source(file)),
        name,
      )
    )
      return [];
    const edits = input.files.flatMap((file): Edit[] => {
      const other = input.source(file);
      return other === null ? [] : mentions(other.root, name).flatMap((node) => boxed(other, node));
    });
    const drafts: Draft[] = [
      {
        title: `Items that are boxes of \`${name}\``,
        edits,
        features: { agreement: 1, repeats: Math.max(1, edits.length) },
      },
    ];
    return sound(drafts);
  },
  examples: [
    {
      title: 'a slice, a list and a map of a trait',
      before: rust`
        pub trait Shape {
            fn area(&self) -> f64;
        }

        pub struct Plan {
            shapes: Vec<Shape>,
        }

        pub fn total(shapes: &[Shape]) -> f64 {
            shapes.iter().map(|shape| shape.area()).sum()
        }

        impl Plan {
            pub fn area(&self) -> f64 {
                total(&self.shapes)
            }
        }
      `,
      after: rust`
        pub trait Shape {
            fn area(&self) -> f64;
        }

        pub struct Plan {
            shapes: Vec<Box<dyn Shape>>,
        }

        pub fn total(shapes: &[Box<dyn Shape>]) -> f64 {
            shapes.iter().map(|shape| shape.area()).sum()
        }

        impl Plan {
            pub fn area(&self) -> f64 {
                total(&self.shapes)
            }
        }
      `,
      within: 1,
    },
  ],
};

const CONTAINERS: ReadonlySet<string> = new Set(
  'Vec VecDeque Option HashMap BTreeMap HashSet LinkedList BinaryHeap RefCell Mutex RwLock Cell'.split(' '),
);

function isTrait(sources: readonly (SourceFile | null)[], name: string): boolean {
  return sources.some(
    (source) =>
      source !== null &&
      descendants(source.root, 'trait_item').some((item) => item.childForFieldName('name')?.text === name),
  );
}

/** Where the trait stands for the items of a container: with `dyn` in front or bare. */
function mentions(root: Node, name: string): Node[] {
  return descendants(root, 'type_identifier')
    .filter((node) => node.text === name)
    .map((node) => (node.parent?.type === 'dynamic_type' ? node.parent : node))
    .filter((node) => {
      const { parent } = node;
      if (parent?.type === 'array_type') return true;
      if (parent?.type !== 'type_arguments') return false;
      return CONTAINERS.has(parent.parent?.childForFieldName('type')?.text.split('::').at(-1) ?? '');
    });
}

function boxed(source: SourceFile, node: Node): Edit[] {
  const open = node.type === 'dynamic_type' ? 'Box<' : 'Box<dyn ';
  return [source.insert(node.startIndex, open), source.insert(node.endIndex, '>')];
}
