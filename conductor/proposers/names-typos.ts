// A name that nothing answers to, but something near it does: a typo, another case, a field without `self.`, a variant
// without its enum.
//
//     let total_price = 3;                  let total_price = 3;
//     totalprice + 1                   →    total_price + 1
//
// The candidates are the names in scope of the kind that is looked for, by similarity and then by distance; the same
// name is replaced wherever it is reported. Members are looked up in the type that the compiler names. Names that only
// an import would bring are names-imports', words of other languages names-foreign's.
import type { Diagnostic, Edit } from '../../schemas/types.ts';
import type { ItemKind } from '../../tools/index/items.ts';
import { crateItems, crateOf, membersOf } from '../../tools/index/modules.ts';
import { type Name, namesInScope } from '../../tools/index/scope.ts';
import { descendants, type SourceFile } from '../../tools/index/source.ts';
import type { Draft, ProposeInput, Proposer } from '../types.ts';
import { rust } from './support/rust.ts';
import { similarity } from './support/similarity.ts';
import { lex, tokenIndexAt, tokensOf } from './support/tokens.ts';
import { replaceEverywhere, type Sought, type Unresolved, unresolvedOf } from './support/unresolved.ts';

/** Below this two names are not taken for the same word. Tried on the examples: `siz`/`size` 0.75, `idx`/`index` 0.6. */
const alike = 0.5;
const most = 8;
/** Locals that are offered although they look different. */
const mostUnlike = 3;

interface Choice {
  readonly name: string;
  /** How it is written at the place. */
  readonly path: string;
  readonly likeness: number;
  readonly distance: number;
}

export const namesTypos: Proposer = {
  name: 'names-typos',
  codes: [
    'E0425',
    'E0433',
    'E0432',
    'E0412',
    'E0405',
    'E0404',
    'E0423',
    'E0422',
    'E0531',
    'E0532',
    'E0574',
    'E0599',
    'E0609',
    'E0560',
    'E0559',
    'E0026',
    'E0407',
    'E0437',
    'E0438',
    'E0261',
    'E0426',
    null,
  ],
  propose(input: ProposeInput): Draft[] {
    const found = unresolvedOf(input);
    if (found === null) return [];
    const drafts = choicesFor(input, found)
      .filter((choice) => choice.likeness >= alike)
      .slice(0, most)
      .map((choice) => draftOf(input, found, choice));
    if (found.sought === 'value' && drafts.length === 0) drafts.push(...unlike(input, found));
    drafts.push(...glued(input, found));
    const renamed = renamedDeclaration(input, found);
    if (renamed !== null) drafts.splice(1, 0, renamed);
    return drafts;
  },
  examples: [
    {
      title: 'a local with an underscore too few, in two places',
      before: rust`
        pub fn bill(prices: &[f64]) -> f64 {
            let total_price: f64 = prices.iter().sum();
            if totalprice > 100.0 {
                return totalprice * 0.9;
            }
            total_price
        }
      `,
      after: rust`
        pub fn bill(prices: &[f64]) -> f64 {
            let total_price: f64 = prices.iter().sum();
            if total_price > 100.0 {
                return total_price * 0.9;
            }
            total_price
        }
      `,
    },
    {
      title: 'a parameter under an abbreviated name',
      before: rust`
        pub fn nth(values: &[i32], index: usize) -> i32 {
            values[idx]
        }
      `,
      after: rust`
        pub fn nth(values: &[i32], index: usize) -> i32 {
            values[index]
        }
      `,
    },
    {
      title: 'a field without self',
      before: rust`
        pub struct Account {
            balance: i64,
        }

        impl Account {
            pub fn deposit(&mut self, amount: i64) {
                self.balance += amount;
            }

            pub fn balance(&self) -> i64 {
                balnce
            }
        }
      `,
      after: rust`
        pub struct Account {
            balance: i64,
        }

        impl Account {
            pub fn deposit(&mut self, amount: i64) {
                self.balance += amount;
            }

            pub fn balance(&self) -> i64 {
                self.balance
            }
        }
      `,
    },
    {
      title: 'a variant that sounds alike only in part',
      before: rust`
        #[derive(Clone, Copy)]
        pub enum Light {
            RedLight,
            GreenLight,
        }

        pub fn next(light: Light) -> Light {
            match light {
                Light::Red => Light::GreenLight,
                Light::GreenLight => Light::RedLight,
            }
        }
      `,
      after: rust`
        #[derive(Clone, Copy)]
        pub enum Light {
            RedLight,
            GreenLight,
        }

        pub fn next(light: Light) -> Light {
            match light {
                Light::RedLight => Light::GreenLight,
                Light::GreenLight => Light::RedLight,
            }
        }
      `,
    },
    {
      title: 'a method of the crate under a longer name',
      before: rust`
        pub struct Stack {
            items: Vec<i32>,
        }

        impl Stack {
            pub fn is_empty_stack(&self) -> bool {
                self.items.is_empty()
            }
        }

        pub fn drained(stack: &Stack) -> bool {
            stack.emptyStack()
        }
      `,
      after: rust`
        pub struct Stack {
            items: Vec<i32>,
        }

        impl Stack {
            pub fn is_empty_stack(&self) -> bool {
                self.items.is_empty()
            }
        }

        pub fn drained(stack: &Stack) -> bool {
            stack.is_empty_stack()
        }
      `,
    },
    {
      title: 'a function of the crate in camel case',
      before: rust`
        fn is_prime(n: u32) -> bool {
            n > 1 && (2..n).all(|d| n % d != 0)
        }

        pub fn primes(limit: u32) -> Vec<u32> {
            (0..limit).filter(|n| isPrime(*n)).collect()
        }
      `,
      after: rust`
        fn is_prime(n: u32) -> bool {
            n > 1 && (2..n).all(|d| n % d != 0)
        }

        pub fn primes(limit: u32) -> Vec<u32> {
            (0..limit).filter(|n| is_prime(*n)).collect()
        }
      `,
    },
    {
      title: 'a type under its plural',
      before: rust`
        pub struct Book {
            pub pages: u32,
        }

        pub fn longest(books: &[Books]) -> u32 {
            books.iter().map(|book| book.pages).max().unwrap_or(0)
        }
      `,
      after: rust`
        pub struct Book {
            pub pages: u32,
        }

        pub fn longest(books: &[Book]) -> u32 {
            books.iter().map(|book| book.pages).max().unwrap_or(0)
        }
      `,
    },
    {
      title: 'a method that the trait calls something else',
      before: rust`
        pub trait Shape {
            fn compute_area(&self) -> f64;
        }

        pub struct Square(pub f64);

        impl Shape for Square {
            fn area(&self) -> f64 {
                self.0 * self.0
            }
        }
      `,
      after: rust`
        pub trait Shape {
            fn compute_area(&self) -> f64;
        }

        pub struct Square(pub f64);

        impl Shape for Square {
            fn compute_area(&self) -> f64 {
                self.0 * self.0
            }
        }
      `,
    },
    {
      title: 'the declaration has the typo, its uses do not',
      before: rust`
        pub fn average(values: &[f64]) -> f64 {
            let legnth_of_values = values.len() as f64;
            let sum: f64 = values.iter().sum();
            if length_of_values == 0.0 {
                return 0.0;
            }
            sum / length_of_values
        }
      `,
      after: rust`
        pub fn average(values: &[f64]) -> f64 {
            let length_of_values = values.len() as f64;
            let sum: f64 = values.iter().sum();
            if length_of_values == 0.0 {
                return 0.0;
            }
            sum / length_of_values
        }
      `,
    },
  ],
};

const kindsFor: Readonly<Record<Sought, readonly Name['kind'][]>> = {
  value: [
    'local',
    'parameter',
    'field',
    'const',
    'static',
    'function',
    'variant',
    'self',
    'import',
    'generic',
    'method',
  ],
  function: ['function', 'method', 'variant', 'local', 'parameter', 'import', 'type'],
  type: ['type', 'trait', 'generic', 'variant', 'import'],
  trait: ['trait', 'import'],
  macro: ['macro', 'trait'],
  module: ['module', 'type', 'import', 'trait', 'generic'],
  import: ['module', 'type', 'trait', 'function', 'const', 'static', 'import'],
  lifetime: ['lifetime'],
  any: ['type', 'variant', 'function', 'local', 'parameter', 'const', 'import', 'macro'],
  member: [],
};

function choicesFor(input: ProposeInput, found: Unresolved): Choice[] {
  const members = found.sought === 'member' || memberPlace(found) ? memberChoices(input, found) : null;
  const choices = members ?? scopeChoices(input, found);
  const best = new Map<string, Choice>();
  for (const choice of choices) {
    if (choice.path === found.name || choice.name === '_') continue;
    const known = best.get(choice.path);
    if (known === undefined || known.likeness < choice.likeness) best.set(choice.path, choice);
  }
  return [...best.values()].sort(
    (a, b) => b.likeness - a.likeness || a.distance - b.distance || (a.path < b.path ? -1 : 1),
  );
}

/** Whether the name stands behind `::` or `.`. */
function memberPlace(found: Unresolved): boolean {
  const tokens = tokensOf(found.file);
  const before = tokens[tokenIndexAt(tokens, found.range.start) - 1];
  return before?.text === '::' || before?.text === '.';
}

function scopeChoices(input: ProposeInput, found: Unresolved): Choice[] {
  const kinds = kindsFor[found.sought];
  return namesInScope(found.file, found.range.start, input)
    .filter((name) => kinds.includes(name.kind) && !declaredHere(name, found))
    .map((name) => ({
      name: name.name,
      path: name.path,
      likeness: similarity(found.name, name.name),
      distance: name.distance,
    }));
}

/** The unresolved name's own statement declares nothing that it could mean. */
function declaredHere(name: Name, found: Unresolved): boolean {
  const at = name.declaredAt;
  return at !== null && at.file === found.file.path && at.range.start === found.range.start;
}

/** Types that a message names: `struct \`Foo\``, `type \`&Foo<T>\``, `in \`foo\``; null when none is the crate's. */
function memberChoices(input: ProposeInput, found: Unresolved): Choice[] {
  const tree = crateOf(found.file, input);
  const written = pathBefore(found);
  const owners = [...new Set([...ownersIn(input.diagnostic), ...(written === null ? [] : [written])])];
  const choices: Choice[] = [];
  const wanted = memberKinds(input.diagnostic);
  for (const owner of owners) {
    for (const member of membersOf(owner, tree)) {
      if (wanted !== null && !wanted.includes(member.kind)) continue;
      choices.push({
        name: member.name,
        path: member.name,
        likeness: similarity(found.name, member.name),
        distance: 0,
      });
    }
    const items = crateItems(tree).filter((item) => item.module.at(-1) === owner);
    for (const item of items) {
      choices.push({ name: item.name, path: item.name, likeness: similarity(found.name, item.name), distance: 1 });
    }
  }
  return choices;
}

function memberKinds(diagnostic: Diagnostic): readonly ItemKind[] | null {
  if (/no method/.test(diagnostic.message)) return ['method', 'field'];
  if (/field/.test(diagnostic.message)) return ['field'];
  return null;
}

function ownersIn(diagnostic: Diagnostic): string[] {
  const quoted = [
    ...`${diagnostic.message} ${diagnostic.spans.map((span) => span.label ?? '').join(' ')}`.matchAll(/`([^`]+)`/g),
  ];
  return quoted.flatMap((match) => {
    const names = lex(match[1] as string).filter((token) => token.kind === 'ident');
    return names.map((token) => token.text);
  });
}

/** `Shape` of `Shape::Circl`. */
function pathBefore(found: Unresolved): string | null {
  const tokens = tokensOf(found.file);
  const index = tokenIndexAt(tokens, found.range.start);
  const owner = tokens[index - 2];
  return tokens[index - 1]?.text === '::' && owner?.kind === 'ident' ? owner.text : null;
}

function draftOf(input: ProposeInput, found: Unresolved, choice: Choice): Draft {
  const edits = replaceEverywhere(input, found, choice.path);
  return {
    title: `\`${choice.path}\` instead of \`${found.name}\`${edits.length > 1 ? ` (in ${edits.length} places)` : ''}`,
    edits,
    features: { similarity: choice.likeness, distance: Math.min(choice.distance, 100), places: edits.length },
  };
}

/** The nearest locals, whatever they are called: short names have no letters to compare. */
function unlike(input: ProposeInput, found: Unresolved): Draft[] {
  const locals = scopeChoices(input, found).filter((choice) => choice.distance < 100 && choice.likeness < alike);
  const names = namesInScope(found.file, found.range.start, input);
  const bindings = new Set(
    names.filter((name) => name.kind === 'local' || name.kind === 'parameter').map((name) => name.path),
  );
  return locals
    .filter((choice) => bindings.has(choice.path))
    .slice(0, mostUnlike)
    .map((choice) => ({ ...draftOf(input, found, choice), flags: ['unlikely'] }));
}

/** Two names run together: `countsentry` for `counts.entry`, `HashMapnew` for `HashMap::new`. */
function glued(input: ProposeInput, found: Unresolved): Draft[] {
  const heads = namesInScope(found.file, found.range.start, input).filter(
    (name) => name.name.length > 1 && name.name.length < found.name.length - 1 && found.name.startsWith(name.name),
  );
  const values = heads.filter((name) => ['local', 'parameter', 'field', 'static', 'const', 'self'].includes(name.kind));
  const types = heads.filter((name) => ['type', 'import', 'module'].includes(name.kind));
  const texts = [
    ...values.map((name) => `${name.path}.${found.name.slice(name.name.length)}`),
    ...types.map((name) => `${name.path}::${found.name.slice(name.name.length)}`),
  ];
  return [...new Set(texts)].slice(0, 2).map((text) => ({
    title: `\`${text}\` instead of \`${found.name}\``,
    edits: replaceEverywhere(input, found, text),
    features: { similarity: 0.7, glued: 1 },
  }));
}

/** The other way round: the only declaration that comes near is renamed to what its uses say. */
function renamedDeclaration(input: ProposeInput, found: Unresolved): Draft | null {
  if (!['value', 'function', 'type', 'member'].includes(found.sought)) return null;
  const near = choicesFor(input, found).find((choice) => choice.likeness >= 0.7);
  if (near === undefined || found.name === 'self') return null;
  const edits: Edit[] = [];
  for (const path of input.files) {
    const file = input.source(path);
    if (file !== null)
      edits.push(...occurrences(file, near.name).map((at) => file.edit(at, at + near.name.length, found.name)));
  }
  if (edits.length === 0 || edits.length > 40) return null;
  return {
    title: `rename \`${near.name}\` to \`${found.name}\` (in ${edits.length} places)`,
    edits,
    features: { similarity: near.likeness, rename: 1, places: edits.length },
  };
}

function occurrences(file: SourceFile, name: string): number[] {
  const types = ['identifier', 'field_identifier', 'type_identifier', 'shorthand_field_identifier'];
  return descendants(file.root, ...types)
    .filter((node) => node.text === name)
    .map((node) => node.startIndex);
}
