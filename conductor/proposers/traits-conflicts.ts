// E0204, E0119, E0184: a trait that a type cannot have, or has twice. The derive goes, or the types of the fields get what
// it needs.
//
// #[derive(Clone, Copy)] struct Name { text: String }     before
// #[derive(Clone)] struct Name { text: String }           after
import type { Edit } from '../../schemas/types.ts';
import { enclosing, type Node, type SourceFile } from '../../tools/index/source.ts';
import type { Draft, ProposeInput, Proposer } from '../types.ts';
import { deriveEdits, derivesOf, typeNamed } from './support/derives.ts';
import { sound } from './support/drafts.ts';
import { rust } from './support/rust.ts';
import { isCopy, parseType } from './support/rust-type.ts';

export const traitsConflicts: Proposer = {
  name: 'traits-conflicts',
  codes: ['E0204', 'E0119', 'E0184'],
  propose(input) {
    const span = input.diagnostic.spans.find((one) => one.primary);
    const source = span === undefined ? null : input.source(span.file);
    if (span === undefined || source === null) return [];
    const { start, end } = source.range(span);
    const at = source.nodeAt({ start, end });
    const trait = source.text.slice(start, end);
    const attribute = enclosing(at, 'attribute');
    if (attribute === null || !/^\w+$/.test(trait)) return [];
    const drafts: Draft[] = [];
    const item = itemBelow(attribute);
    const name = item?.childForFieldName('name')?.text ?? null;
    if (input.diagnostic.code === 'E0204' && name !== null) drafts.push(...fieldsToo(input, name));
    // The implementation by hand says more than the derive: the derive is what is too much.
    drafts.push({
      title: `Do not derive \`${trait}\`${name === null ? '' : ` for \`${name}\``}`,
      edits: withoutTraits(source, attribute, [trait]),
      features: { agreement: 1, idiom: input.diagnostic.code === 'E0119' ? 1 : 0.5 },
    });
    return sound(drafts);
  },
  examples: [
    {
      title: 'a text cannot be copied',
      before: rust`
        #[derive(Debug, Clone, Copy, PartialEq)]
        pub struct Name {
            pub text: String,
        }
      `,
      after: rust`
        #[derive(Debug, Clone, PartialEq)]
        pub struct Name {
            pub text: String,
        }
      `,
      within: 1,
    },
    {
      title: 'a field of a type that could be',
      before: rust`
        #[derive(Debug, Clone)]
        pub enum Kind {
            Small,
            Large,
        }

        #[derive(Debug, Clone, Copy)]
        pub struct Item {
            pub kind: Kind,
        }
      `,
      after: rust`
        #[derive(Debug, Clone, Copy)]
        pub enum Kind {
            Small,
            Large,
        }

        #[derive(Debug, Clone, Copy)]
        pub struct Item {
            pub kind: Kind,
        }
      `,
      within: 1,
    },
    {
      title: 'derived, and written by hand',
      before: rust`
        #[derive(Debug, Default)]
        pub struct Limit {
            pub most: u32,
        }

        impl Default for Limit {
            fn default() -> Self {
                Limit { most: 10 }
            }
        }
      `,
      after: rust`
        #[derive(Debug)]
        pub struct Limit {
            pub most: u32,
        }

        impl Default for Limit {
            fn default() -> Self {
                Limit { most: 10 }
            }
        }
      `,
      within: 1,
    },
  ],
};

/** The item that an attribute stands above. */
function itemBelow(attribute: Node): Node | null {
  let at = attribute.parent?.nextNamedSibling ?? null;
  while (at !== null && (at.type === 'attribute_item' || at.type.endsWith('comment'))) at = at.nextNamedSibling;
  return at;
}

/** The crate's types in the fields derive `Copy` as well, where everything that they hold can be copied. */
function fieldsToo(input: ProposeInput, name: string): Draft[] {
  const edits: Edit[] = [];
  const visit = (type: string, seen: ReadonlySet<string>): boolean => {
    const own = typeNamed(input, type);
    if (own === null || seen.has(type)) return false;
    for (const text of own.fields) {
      const parsed = parseType(text);
      if (parsed === null) return false;
      if (isCopy(parsed) || (parsed.kind === 'ref' && !parsed.mutable)) continue;
      if (parsed.kind !== 'path' || parsed.args.length > 0 || !visit(parsed.name, new Set([...seen, type])))
        return false;
      const more = deriveEdits(input, parsed.name, ['Clone', 'Copy']);
      if (more === null) return false;
      edits.push(...more);
    }
    return true;
  };
  if (!visit(name, new Set()) || edits.length === 0) return [];
  return [{ title: 'The types of the fields can be copied too', edits, features: { agreement: 1, idiom: 1 } }];
}

/** The derive list without some traits; the whole attribute goes when none is left. */
function withoutTraits(source: SourceFile, attribute: Node, traits: readonly string[]): Edit[] {
  const list = attribute.childForFieldName('arguments');
  const item = attribute.parent;
  if (list === null || item === null || !derives(attribute)) return [];
  const names = list.text
    .slice(1, -1)
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  const kept = names.filter((name) => !traits.includes(name.split('::').at(-1) as string));
  if (kept.length > 0) return [source.edit(list.startIndex, list.endIndex, `(${kept.join(', ')})`)];
  const line = source.line(source.lineOf(item.startIndex));
  const alone = source.text.slice(line.start, line.end).trim() === item.text;
  return [
    alone
      ? source.edit(line.start, Math.min(source.text.length, line.end + source.newline.length), '')
      : source.edit(item.startIndex, item.endIndex, ''),
  ];
}

function derives(attribute: Node): boolean {
  const item = itemBelow(attribute);
  return item !== null && derivesOf(item).some((one) => one.equals(attribute));
}
