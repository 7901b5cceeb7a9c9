// Slips that two places tell together: an import of a name that is not there, while what the code uses is nowhere
// imported; names of a module that is imported as a whole; an item that is written twice in the same words.
//
// use std::collections::Dequeue;  …  VecDeque::new()       before
// use std::collections::VecDeque; …  VecDeque::new()       after
import type { Edit } from '../../schemas/types.ts';
import { descendants, enclosing, type Node, type SourceFile } from '../../tools/index/source.ts';
import type { Draft, ProposeInput, Proposer } from '../types.ts';
import { sound } from './support/drafts.ts';
import { namedChildren } from './support/expressions.ts';
import { rust } from './support/rust.ts';
import { similarity } from './support/similarity.ts';
import { wholeLines } from './support/statements.ts';
import { stdPaths } from './support/std-paths.ts';
import { replaceEverywhere, unresolvedOf, wordsIn } from './support/unresolved.ts';

export const namesTogether: Proposer = {
  name: 'names-together',
  codes: ['E0432', 'E0433', 'E0425', 'E0412', 'E0405', 'E0404', 'E0107', 'E0428', 'E0592', 'E0201'],
  propose(input) {
    if (['E0428', 'E0592', 'E0201'].includes(input.diagnostic.code ?? '')) return sound(twice(input));
    return sound([...misnamedImport(input), ...throughModule(input), ...saidElsewhere(input)]);
  },
  examples: [
    {
      title: 'the import has another name than what is used',
      before: rust`
        use std::collections::{BTreeMap, Dequeue};

        pub fn queue(from: &BTreeMap<u8, u8>) -> VecDeque<u8> {
            let mut queue = VecDeque::new();
            queue.extend(from.keys());
            queue
        }
      `,
      after: rust`
        use std::collections::{BTreeMap, VecDeque};

        pub fn queue(from: &BTreeMap<u8, u8>) -> VecDeque<u8> {
            let mut queue = VecDeque::new();
            queue.extend(from.keys());
            queue
        }
      `,
      within: 1,
    },
    {
      title: 'names of a module that is imported as a whole, with its `Result`',
      before: rust`
        use std::fmt;

        pub struct Point(i32, i32);

        impl Display for Point {
            fn fmt(&self, f: &mut Formatter) -> Result {
                write!(f, "({}, {})", self.0, self.1)
            }
        }
      `,
      after: rust`
        use std::fmt;

        pub struct Point(i32, i32);

        impl fmt::Display for Point {
            fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
                write!(f, "({}, {})", self.0, self.1)
            }
        }
      `,
      within: 1,
    },
    {
      title: 'a function of a type, without the type that others of its lines name',
      before: rust`
        pub fn number(tens: u8, ones: u8) -> u16 {
            let high = u16::from(tens);
            let low = from(ones);
            high * 10 + low
        }
      `,
      after: rust`
        pub fn number(tens: u8, ones: u8) -> u16 {
            let high = u16::from(tens);
            let low = u16::from(ones);
            high * 10 + low
        }
      `,
      within: 1,
    },
    {
      title: 'a struct that was pasted twice',
      before: rust`
        #[derive(Debug)]
        pub struct Point {
            pub x: i32,
        }

        pub fn origin() -> Point {
            Point { x: 0 }
        }

        #[derive(Debug)]
        pub struct Point {
            pub x: i32,
        }
      `,
      after: rust`
        #[derive(Debug)]
        pub struct Point {
            pub x: i32,
        }

        pub fn origin() -> Point {
            Point { x: 0 }
        }
      `,
      within: 1,
    },
  ],
};

/** The import that fails takes the name of what is used, where the same module of std has it. */
function misnamedImport(input: ProposeInput): Draft[] {
  const imports = [input.diagnostic, ...input.errors].filter((error) => error.code === 'E0432');
  const drafts: Draft[] = [];
  for (const error of new Set(imports)) {
    const failed = unresolvedOf(input, error);
    if (failed === null) continue;
    const path = modulePath(enclosing(failed.file.nodeAt(failed.range), 'use_declaration'));
    const used = new Map<string, number>();
    for (const other of input.errors) {
      const found = other.code === 'E0432' ? null : unresolvedOf(input, other);
      if (found === null || found.file !== failed.file) continue;
      const known = stdPaths(found.name, wordsIn(found.file)).some((full) => full === `${path}::${found.name}`);
      if (known || similarity(found.name, failed.name) >= 0.6) used.set(found.name, known ? 1 : 0.6);
    }
    for (const [name, agreement] of used)
      drafts.push({
        title: `Import \`${name}\`, which is used, instead of \`${failed.name}\``,
        edits: [failed.file.edit(failed.range.start, failed.range.end, name)],
        features: { similarity: similarity(name, failed.name), agreement, idiom: 1 },
      });
  }
  return drafts;
}

/** `fmt::Display` for `Display` where `fmt` is imported: all names that the module has, and its `Result` without types. */
function throughModule(input: ProposeInput): Draft[] {
  const span = input.diagnostic.spans.find((one) => one.primary);
  const source = span === undefined ? null : input.source(span.file);
  if (span === undefined || source === null) return [];
  const words = wordsIn(source);
  for (const use of descendants(source.root, 'use_declaration')) {
    const module = /^use\s+((?:std|core|alloc)::(?:\w+::)*(\w+));$/.exec(use.text);
    const [path, last] = [module?.[1]?.replace(/^(?:core|alloc)/, 'std'), module?.[2]];
    if (path === undefined || last === undefined || !/^[a-z]/.test(last)) continue;
    const edits = new Map<string, Edit>();
    for (const error of input.errors) {
      const found = unresolvedOf(input, error);
      if (found === null || found.file !== source || found.sought === 'member' || found.sought === 'import') continue;
      if (stdPaths(found.name, words).includes(`${path}::${found.name}`) && source.text[found.range.start - 1] !== ':')
        edits.set(`${found.range.start}`, source.insert(found.range.start, `${last}::`));
    }
    const results = descendants(source.root, 'type_identifier').filter(
      (node) =>
        node.text === 'Result' &&
        ['function_item', 'function_signature_item'].includes(node.parent?.type ?? '') &&
        (node.parent?.childForFieldName('name')?.text === last || withoutTypes(input, source, node)),
    );
    if (
      edits.size === 0 &&
      (input.diagnostic.code !== 'E0107' || !stdPaths('Result', words).includes(`${path}::Result`))
    )
      continue;
    for (const node of results) edits.set(`${node.startIndex}`, source.insert(node.startIndex, `${last}::`));
    if (edits.size > 0)
      return [
        {
          title: `Through \`${last}::\``,
          edits: [...edits.values()],
          features: { agreement: 1, idiom: 1, repeats: edits.size },
        },
      ];
  }
  return [];
}

/** `from(x)` where the same function says `u16::from(y)`: the paths that end in the name, nearest first. */
function saidElsewhere(input: ProposeInput): Draft[] {
  const found = unresolvedOf(input);
  if (found === null || found.sought !== 'function' || /^\p{Lu}/u.test(found.name)) return [];
  const { file } = found;
  const paths = new Map<string, number>();
  for (const node of descendants(file.root, 'scoped_identifier')) {
    if (node.childForFieldName('name')?.text !== found.name || node.parent?.type === 'scoped_identifier') continue;
    const distance = Math.abs(node.startIndex - found.range.start);
    if (distance < (paths.get(node.text) ?? Number.POSITIVE_INFINITY)) paths.set(node.text, distance);
  }
  return [...paths]
    .sort(([, a], [, b]) => a - b)
    .slice(0, 3)
    .map(([path], index) => ({
      title: `\`${path}\` instead of \`${found.name}\``,
      edits: replaceEverywhere(input, found, path),
      features: { similarity: 1, agreement: index === 0 ? 1 : 0.4, ...(index === 0 ? { idiom: 1 } : {}) },
    }));
}

/** Whether an error misses the types of the name at `node`. */
function withoutTypes(input: ProposeInput, source: SourceFile, node: Node): boolean {
  return input.errors.some(({ code, spans }) => {
    const span = code === 'E0107' ? spans.find((one) => one.primary) : undefined;
    return span !== undefined && span.file === source.path && source.range(span).start === node.startIndex;
  });
}

/** `std::collections` of `use std::collections::{A, B};`. */
function modulePath(use: Node | null): string {
  const text = use?.text.replace(/^(?:pub\s+)?use\s+/, '').replace(/;$/, '') ?? '';
  return (text.includes('{') ? text.slice(0, text.indexOf('{')) : text.slice(0, Math.max(0, text.lastIndexOf('::'))))
    .replace(/::\s*$/, '')
    .trim();
}

/** The later of two items whose text is the same goes, its attributes included. */
function twice(input: ProposeInput): Draft[] {
  const drafts: Draft[] = [];
  for (const span of input.diagnostic.spans) {
    const source = input.source(span.file);
    if (source === null) continue;
    const item = enclosing(source.nodeAt(source.range(span)), ...ITEMS);
    if (item === null) continue;
    const plain = (node: Node): string => node.text.replace(/\s+/g, ' ');
    const same = descendants(source.root, item.type).filter(
      (node) => plain(node) === plain(item) && node.parent?.equals(item.parent as Node),
    );
    const later = same.at(-1);
    if (same.length < 2 || later === undefined) continue;
    const edits: Edit[] = [];
    let first = later;
    for (let above = later.previousNamedSibling; above?.type === 'attribute_item'; above = above.previousNamedSibling)
      first = above;
    const from = wholeLines(source, first)?.start ?? first.startIndex;
    const to = wholeLines(source, later)?.end ?? later.endIndex;
    const blank = /\r?\n[ \t]*\r?\n$/.exec(source.text.slice(0, from)) === null ? 0 : source.newline.length;
    edits.push(source.edit(from - blank, to, ''));
    drafts.push({
      title: `Once is enough: \`${later.childForFieldName('name')?.text ?? namedChildren(later)[0]?.text ?? ''}\``,
      edits,
      features: { agreement: 1 },
    });
  }
  return drafts;
}

const ITEMS = [
  'struct_item',
  'enum_item',
  'function_item',
  'trait_item',
  'const_item',
  'static_item',
  'type_item',
  'mod_item',
];
