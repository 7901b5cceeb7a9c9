// E0425, E0423, E0532: a constant or a function that stands within a type, named without it. It is written with its type, at every
// place where the compiler misses it.
//
// impl Level { const TOP: u8 = 9; }   fn full(level: u8) -> bool { level == TOP }          before
//                                     fn full(level: u8) -> bool { level == Level::TOP }   after
//
// What takes `self` is called on a value (suggestions'); variants are names-variants'.
import { namesInScope } from '../../tools/index/scope.ts';
import { descendants, enclosing, type SourceFile } from '../../tools/index/source.ts';
import type { ProposeInput, Proposer } from '../types.ts';
import { sound } from './support/drafts.ts';
import { functionOf } from './support/functions.ts';
import { rust } from './support/rust.ts';
import { unresolvedOf } from './support/unresolved.ts';

/** Types that are offered for one name. */
const most = 3;

export const namesItems: Proposer = {
  name: 'names-items',
  codes: ['E0425', 'E0423', 'E0532'],
  propose(input) {
    const found = unresolvedOf(input);
    if (found === null || !['value', 'function', 'type', 'any'].includes(found.sought)) return [];
    const { file, range, name } = found;
    if (/::\s*$/.test(file.text.slice(0, range.start))) return [];
    const places = input.errors.flatMap((error) => {
      const other = error.code === input.diagnostic.code ? unresolvedOf(input, error) : null;
      return other !== null && other.name === name && other.file.path === file.path ? [other.range.start] : [];
    });
    const starts = [...new Set([range.start, ...places])];
    const owners = ownersOf(input, name);
    return sound(
      owners.slice(0, most).map((owner) => {
        const path = pathOf(input, file, range.start, owner);
        return {
          title: `\`${path}::${name}\``,
          edits: starts.map((start) => file.insert(start, `${path}::`)),
          features: {
            agreement: owners.length === 1 ? 1 : 0.6,
            idiom: owners.length === 1 ? 1 : 0,
            ...(starts.length > 1 ? { repeats: starts.length } : {}),
          },
        };
      }),
    );
  },
  examples: [
    {
      title: 'a constant of another type',
      before: rust`
        pub struct Level(u8);

        impl Level {
            pub const TOP: Level = Level(9);

            pub fn of(value: u8) -> Level {
                Level(value)
            }
        }

        pub fn best(levels: &[u8]) -> Level {
            match levels.first() {
                Some(value) => Level::of(*value),
                None => TOP,
            }
        }
      `,
      after: rust`
        pub struct Level(u8);

        impl Level {
            pub const TOP: Level = Level(9);

            pub fn of(value: u8) -> Level {
                Level(value)
            }
        }

        pub fn best(levels: &[u8]) -> Level {
            match levels.first() {
                Some(value) => Level::of(*value),
                None => Level::TOP,
            }
        }
      `,
      within: 1,
    },
    {
      title: 'a function of the type around, twice',
      before: rust`
        pub struct Grid;

        impl Grid {
            fn clamp(at: i32) -> i32 {
                at.max(0)
            }

            pub fn cell(x: i32, y: i32) -> (i32, i32) {
                (clamp(x), clamp(y))
            }
        }
      `,
      after: rust`
        pub struct Grid;

        impl Grid {
            fn clamp(at: i32) -> i32 {
                at.max(0)
            }

            pub fn cell(x: i32, y: i32) -> (i32, i32) {
                (Self::clamp(x), Self::clamp(y))
            }
        }
      `,
      within: 1,
    },
  ],
};

/** Names of the types that declare a constant or a function without `self` of that name, each once. */
function ownersOf(input: ProposeInput, name: string): string[] {
  const owners = input.files.flatMap((path) => {
    const source = input.source(path);
    if (source?.text.includes(name) !== true) return [];
    return descendants(source.root, 'const_item', 'function_item').flatMap((node) => {
      const owner = enclosing(node, 'impl_item');
      if (owner === null || node.parent?.parent?.id !== owner.id || node.childForFieldName('name')?.text !== name)
        return [];
      if (node.type === 'function_item' && functionOf(source, node)?.self !== null) return [];
      return [owner.childForFieldName('type')?.text.replace(/<.*$/s, '') ?? ''];
    });
  });
  return [...new Set(owners)].filter((owner) => /^[\w:]+$/.test(owner));
}

/** `Self` within the type; else as it is reached from the place. */
function pathOf(input: ProposeInput, file: SourceFile, at: number, owner: string): string {
  const around = enclosing(file.nodeAt({ start: at, end: at }), 'impl_item')?.childForFieldName('type')?.text ?? '';
  if (around.replace(/<.*$/s, '') === owner) return 'Self';
  const known = namesInScope(file, at, input).find(({ name, kind }) => name === owner && kind === 'type');
  return known?.path ?? owner;
}
