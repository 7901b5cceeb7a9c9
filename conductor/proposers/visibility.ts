// E0603, E0616, E0624: something private is used from outside its module. An accessor that exists is called; otherwise
// the item, field or method becomes visible, all that are reported of one kind at once.
//
// mod shapes { fn area() {} }         shapes::area()     before
// mod shapes { pub fn area() {} }     shapes::area()     after
import type { Diagnostic, Edit } from '../../schemas/types.ts';
import { descendants, enclosing, type Node, type SourceFile } from '../../tools/index/source.ts';
import type { Draft, ProposeInput, Proposer } from '../types.ts';
import { placeOf } from './support/borrow-facts.ts';
import { sound } from './support/drafts.ts';
import { functionsNamed } from './support/functions.ts';
import { quotedParts } from './support/mismatch.ts';
import { rust } from './support/rust.ts';

export const visibility: Proposer = {
  name: 'visibility',
  codes: ['E0603', 'E0616', 'E0624', 'E0451'],
  propose(input) {
    const drafts: Draft[] = [...accessors(input)];
    const own = declarations(input, input.diagnostic);
    if (own.length === 0) return sound(drafts);
    const others = input.errors
      .filter((error) => error !== input.diagnostic && error.code === input.diagnostic.code)
      .filter((error) => accessors({ ...input, diagnostic: error }).length === 0)
      .flatMap((error) => declarations(input, error));
    for (const modifier of ['pub', 'pub(crate)']) {
      const agreement = modifier === 'pub' ? 0.8 : 0.6;
      const edits = own.map((one) => visible(one, modifier));
      const all = [...edits, ...others.map((one) => visible(one, modifier))];
      const distinct = new Set(all.map((edit) => `${edit.file} ${edit.start}`)).size;
      if (distinct > edits.length) {
        drafts.push({
          title: `Make all ${distinct} \`${modifier}\``,
          edits: all,
          features: { agreement, repeats: distinct },
        });
      }
      drafts.push({ title: `Make it \`${modifier}\``, edits, features: { agreement } });
    }
    return sound(drafts);
  },
  examples: [
    {
      title: 'a function',
      before: rust`
        mod shapes {
            fn area(side: u32) -> u32 {
                side * side
            }
        }

        pub fn tile() -> u32 {
            shapes::area(3)
        }
      `,
      after: rust`
        mod shapes {
            pub fn area(side: u32) -> u32 {
                side * side
            }
        }

        pub fn tile() -> u32 {
            shapes::area(3)
        }
      `,
      within: 1,
    },
    {
      title: 'a field that has an accessor',
      before: rust`
        mod bank {
            pub struct Account {
                balance: i64,
            }

            impl Account {
                pub fn balance(&self) -> i64 {
                    self.balance
                }
            }
        }

        pub fn rich(account: &bank::Account) -> bool {
            account.balance > 1_000_000
        }
      `,
      after: rust`
        mod bank {
            pub struct Account {
                balance: i64,
            }

            impl Account {
                pub fn balance(&self) -> i64 {
                    self.balance
                }
            }
        }

        pub fn rich(account: &bank::Account) -> bool {
            account.balance() > 1_000_000
        }
      `,
      within: 1,
    },
    {
      title: 'two fields at once',
      before: rust`
        mod geometry {
            #[derive(Default)]
            pub struct Point {
                x: i32,
                y: i32,
            }
        }

        pub fn sum() -> i32 {
            let p = geometry::Point::default();
            p.x + p.y
        }
      `,
      after: rust`
        mod geometry {
            #[derive(Default)]
            pub struct Point {
                pub x: i32,
                pub y: i32,
            }
        }

        pub fn sum() -> i32 {
            let p = geometry::Point::default();
            p.x + p.y
        }
      `,
      within: 1,
    },
    {
      title: 'a method',
      before: rust`
        mod clock {
            pub struct Clock;

            impl Clock {
                fn hour(&self) -> u8 {
                    7
                }
            }
        }

        pub fn early(clock: &clock::Clock) -> bool {
            clock.hour() < 8
        }
      `,
      after: rust`
        mod clock {
            pub struct Clock;

            impl Clock {
                pub fn hour(&self) -> u8 {
                    7
                }
            }
        }

        pub fn early(clock: &clock::Clock) -> bool {
            clock.hour() < 8
        }
      `,
      within: 1,
    },
    {
      title: 'a method that gives the field and is private too',
      before: rust`
        pub mod bank {
            #[derive(Default)]
            pub struct Account {
                balance: i64,
            }

            impl Account {
                fn balance(&self) -> i64 {
                    self.balance
                }
            }
        }

        pub fn shown(account: &bank::Account) -> String {
            format!("{}", account.balance)
        }
      `,
      after: rust`
        pub mod bank {
            #[derive(Default)]
            pub struct Account {
                balance: i64,
            }

            impl Account {
                pub fn balance(&self) -> i64 {
                    self.balance
                }
            }
        }

        pub fn shown(account: &bank::Account) -> String {
            format!("{}", account.balance())
        }
      `,
      within: 1,
    },
  ],
};

interface Declaration {
  readonly source: SourceFile;
  readonly node: Node;
}

const ITEMS = [
  'function_item',
  'struct_item',
  'enum_item',
  'trait_item',
  'const_item',
  'static_item',
  'mod_item',
  'type_item',
  'union_item',
  'use_declaration',
  'field_declaration',
];

/** What must become visible for one error. */
function declarations(input: ProposeInput, diagnostic: Diagnostic): Declaration[] {
  if (diagnostic.code === 'E0616' || diagnostic.code === 'E0451') return fields(input, diagnostic);
  const spans = [
    ...diagnostic.notes.filter((note) => note.message.includes('defined here')).flatMap((note) => note.spans),
    ...diagnostic.spans.filter((span) => span.label?.includes('defined here')),
  ];
  const ofConstructor = diagnostic.spans.filter((span) => span.label?.startsWith('a constructor is private'));
  if (ofConstructor.length > 0) {
    return ofConstructor
      .flatMap((span) => placeOf(input, span))
      .map((place) => ({ source: place.source, node: place.source.nodeAt(place.range) }));
  }
  return spans
    .flatMap((span) => placeOf(input, span))
    .flatMap((place) => {
      const first = place.source.root.namedDescendantForIndex(place.range.start, place.range.start + 1);
      const node = enclosing(first, ...ITEMS);
      return node === null ? [] : [{ source: place.source, node }];
    });
}

/** "field `n` of struct `S` is private". */
function fields(input: ProposeInput, diagnostic: Diagnostic): Declaration[] {
  const [field, owner] = quotedParts(diagnostic.message);
  const struct = owner?.split('<')[0]?.split('::').at(-1);
  const found: Declaration[] = [];
  for (const file of input.files) {
    const source = input.source(file);
    if (source === null || field === undefined || !source.text.includes(field)) continue;
    for (const node of descendants(source.root, 'field_declaration')) {
      const item = enclosing(node, 'struct_item');
      if (node.childForFieldName('name')?.text === field && item?.childForFieldName('name')?.text === struct)
        found.push({ source, node });
    }
  }
  return found.length === 1 ? found : [];
}

function visible({ source, node }: Declaration, modifier: string): Edit {
  const existing = node.namedChildren.find((child) => child?.type === 'visibility_modifier');
  return existing
    ? source.edit(existing.startIndex, existing.endIndex, modifier)
    : source.insert(node.startIndex, `${modifier} `);
}

/** `account.balance` → `account.balance()` where such a method is visible. */
function accessors(input: ProposeInput): Draft[] {
  const [field] = quotedParts(input.diagnostic.message);
  if (input.diagnostic.code !== 'E0616' || field === undefined) return [];
  const names = [field, `get_${field}`];
  return names.flatMap((name) => {
    const method = functionsNamed(input, name).find(
      (fn) => fn.self?.text === '&self' && fn.parameters.length === 0 && fn.returnType !== null,
    );
    if (method === undefined) return [];
    // One that gives the field alone is what callers are meant to ask.
    const body = method.body?.namedChildCount === 1 ? method.body.namedChild(0)?.text : undefined;
    const plain = new RegExp(`^&?self\\.${field}(?:\\.\\w+\\(\\))?$`).test(body ?? '');
    const shown = method.node.text.startsWith('pub')
      ? []
      : [visible({ source: method.source, node: method.node }, 'pub')];
    if (!plain && shown.length > 0) return [];
    return input.diagnostic.spans
      .filter((span) => span.primary)
      .flatMap((span) => placeOf(input, span))
      .filter(({ source, range }) => !/^\s*(?:[-+*/%]?=(?!=)|\.push)/.test(source.text.slice(range.end)))
      .map(({ source, range }) => ({
        title: `Call \`${name}()\``,
        edits: [source.edit(range.start, range.end, `${name}()`), ...shown],
        features: { agreement: 1, ...(plain ? { idiom: 1 } : {}) },
      }));
  });
}
