// E0425: a renaming that was left half done. A variable that is declared and never used is what an unknown name in the same function
// means, however little the two look alike.
//
// let total = a + b;  sum / 2          before
// let total = a + b;  total / 2        after
import { descendants, enclosing, type Node } from '../../tools/index/source.ts';
import type { Draft, ProposeInput, Proposer } from '../types.ts';
import { sound } from './support/drafts.ts';
import { bindings, type Local, usesOf } from './support/locals.ts';
import { rust } from './support/rust.ts';
import { similarity } from './support/similarity.ts';
import { unresolvedOf } from './support/unresolved.ts';

export const namesUnused: Proposer = {
  name: 'names-unused',
  codes: ['E0425'],
  propose(input: ProposeInput): Draft[] {
    const found = unresolvedOf(input);
    // A constant or a constructor that is missing is no variable.
    if (found === null || found.sought !== 'value' || !/^[\p{Ll}_]/u.test(found.name)) return [];
    // A field or a name near it that the compiler knows of goes first.
    const named = input.diagnostic.suggestions.length > 0 || similarField(input, found.name);
    const fn = enclosing(found.file.nodeAt(found.range), 'function_item');
    if (fn === null) return [];
    const names = unknownNames(input, fn);
    const unused = bindings(found.file, fn).filter(
      (local) =>
        local.name !== found.name &&
        !local.name.startsWith('_') &&
        usesOf(found.file, local).length === 0 &&
        !mentioned(fn, local) &&
        covers(local, fn, found.range.start),
    );
    const places = descendants(fn, 'identifier').filter(
      (node) => node.text === found.name && node.parent?.type !== 'field_initializer',
    );
    // Several names and several variables: which is which only likeness could tell.
    const only = unused.length === 1 && names.size === 1 && !named;
    return sound(
      unused
        .sort((a, b) => similarity(found.name, b.name) - similarity(found.name, a.name))
        .slice(0, 2)
        .map((local) => ({
          title: `\`${local.name}\`, which nothing uses, instead of \`${found.name}\``,
          edits: places.map((node) => found.file.edit(node.startIndex, node.endIndex, local.name)),
          flags: named ? (['unlikely'] as const) : [],
          features: {
            agreement: only ? 1 : 0.5,
            similarity: similarity(found.name, local.name),
            repeats: places.length,
            ...(only ? { idiom: 1 } : {}),
          },
        })),
    );
  },
  examples: [
    {
      title: 'a local',
      before: rust`
        pub fn mean(values: &[f64]) -> f64 {
            let total: f64 = values.iter().sum();
            result / values.len() as f64
        }
      `,
      after: rust`
        pub fn mean(values: &[f64]) -> f64 {
            let total: f64 = values.iter().sum();
            total / values.len() as f64
        }
      `,
      within: 1,
    },
    {
      title: 'a parameter, in two places',
      before: rust`
        pub fn clamp(speed: i32, limit: i32) -> i32 {
            if v > limit { limit } else { v }
        }
      `,
      after: rust`
        pub fn clamp(speed: i32, limit: i32) -> i32 {
            if speed > limit { limit } else { speed }
        }
      `,
      within: 1,
    },
    {
      title: 'the variable of a loop',
      before: rust`
        pub fn longest(words: &[String]) -> usize {
            let mut most = 0;
            for word in words {
                most = most.max(w.len());
            }
            most
        }
      `,
      after: rust`
        pub fn longest(words: &[String]) -> usize {
            let mut most = 0;
            for word in words {
                most = most.max(word.len());
            }
            most
        }
      `,
      within: 1,
    },
  ],
};

/** Whether a struct of the crate has a field of that name. */
function similarField(input: ProposeInput, name: string): boolean {
  return input.files.some((file) => {
    const source = input.source(file);
    return (
      source?.text.includes(name) === true &&
      descendants(source.root, 'field_declaration').some((field) => field.childForFieldName('name')?.text === name)
    );
  });
}

/** The values of a function that nothing declares. */
function unknownNames(input: ProposeInput, fn: Node): ReadonlySet<string> {
  return new Set(
    input.errors.flatMap((error) => {
      const other = error.code === 'E0425' ? unresolvedOf(input, error) : null;
      const inside = other !== null && other.range.start >= fn.startIndex && other.range.end <= fn.endIndex;
      return other?.sought === 'value' && inside ? [other.name] : [];
    }),
  );
}

/** A string of a format may name it. */
function mentioned(fn: Node, local: Local): boolean {
  return descendants(fn, 'string_literal').some((node) => new RegExp(`\\{${local.name}\\b`).test(node.text));
}

/** Whether a binding can be named at a place. */
function covers(local: Local, fn: Node, at: number): boolean {
  if (local.node.startIndex > at) return false;
  const { declaration } = local;
  const scope =
    declaration.type === 'parameter'
      ? fn
      : declaration.type === 'let_declaration' || declaration.type === 'closure_parameters'
        ? declaration.parent
        : declaration.type === 'let_condition'
          ? enclosing(declaration, 'if_expression', 'while_expression')
          : declaration;
  return scope !== null && scope.startIndex <= at && at < scope.endIndex;
}
