// A name that nothing answers to, but something near it does: a typo, another case, a field without `self.`, a variant
// without its enum.
//
//     let total_price = 3;                  let total_price = 3;
//     totalprice + 1                   →    total_price + 1
//
// The candidates are the names in scope of the kind that is looked for, by similarity and then by distance; the same
// name is replaced wherever it is reported. Members are looked up in the type that the compiler names. Names that only
// an import would bring are names-imports', words of other languages names-foreign's.
import type { Edit } from '../../schemas/types.ts';
import { descendants, enclosing, type Node, type SourceFile } from '../../tools/index/source.ts';
import type { Draft, ProbeRequest, ProposeInput, Proposer } from '../types.ts';
import { askedNames, namesQuestion, typeQuestion } from './support/asked.ts';
import { type Choice, choicesFor, expectedPlace, scopeChoices } from './support/name-choices.ts';
import { rust } from './support/rust.ts';
import { replaceEverywhere, type Unresolved, unresolvedOf } from './support/unresolved.ts';

/** Below this two names are not taken for the same word. Tried on the examples: `siz`/`size` 0.75, `idx`/`index` 0.6. */
const alike = 0.5;
const most = 8;
/** Locals that are offered although they look different. */
const mostUnlike = 3;
/** A choice that looks so much like the name needs no question. */
const certain = 0.9;
/** Times that a name which is renamed may be said in all files, comments included. */
const mostSaid = 120;
/** Bindings whose type is asked. */
const mostAsked = 2;

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
  probes(input: ProposeInput): ProbeRequest[] {
    const found = unresolvedOf(input);
    if (found === null || (found.sought !== 'value' && found.sought !== 'function')) return [];
    const place = expectedPlace(input, found);
    const choices = place === null ? [] : contenders(input, found);
    if (place === null || choices.length === 0 || (choices[0] as Choice).likeness >= certain) return [];
    // Two that look alike, or none that does: then the types decide.
    const untyped = choices.flatMap(({ known }) =>
      known?.type === null && known.declared !== null ? [known.declared] : [],
    );
    const bindings = untyped
      .filter((declared) => declared.file === found.file.path)
      .map((declared) => typeQuestion(found.file, found.file.range(declared)));
    return [
      namesQuestion(found.file, found.range.start),
      typeQuestion(found.file, place, 'expected'),
      ...bindings.slice(0, mostAsked),
    ];
  },
  propose(input: ProposeInput): Draft[] {
    const found = unresolvedOf(input);
    if (found === null) return [];
    const drafts = choicesFor(input, found)
      .filter((choice) => choice.likeness >= alike)
      .slice(0, most)
      .map((choice) => draftOf(input, found, choice));
    if (found.sought === 'value' && drafts.length === 0) drafts.push(...unlike(input, found));
    // Lifetimes have no letters to compare: where one is declared, it is meant.
    const lifetimes = found.sought === 'lifetime' && drafts.length === 0 ? choicesFor(input, found) : [];
    const declared = lifetimes.filter((choice) => choice.name !== "'static");
    if (declared.length === 1) drafts.push(draftOf(input, found, { ...(declared[0] as Choice), likeness: alike }));
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
      title: 'of two that look alike, the one whose type is asked for',
      before: rust`
        fn pad(text: &str, width: usize) -> String {
            format!("{:>1$}", text, width)
        }

        pub fn entry(name: &str) -> String {
            let line_text = name.to_uppercase();
            let line_units = name.chars().count() + 4;
            pad(&line_text, line_width)
        }
      `,
      after: rust`
        fn pad(text: &str, width: usize) -> String {
            format!("{:>1$}", text, width)
        }

        pub fn entry(name: &str) -> String {
            let line_text = name.to_uppercase();
            let line_units = name.chars().count() + 4;
            pad(&line_text, line_units)
        }
      `,
      within: 1,
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

function draftOf(input: ProposeInput, found: Unresolved, choice: Choice): Draft {
  const edits = replaceEverywhere(input, found, choice.path);
  const isVariable = choice.known?.kind === 'local' || choice.known?.kind === 'parameter';
  // Nobody slips the same way three times beside the right spelling: two names that are both in use are two variables.
  const own = isVariable && edits.length > 2 && mentioned(found, choice.name) > 2;
  return {
    ...(own ? { flags: ['unlikely' as const] } : {}),
    title: `\`${choice.path}\` instead of \`${found.name}\`${edits.length > 1 ? ` (in ${edits.length} places)` : ''}`,
    edits,
    features: {
      similarity: choice.likeness,
      distance: Math.min(choice.distance, 100),
      repeats: edits.length,
      // The same name at the end of a longer path: people import.
      ...(/^[a-z]\w*::/.test(choice.path) && choice.name === found.name ? { qualified: 1 } : {}),
    },
  };
}

/** How often the function around a place says a name. */
function mentioned(found: Unresolved, name: string): number {
  const fn = enclosing(found.file.nodeAt(found.range), 'function_item');
  return fn === null ? 0 : descendants(fn, 'identifier').filter((node) => node.text === name).length;
}

/** The nearest locals, whatever they are called: short names have no letters to compare. Those of the expected type first. */
function unlike(input: ProposeInput, found: Unresolved): Draft[] {
  return unlikeChoices(input, found)
    .filter((choice) => choice.agrees >= 0)
    .sort((a, b) => b.agrees - a.agrees)
    .slice(0, mostUnlike)
    .map((choice) => ({ ...draftOf(input, found, choice), flags: ['unlikely'] }));
}

function unlikeChoices(input: ProposeInput, found: Unresolved): Choice[] {
  return scopeChoices(input, found).filter(
    ({ known, distance, likeness }) =>
      (known?.kind === 'local' || known?.kind === 'parameter') && distance < 100 && likeness < alike,
  );
}

/** The choices between which types would decide: those that look alike, else the nearest locals. */
function contenders(input: ProposeInput, found: Unresolved): readonly Choice[] {
  const near = choicesFor(input, found).filter((choice) => choice.likeness >= alike);
  if (near.length === 1) return [];
  return near.length > 0 ? near : unlikeChoices(input, found);
}

/** Two names run together: `countsentry` for `counts.entry`, `HashMapnew` for `HashMap::new`. */
function glued(input: ProposeInput, found: Unresolved): Draft[] {
  const heads = askedNames(input, found.file, found.range.start).filter(
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
  if (near === undefined || near.name === found.name || found.name === 'self') return null;
  const edits: Edit[] = [];
  let open = false;
  // A tree is only worth its memory where the name stands; a name that stands all over a large crate is not renamed.
  const word = new RegExp(`\\b${near.name.replace(/\W/g, '')}\\b`, 'g');
  const holding: SourceFile[] = [];
  let said = 0;
  for (const path of input.files) {
    const file = input.source(path);
    const times = file?.text.match(word)?.length ?? 0;
    if (file === null || times === 0) continue;
    said += times;
    if (said > mostSaid) return null;
    holding.push(file);
  }
  for (const file of holding) {
    for (const node of occurrences(file, near.name)) {
      edits.push(file.edit(node.startIndex, node.endIndex, found.name));
      const declares = node.parent?.childForFieldName('name')?.id === node.id ? node.parent : null;
      open ||= declares?.namedChild(0)?.type === 'visibility_modifier';
    }
  }
  if (edits.length === 0 || edits.length > 40) return null;
  return {
    title: `rename \`${near.name}\` to \`${found.name}\` (in ${edits.length} places)`,
    edits,
    // Who is outside knows a public name as it was.
    flags: open ? ['unlikely'] : [],
    features: { similarity: near.likeness, rename: 1, places: edits.length },
  };
}

function occurrences(file: SourceFile, name: string): Node[] {
  const types = ['identifier', 'field_identifier', 'type_identifier', 'shorthand_field_identifier'];
  return descendants(file.root, ...types).filter((node) => node.text === name);
}
