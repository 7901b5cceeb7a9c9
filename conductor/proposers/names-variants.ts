// Variants of the crate's own enums that are named without their enum, in patterns (where they silently bind) and in
// expressions: all of them at once, since who forgets one forgets them all.
//
// match state { Idle => Running, Running => Idle }                                before
// match state { State::Idle => State::Running, State::Running => State::Idle }   after
import type { Edit } from '../../schemas/types.ts';
import { descendants, enclosing, type Node, type SourceFile } from '../../tools/index/source.ts';
import type { ProposeInput, Proposer } from '../types.ts';
import { placeOf } from './support/borrow-facts.ts';
import { sound } from './support/drafts.ts';
import { rust } from './support/rust.ts';
import { unresolvedOf } from './support/unresolved.ts';

export const namesVariants: Proposer = {
  name: 'names-variants',
  codes: ['E0170', 'E0425', 'E0422', 'E0433', 'E0531', 'E0532', 'E0574', 'E0408', 'E0423'],
  propose(input) {
    const source = input.source(input.diagnostic.spans.find((span) => span.primary)?.file ?? '');
    const named = wordAt(input);
    if (source === null || named === null) return [];
    const owners = variantsOf(input, source);
    if (!owners.has(named)) return [];
    const bare = bareVariants(source, owners);
    if (bare.length === 0 || !bare.some((one) => one.text === named)) return [];
    const edits = bare.map((one): Edit => source.insert(one.startIndex, `${owners.get(one.text)}::`));
    return sound([
      {
        title: `Name the enum of ${bare.length === 1 ? `\`${named}\`` : `${bare.length} variants`}`,
        edits,
        features: { agreement: 1, repeats: edits.length },
      },
    ]);
  },
  examples: [
    {
      title: 'patterns and values of a state machine',
      before: rust`
        #[derive(Clone, Copy)]
        pub enum Light {
            Red,
            Green { since: u32 },
            Off,
        }

        pub fn next(light: Light, now: u32) -> Light {
            match light {
                Red => Green { since: now },
                Green { since } if now - since > 9 => Red,
                other => other,
            }
        }
      `,
      after: rust`
        #[derive(Clone, Copy)]
        pub enum Light {
            Red,
            Green { since: u32 },
            Off,
        }

        pub fn next(light: Light, now: u32) -> Light {
            match light {
                Light::Red => Light::Green { since: now },
                Light::Green { since } if now - since > 9 => Light::Red,
                other => other,
            }
        }
      `,
      within: 1,
    },
    {
      title: 'patterns that only bind',
      before: rust`
        pub enum Grade {
            A,
            B,
            F,
        }

        pub fn points(grade: Grade) -> u32 {
            match grade {
                A => 4,
                B => 3,
                F => 0,
            }
        }
      `,
      after: rust`
        pub enum Grade {
            A,
            B,
            F,
        }

        pub fn points(grade: Grade) -> u32 {
            match grade {
                Grade::A => 4,
                Grade::B => 3,
                Grade::F => 0,
            }
        }
      `,
      within: 1,
    },
  ],
};

/** The name that the diagnostic is about. */
function wordAt(input: ProposeInput): string | null {
  const { diagnostic } = input;
  if (diagnostic.code !== 'E0170') return unresolvedOf(input)?.name ?? null;
  const span = diagnostic.spans.find((one) => one.primary);
  return span === undefined ? null : (placeOf(input, span)[0]?.text ?? null);
}

/** Every name that is a variant of exactly one enum, and of nothing else that the file declares or imports. */
function variantsOf(input: ProposeInput, source: SourceFile): ReadonlyMap<string, string> {
  const owners = new Map<string, string | null>();
  for (const file of input.files) {
    const other = input.source(file);
    if (other === null) continue;
    for (const variant of descendants(other.root, 'enum_variant')) {
      const name = variant.childForFieldName('name')?.text ?? '';
      const owner = enclosing(variant, 'enum_item')?.childForFieldName('name')?.text ?? null;
      owners.set(name, owners.has(name) && owners.get(name) !== owner ? null : owner);
    }
  }
  const taken = new Set(
    descendants(
      source.root,
      'struct_item',
      'enum_item',
      'const_item',
      'static_item',
      'type_item',
      'trait_item',
      'union_item',
    )
      .map((item) => item.childForFieldName('name')?.text ?? '')
      .concat(descendants(source.root, 'use_declaration').flatMap((use) => use.text.match(/\w+/g) ?? []))
      .concat(descendants(source.root, 'type_parameter').map((one) => one.childForFieldName('name')?.text ?? '')),
  );
  const globs = descendants(source.root, 'use_declaration').map((use) => /(\w+)::\*\s*;?$/.exec(use.text)?.[1]);
  const found = new Map<string, string>();
  for (const [name, owner] of owners)
    if (owner !== null && !taken.has(name) && !globs.includes(owner) && !/^(Some|None|Ok|Err)$/.test(name))
      found.set(name, owner);
  return found;
}

/** The places that say a variant's name and nothing before it: in patterns, expressions, and the tokens of macros. */
function bareVariants(source: SourceFile, owners: ReadonlyMap<string, string>): Node[] {
  return descendants(source.root, 'identifier', 'type_identifier').filter((node) => {
    if (!owners.has(node.text) || node.parent === null) return false;
    const { parent } = node;
    if (parent.type === 'token_tree') {
      const before = source.text.slice(0, node.startIndex).trimEnd();
      return !/(::|\.)$/.test(before) && enclosing(node, 'attribute_item') === null;
    }
    if (enclosing(node, 'attribute_item', 'use_declaration') !== null) return false;
    switch (parent.type) {
      case 'scoped_identifier':
      case 'scoped_type_identifier':
        return false;
      case 'enum_variant':
      case 'field_initializer':
      case 'lifetime':
        return parent.childForFieldName('value')?.equals(node) === true;
      case 'struct_expression':
        return parent.childForFieldName('name')?.equals(node) === true || parent.childForFieldName('body') === null;
      case 'struct_pattern':
        return parent.childForFieldName('type')?.equals(node) === true;
      default:
        // A type of the name is something else: only values and patterns are variants.
        return node.type === 'identifier';
    }
  });
}
