// E0277, E0599, E0618, E0282, E0369: a type parameter without the bounds that parameters of its name have elsewhere: in the
// other impls of the same type, in the functions around, in the function that it is handed on to. Of the crate's own
// traits, the one that declares the item which is asked of it.
//
// fn mean<F: Float>(…)  fn spread<F>(…) { mean::<F>(…) }            before
// fn mean<F: Float>(…)  fn spread<F: Float>(…) { mean::<F>(…) }     after
//
// Bounds that the message names by itself are traits-bounds'.
import { descendants, enclosing, type Node, type SourceFile } from '../../tools/index/source.ts';
import type { Draft, ProposeInput, Proposer } from '../types.ts';
import { sound } from './support/drafts.ts';
import { namedChildren } from './support/expressions.ts';
import { quotedParts } from './support/mismatch.ts';
import { rust } from './support/rust.ts';

/** Sets of bounds that are offered for one parameter, most common first. */
const most = 3;

export const traitsBoundsAround: Proposer = {
  name: 'traits-bounds-around',
  codes: ['E0277', 'E0599', 'E0618', 'E0282', 'E0283', 'E0369', 'E0220'],
  propose(input) {
    const span = input.diagnostic.spans.find((one) => one.primary);
    const source = span === undefined ? null : input.source(span.file);
    if (span === undefined || source === null) return [];
    const drafts: Draft[] = [];
    const node = source.nodeAt(source.range(span));
    for (const item of itemsAround(node)) {
      const bare = parametersOf(item).filter((one) => one.bounds.length === 0);
      const named = bare.filter((one) => says(input, one.name));
      for (const parameter of named.length > 0 ? named : bare) {
        for (const [index, { bounds, places }] of known(input, item, parameter.name).entries()) {
          drafts.push({
            title: `\`${parameter.name}: ${bounds}\`, as elsewhere`,
            edits: [source.insert(parameter.node.endIndex, `: ${bounds}`)],
            features: {
              agreement: index === 0 ? 1 : 0.5,
              ...(named.length > 0 && places > 1 ? { idiom: 1 } : {}),
              repeats: Math.min(places, 4),
            },
          });
        }
      }
    }
    return sound(drafts, 6);
  },
  examples: [
    {
      title: 'as in the functions around',
      before: rust`
        pub trait Shape {
            const SIDES: usize;
        }

        pub struct Square;

        impl Shape for Square {
            const SIDES: usize = 4;
        }

        pub fn sides<S: Shape>() -> usize {
            S::SIDES
        }

        pub fn twice<S>() -> usize {
            S::SIDES * 2
        }
      `,
      after: rust`
        pub trait Shape {
            const SIDES: usize;
        }

        pub struct Square;

        impl Shape for Square {
            const SIDES: usize = 4;
        }

        pub fn sides<S: Shape>() -> usize {
            S::SIDES
        }

        pub fn twice<S: Shape>() -> usize {
            S::SIDES * 2
        }
      `,
      within: 1,
    },
    {
      title: 'a function that is handed on',
      before: rust`
        fn apply<F>(times: usize, step: F) -> Vec<usize>
        where
            F: Fn(usize) -> usize,
        {
            (0..times).map(step).collect()
        }

        pub fn doubled<F>(times: usize, step: F) -> Vec<usize> {
            let first = step(0);
            let mut all = apply(times, step);
            all.push(first);
            all
        }
      `,
      after: rust`
        fn apply<F>(times: usize, step: F) -> Vec<usize>
        where
            F: Fn(usize) -> usize,
        {
            (0..times).map(step).collect()
        }

        pub fn doubled<F: Fn(usize) -> usize>(times: usize, step: F) -> Vec<usize> {
            let first = step(0);
            let mut all = apply(times, step);
            all.push(first);
            all
        }
      `,
      within: 1,
    },
  ],
};

const ITEMS = ['function_item', 'impl_item', 'trait_item', 'struct_item', 'enum_item'];

function itemsAround(node: Node): Node[] {
  const found: Node[] = [];
  for (let item = enclosing(node, ...ITEMS); item !== null; item = enclosing(item.parent, ...ITEMS)) found.push(item);
  return found;
}

interface TypeParameter {
  readonly name: string;
  readonly node: Node;
  /** As written, in the list or in the `where`. */
  readonly bounds: readonly string[];
}

function parametersOf(item: Node): TypeParameter[] {
  const list = item.childForFieldName('type_parameters');
  const where = namedChildren(item).find((child) => child.type === 'where_clause');
  return (list === null ? [] : namedChildren(list)).flatMap((node): TypeParameter[] => {
    if (node.type !== 'type_parameter') return [];
    const name = (node.childForFieldName('name') ?? node).text;
    const predicates = (where === undefined ? [] : namedChildren(where)).filter(
      (one) => one.childForFieldName('left')?.text === name,
    );
    const bounds = [node, ...predicates].flatMap((one) => {
      const text = one.childForFieldName('bounds')?.text.replace(/^:\s*/, '').replace(/\s+/g, ' ').trim();
      return text === undefined || text === '' ? [] : [text];
    });
    return [{ name, node, bounds }];
  });
}

/** Whether the error's words name the parameter. */
function says(input: ProposeInput, name: string): boolean {
  const { message, spans } = input.diagnostic;
  return [message, ...spans.map((span) => span.label ?? '')].some((text) =>
    quotedParts(text).some((part) => new RegExp(`\\b${name}\\b`).test(part)),
  );
}

interface Known {
  readonly bounds: string;
  readonly places: number;
}

/** What parameters of that name are bound by elsewhere, most common first; own traits that have the item asked for. */
function known(input: ProposeInput, item: Node, name: string): Known[] {
  const counts = new Map<string, number>();
  const add = (bounds: string, weight: number): void => {
    counts.set(bounds, (counts.get(bounds) ?? 0) + weight);
  };
  const own = typeName(item);
  for (const file of input.files) {
    const source = input.source(file);
    if (source?.text.includes(name) !== true) continue;
    for (const other of descendants(source.root, ...ITEMS)) {
      if (other.equals(item)) continue;
      for (const parameter of parametersOf(other)) {
        const bounds = parameter.bounds.join(' + ');
        if (parameter.name !== name || bounds === '') continue;
        add(bounds, own !== null && typeName(other) === own ? 3 : 1);
      }
    }
    for (const trait of declaring(input, source)) add(trait, 2);
  }
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .slice(0, most)
    .map(([bounds, places]) => ({ bounds, places }));
}

function typeName(item: Node): string | null {
  return item.type === 'impl_item' ? (item.childForFieldName('type')?.text.split('<')[0] ?? null) : null;
}

/** Traits of the crate with an item of the name that E0599 misses. */
function declaring(input: ProposeInput, source: SourceFile): string[] {
  if (input.diagnostic.code !== 'E0599') return [];
  const [missing] = quotedParts(input.diagnostic.message);
  return descendants(source.root, 'trait_item').flatMap((trait) => {
    const body = trait.childForFieldName('body');
    const has = body !== null && namedChildren(body).some((one) => one.childForFieldName('name')?.text === missing);
    const name = trait.childForFieldName('name')?.text;
    return has && name !== undefined && trait.childForFieldName('type_parameters') === null ? [name] : [];
  });
}
