// A name that an import or a longer path would bring: from std, from another module of the crate, or by a repaired path.
//
//     fn sort(map: &HashMap<String, u32>)      →    use std::collections::HashMap;
//     use helpers::parse;                      →    use crate::helpers::parse;
//
// Of several places that hold the name, the one whose companions the file uses comes first (`Less` speaks for
// `cmp::Ordering`, `SeqCst` for `atomic::Ordering`). A misspelt name of std is corrected on the way.
import type { Edit } from '../../schemas/types.ts';
import { enclosing, type Node, type SourceFile } from '../../tools/index/source.ts';
import type { Draft, ProposeInput, Proposer } from '../types.ts';
import { pathsOf } from './support/import-paths.ts';
import { insertUse } from './support/imports.ts';
import { rust } from './support/rust.ts';
import { similarity } from './support/similarity.ts';
import { stdNames, stdPaths } from './support/std-paths.ts';
import { tokenIndexAt, tokensAt } from './support/tokens.ts';
import { replaceEverywhere, type Unresolved, unresolvedOf, wordsIn } from './support/unresolved.ts';

/** A misspelt name of std must be this near: `HashMpa` to `HashMap` is 0.86. */
const nearStd = 0.75;
const most = 10;

export const namesImports: Proposer = {
  name: 'names-imports',
  codes: ['E0425', 'E0433', 'E0412', 'E0405', 'E0404', 'E0422', 'E0423', 'E0531', 'E0432', 'E0574', 'E0599', null],
  propose(input: ProposeInput): Draft[] {
    const found = unresolvedOf(input);
    if (found === null || found.sought === 'lifetime') return [];
    const statement = enclosing(found.file.nodeAt(found.range), 'use_declaration');
    if (statement !== null) return importPaths(input, found, statement);
    if (found.sought === 'member') return [];
    return [...imports(input, found), ...misspelt(input, found)].slice(0, most);
  },
  examples: [
    {
      title: 'a collection of std',
      before: rust`
        pub fn count_words(text: &str) -> HashMap<String, usize> {
            let mut counts = HashMap::new();
            for word in text.split_whitespace() {
                *counts.entry(word.to_string()).or_insert(0) += 1;
            }
            counts
        }
      `,
      after: rust`
        use std::collections::HashMap;

        pub fn count_words(text: &str) -> HashMap<String, usize> {
            let mut counts = HashMap::new();
            for word in text.split_whitespace() {
                *counts.entry(word.to_string()).or_insert(0) += 1;
            }
            counts
        }
      `,
    },
    {
      title: 'the Ordering that is compared with, behind the imports that are there',
      before: rust`
        use std::collections::BTreeMap;

        pub fn later(a: &BTreeMap<u32, u32>, b: &BTreeMap<u32, u32>) -> bool {
            match a.len().cmp(&b.len()) {
                Ordering::Greater => true,
                Ordering::Less | Ordering::Equal => false,
            }
        }
      `,
      after: rust`
        use std::collections::BTreeMap;
        use std::cmp::Ordering;

        pub fn later(a: &BTreeMap<u32, u32>, b: &BTreeMap<u32, u32>) -> bool {
            match a.len().cmp(&b.len()) {
                Ordering::Greater => true,
                Ordering::Less | Ordering::Equal => false,
            }
        }
      `,
      within: 1,
    },
    {
      title: 'a module of std',
      before: rust`
        pub struct Celsius(pub f64);

        impl fmt::Display for Celsius {
            fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
                write!(f, "{} °C", self.0)
            }
        }
      `,
      after: rust`
        use std::fmt;

        pub struct Celsius(pub f64);

        impl fmt::Display for Celsius {
            fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
                write!(f, "{} °C", self.0)
            }
        }
      `,
    },
    {
      title: 'an item of another module of the crate',
      before: rust`
        mod shapes {
            pub struct Circle {
                pub radius: f64,
            }
        }

        mod report {
            pub fn describe(circle: &Circle) -> String {
                format!("radius {}", circle.radius)
            }
        }

        pub fn show() -> String {
            report::describe(&shapes::Circle { radius: 1.0 })
        }
      `,
      after: rust`
        mod shapes {
            pub struct Circle {
                pub radius: f64,
            }
        }

        mod report {
            use crate::shapes::Circle;

            pub fn describe(circle: &Circle) -> String {
                format!("radius {}", circle.radius)
            }
        }

        pub fn show() -> String {
            report::describe(&shapes::Circle { radius: 1.0 })
        }
      `,
    },
    {
      title: 'an import from the wrong module of std',
      before: rust`
        use std::HashMap;

        pub fn empty() -> HashMap<u8, u8> {
            HashMap::new()
        }
      `,
      after: rust`
        use std::collections::HashMap;

        pub fn empty() -> HashMap<u8, u8> {
            HashMap::new()
        }
      `,
    },
    {
      title: 'an import in a group, from the wrong module',
      before: rust`
        use std::collections::{BTreeMap, Rc};

        pub fn shared() -> Rc<BTreeMap<u8, u8>> {
            Rc::new(BTreeMap::new())
        }
      `,
      after: rust`
        use std::collections::{BTreeMap};
        use std::rc::Rc;

        pub fn shared() -> Rc<BTreeMap<u8, u8>> {
            Rc::new(BTreeMap::new())
        }
      `,
    },
    {
      title: 'a path inside the crate without crate',
      before: rust`
        pub mod helpers {
            pub fn double(x: i32) -> i32 {
                x * 2
            }
        }

        pub mod maths {
            use helpers::double;

            pub fn quadruple(x: i32) -> i32 {
                double(double(x))
            }
        }
      `,
      after: rust`
        pub mod helpers {
            pub fn double(x: i32) -> i32 {
                x * 2
            }
        }

        pub mod maths {
            use crate::helpers::double;

            pub fn quadruple(x: i32) -> i32 {
                double(double(x))
            }
        }
      `,
    },
    {
      title: 'a misspelt collection that is not imported either',
      before: rust`
        pub fn unique(values: &[i32]) -> usize {
            let seen: HasSet<i32> = values.iter().copied().collect();
            seen.len()
        }
      `,
      after: rust`
        use std::collections::HashSet;

        pub fn unique(values: &[i32]) -> usize {
            let seen: HashSet<i32> = values.iter().copied().collect();
            seen.len()
        }
      `,
    },
    {
      title: 'a free function of std',
      before: rust`
        pub fn rotate(a: &mut i32, b: &mut i32) {
            swap(a, b);
        }
      `,
      after: rust`
        use std::mem::swap;

        pub fn rotate(a: &mut i32, b: &mut i32) {
            swap(a, b);
        }
      `,
    },
    {
      title: 'a trait of std that an impl names',
      before: rust`
        #[derive(Clone, Copy)]
        pub struct Vec2 {
            pub x: f64,
            pub y: f64,
        }

        impl Add for Vec2 {
            type Output = Vec2;

            fn add(self, other: Vec2) -> Vec2 {
                Vec2 { x: self.x + other.x, y: self.y + other.y }
            }
        }
      `,
      after: rust`
        use std::ops::Add;

        #[derive(Clone, Copy)]
        pub struct Vec2 {
            pub x: f64,
            pub y: f64,
        }

        impl Add for Vec2 {
            type Output = Vec2;

            fn add(self, other: Vec2) -> Vec2 {
                Vec2 { x: self.x + other.x, y: self.y + other.y }
            }
        }
      `,
    },
  ],
};

function imports(input: ProposeInput, found: Unresolved): Draft[] {
  const drafts: Draft[] = [];
  const tokens = tokensAt(found.file, found.range.start);
  const behindPath = tokens[tokenIndexAt(tokens, found.range.start) - 1]?.text === '::';
  if (behindPath) return wholePath(input, found);
  for (const [index, path] of pathsOf(input, found, found.name).entries()) {
    const edit = insertUse(found.file, found.range.start, path);
    if (edit !== null)
      drafts.push({ title: `use ${path}`, edits: [edit], features: { similarity: 1, alternative: index } });
    const edits = replaceEverywhere(input, found, path);
    drafts.push({
      title: `write \`${path}\``,
      edits,
      // People import: a path written out is right less often than its size says.
      features: { similarity: 1, alternative: index + 1, qualified: 1 },
    });
  }
  const byImport = drafts.filter((draft) => draft.title.startsWith('use '));
  return [...byImport, ...drafts.filter((draft) => !draft.title.startsWith('use '))];
}

/** `collections::HashMap` and `std::HashMap` in code: the whole path is replaced by one that exists. */
function wholePath(input: ProposeInput, found: Unresolved): Draft[] {
  const node = enclosing(found.file.nodeAt(found.range), 'scoped_identifier', 'scoped_type_identifier');
  if (node === null) return [];
  const last = node.childForFieldName('name');
  if (last === null || last.startIndex !== found.range.start) return [];
  return pathsOf(input, found, found.name).map((path, index) => ({
    title: `\`${path}\` instead of \`${node.text}\``,
    edits: [found.file.edit(node.startIndex, node.endIndex, path)],
    features: { similarity: 1, alternative: index },
  }));
}

function misspelt(input: ProposeInput, found: Unresolved): Draft[] {
  const near = stdNames
    .map((name) => ({ name, likeness: similarity(found.name, name) }))
    .filter(({ name, likeness }) => name !== found.name && name.length > 3 && likeness >= nearStd)
    .sort((a, b) => b.likeness - a.likeness)
    .slice(0, 3);
  return near.flatMap(({ name, likeness }) => {
    const path = stdPaths(name, wordsIn(found.file))[0];
    const edit = path === undefined ? null : insertUse(found.file, found.range.start, path);
    if (edit === null) return [];
    const edits: Edit[] = [edit, ...replaceEverywhere(input, found, name)];
    return [
      {
        title: `use ${path} for \`${found.name}\``,
        edits,
        features: { similarity: likeness, repeats: edits.length - 1 },
      },
    ];
  });
}

/** A `use` whose path leads nowhere: another path to its last name, `crate::`, `super::`, `self::` or `std::` before it. */
function importPaths(input: ProposeInput, found: Unresolved, statement: Node): Draft[] {
  const { file } = found;
  const argument = statement.childForFieldName('argument');
  if (argument === null) return [];
  const drafts: Draft[] = [];
  const used = wordsIn(file);
  const leaf = leafAt(argument, found);
  if (argument.type === 'scoped_identifier' || argument.type === 'use_as_clause' || argument.type === 'identifier') {
    const path = argument.type === 'use_as_clause' ? argument.childForFieldName('path') : argument;
    const name = path?.childForFieldName('name')?.text ?? path?.text;
    if (path !== null && name !== undefined) {
      const near = stdNames.filter((one) => one !== name && one.length > 3 && similarity(one, name) >= nearStd);
      const names = [name, ...near.sort((a, b) => similarity(b, name) - similarity(a, name))];
      const targets = names.flatMap((one) => [...(one === name ? pathsOf(input, found, one) : stdPaths(one, used))]);
      for (const [index, target] of targets.entries()) {
        drafts.push({
          title: `use ${target}`,
          edits: [file.edit(path.startIndex, path.endIndex, target)],
          features: { similarity: similarity(target, path.text), alternative: index },
        });
      }
    }
  } else if (leaf !== null) {
    for (const [index, target] of pathsOf(input, found, leaf.text).entries()) {
      drafts.push({
        title: `import ${leaf.text} from ${target}`,
        edits: [withoutLeaf(file, leaf), ...movedImport(file, statement, target)],
        features: { similarity: 1, alternative: index },
      });
    }
  }
  if (!/^(crate|super|self|std|core|alloc)\b/.test(argument.text)) {
    const inRoot = enclosing(statement, 'mod_item') === null;
    for (const prefix of inRoot
      ? ['crate::', 'self::', 'std::', 'super::']
      : ['crate::', 'super::', 'self::', 'std::']) {
      drafts.push({
        title: `use ${prefix}…`,
        edits: [file.insert(argument.startIndex, prefix)],
        features: { prefix: 1 },
      });
    }
  } else if (/^(crate|super|self)::/.test(argument.text)) {
    for (const prefix of ['crate::', 'super::', 'self::', 'super::super::', '']) {
      const end = argument.startIndex + (argument.text.indexOf('::') + 2);
      if (file.text.slice(argument.startIndex, end) === prefix) continue;
      drafts.push({
        title: `use ${prefix}…`,
        edits: [file.edit(argument.startIndex, end, prefix)],
        features: { prefix: 1 },
      });
    }
  }
  return drafts.slice(0, most);
}

/** The name in a group `{A, B}` that the error points at. */
function leafAt(argument: Node, found: Unresolved): Node | null {
  const node = argument.namedDescendantForIndex(found.range.start, Math.max(found.range.start, found.range.end - 1));
  return node?.parent?.type === 'use_list' ? node : null;
}

/** Takes a name out of its group, with one of its commas. */
function withoutLeaf(file: SourceFile, leaf: Node): Edit {
  const before = leaf.previousSibling;
  const after = leaf.nextSibling;
  if (before?.type === ',') return file.edit(before.startIndex, leaf.endIndex, '');
  if (after?.type === ',') return file.edit(leaf.startIndex, after.nextSibling?.startIndex ?? after.endIndex, '');
  return file.edit(leaf.startIndex, leaf.endIndex, '');
}

function movedImport(file: SourceFile, statement: Node, path: string): Edit[] {
  const visible = statement.text.startsWith('pub') ? 'pub ' : '';
  return [
    file.insert(statement.endIndex, `${file.newline}${file.indentAt(statement.startIndex)}${visible}use ${path};`),
  ];
}
