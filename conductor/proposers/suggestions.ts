// What the compiler itself suggests: every suggestion of every applicability, alternatives and multi-part ones apart.
//
//     let point = Point { x: 1.0, y: 2.0 };        #[derive(Debug)]
//     println!("{:?}", point);                →    struct Point { … }
//
// The same slip in several places is one candidate, and so are all machine-applicable suggestions of the state. A
// placeholder is filled with what is in scope and fits, or the suggestion is dropped. Suggestions that take code away
// or bring in a body that somebody would have to write say so by their flags.
import type { Diagnostic, Edit, Suggestion } from '../../schemas/types.ts';
import { namesInScope } from '../../tools/index/scope.ts';
import { descendants } from '../../tools/index/source.ts';
import type { CandidateFlag, Draft, ProposeInput, Proposer } from '../types.ts';
import { enclosingFunction } from './support/functions.ts';
import { endsEveryRound } from './support/loops.ts';
import { fillPlaceholders, hasPlaceholder } from './support/placeholders.ts';
import { rust } from './support/rust.ts';
import { lex } from './support/tokens.ts';

/** Drafts that one placeholder may become. */
const fills = 4;

/** How sure the compiler is of it, as a number for ranking. */
const sureness: Readonly<Record<Suggestion['applicability'], number>> = {
  MachineApplicable: 3,
  MaybeIncorrect: 2,
  Unspecified: 1,
  HasPlaceholders: 0,
};

export const suggestions: Proposer = {
  name: 'suggestions',
  codes: 'any',
  propose(input: ProposeInput): Draft[] {
    const own = input.diagnostic.suggestions.map((suggestion, index) => ({ suggestion, index }));
    own.sort(
      (a, b) => sureness[b.suggestion.applicability] - sureness[a.suggestion.applicability] || a.index - b.index,
    );
    const drafts: Draft[] = [];
    // While the text does not parse, what later phases say of it is guesswork.
    const peers = input.errors.filter(
      (error) => error.root === null && (error.class === 'syntax') === (input.diagnostic.class === 'syntax'),
    );
    const all = joined(peers, (error) => error.suggestions.find((one) => usable(one.edits)));
    const machine = joined(peers, (error) =>
      error.suggestions.find((one) => one.applicability === 'MachineApplicable'),
    );
    if (own[0]?.suggestion.applicability === 'MachineApplicable' && machine.count > 1) {
      drafts.push(
        draft(
          input,
          `apply all ${machine.count} machine-applicable suggestions`,
          machine.edits,
          'MachineApplicable',
          machine.count,
        ),
      );
    }
    if (own.some(({ suggestion }) => usable(suggestion.edits)) && all.count > 1) {
      drafts.push(
        draft(input, `apply the first suggestion of ${all.count} errors`, all.edits, 'MaybeIncorrect', all.count),
      );
    }
    for (const { suggestion, index } of own) {
      const everywhere = repeated(input, suggestion, index);
      const title = firstLine(suggestion.message);
      if (everywhere.count > 1 && usable(everywhere.edits)) {
        drafts.push(
          draft(
            input,
            `${title} (in ${everywhere.count} places)`,
            everywhere.edits,
            withoutHoles(input, suggestion),
            everywhere.count,
          ),
        );
      }
      if (usable(suggestion.edits))
        drafts.push(draft(input, title, suggestion.edits, withoutHoles(input, suggestion), 1));
      else
        for (const edits of filled(input, suggestion))
          drafts.push(guessed(draft(input, title, edits, suggestion.applicability, 1), suggestion));
    }
    return unique(drafts).filter((one) => one.edits.every((edit) => fitsFile(input, edit)));
  },
  examples: [
    {
      title: 'a missing semicolon',
      before: rust`
        pub fn sum(a: i32, b: i32) -> i32 {
            let total = a + b
            total
        }
      `,
      after: rust`
        pub fn sum(a: i32, b: i32) -> i32 {
            let total = a + b;
            total
        }
      `,
    },
    {
      title: 'the same slip in two places, at once',
      before: rust`
        pub fn report(count: usize) {
            println("start");
            println("{} items", count);
        }
      `,
      after: rust`
        pub fn report(count: usize) {
            println!("start");
            println!("{} items", count);
        }
      `,
    },
    {
      title: 'one of several alternatives',
      before: rust`
        pub fn countdown() -> Vec<i32> {
            let mut left = Vec::new();
            for i in 0...3 {
                left.push(3 - i);
            }
            left
        }
      `,
      after: rust`
        pub fn countdown() -> Vec<i32> {
            let mut left = Vec::new();
            for i in 0..=3 {
                left.push(3 - i);
            }
            left
        }
      `,
    },
    {
      title: 'a suggestion in several parts',
      before: rust`
        pub fn parity(x: Option<i32>) -> Option<bool> {
            match x {
                Some(value) => value % 2 == 0,
                None => None,
            }
        }
      `,
      after: rust`
        pub fn parity(x: Option<i32>) -> Option<bool> {
            match x {
                Some(value) => Some(value % 2 == 0),
                None => None,
            }
        }
      `,
    },
    {
      title: 'a missing derive',
      before: rust`
        pub struct Point {
            x: f64,
            y: f64,
        }

        pub fn show(point: &Point) -> String {
            format!("{:?}", point)
        }
      `,
      after: rust`
        #[derive(Debug)]
        pub struct Point {
            x: f64,
            y: f64,
        }

        pub fn show(point: &Point) -> String {
            format!("{:?}", point)
        }
      `,
    },
    {
      title: 'a placeholder for which a variable of that type is in scope',
      before: rust`
        fn area(width: u32, height: u32) -> u32 {
            width * height
        }

        pub fn floor(width: u32, depth: u32, name: &str) -> u32 {
            println!("{name}");
            area(width) + depth
        }
      `,
      after: rust`
        fn area(width: u32, height: u32) -> u32 {
            width * height
        }

        pub fn floor(width: u32, depth: u32, name: &str) -> u32 {
            println!("{name}");
            area(width, depth) + depth
        }
      `,
    },
    {
      title: 'a lifetime for two references at once',
      before: rust`
        pub fn longest(a: &str, b: &str) -> &str {
            if a.len() > b.len() { a } else { b }
        }
      `,
      after: rust`
        pub fn longest<'a>(a: &'a str, b: &'a str) -> &'a str {
            if a.len() > b.len() { a } else { b }
        }
      `,
    },
    {
      title: 'suggestions of different kinds, at once',
      before: rust`
        pub fn bump(values: Vec<i32>) -> Vec<i32> {
            mut let out = Vec::new();
            for value in values {
                out.push(value + 1)
            }
            if out.len() <> 0 {
                out.sort();
            }
            out
        }
      `,
      after: rust`
        pub fn bump(values: Vec<i32>) -> Vec<i32> {
            let mut out = Vec::new();
            for value in values {
                out.push(value + 1)
            }
            if out.len() != 0 {
                out.sort();
            }
            out
        }
      `,
    },
  ],
};

interface Joined {
  readonly edits: readonly Edit[];
  /** Diagnostics that took part. */
  readonly count: number;
}

/** One suggestion of each error, where they do not overlap. */
function joined(errors: readonly Diagnostic[], choose: (error: Diagnostic) => Suggestion | undefined): Joined {
  const edits: Edit[] = [];
  let count = 0;
  for (const error of errors) {
    const fresh = choose(error)?.edits.filter((edit) => !edits.some((known) => sameEdit(known, edit)));
    if (fresh === undefined || fresh.length === 0) continue;
    if (fresh.some((edit) => edits.some((known) => overlap(known, edit)))) continue;
    edits.push(...fresh);
    count++;
  }
  return { edits, count };
}

/** The suggestion with those that other errors of the same code make in the same words. */
function repeated(input: ProposeInput, suggestion: Suggestion, index: number): Joined {
  const { diagnostic, errors } = input;
  const others = errors.filter(
    (error) => error !== diagnostic && error.id !== diagnostic.id && error.code === diagnostic.code,
  );
  return joined([diagnostic, ...others], (error) => {
    if (error === diagnostic) return suggestion;
    const alike = error.suggestions.filter((one) => words(one.message) === words(suggestion.message));
    return alike.find((one) => one === error.suggestions[index]) ?? alike[0];
  });
}

/** A message without the names it quotes. */
function words(message: string): string {
  return message.replace(/`[^`]*`/g, '_');
}

/** What goes is said to have placeholders and has none; of arguments, calls-arity knows more. */
function withoutHoles(input: ProposeInput, { applicability, edits }: Suggestion): Suggestion['applicability'] {
  if (input.diagnostic.code === 'E0057' || input.diagnostic.code === 'E0061') return applicability;
  return applicability === 'HasPlaceholders' && edits.every((edit) => edit.text === '')
    ? 'MaybeIncorrect'
    : applicability;
}

function draft(
  input: ProposeInput,
  title: string,
  edits: readonly Edit[],
  applicability: Suggestion['applicability'],
  places: number,
): Draft {
  const flags: CandidateFlag[] = [];
  if (edits.some((edit) => removes(input, edit, edits))) flags.push('removes');
  if (edits.some((edit) => invents(edit.text))) flags.push('invents');
  // In the first round of a loop already: hardly what the loop is for.
  const returns = edits.filter((edit) => /^return\b/.test(edit.text));
  if (returns.some((edit) => endsEveryRound(input.source(edit.file), edit))) flags.push('unlikely', 'guesses');
  // `?` says that the function gives something back: its last value is no statement.
  if (edits.some((edit) => edit.text === ';' && endsPassingFunction(input, edit))) flags.push('unlikely');
  const skeleton = edits.some((edit) => /\b(todo|unimplemented)!/.test(edit.text));
  return {
    title,
    edits,
    ...(flags.length === 0 ? {} : { flags }),
    features: { applicability: sureness[applicability], places, ...(skeleton ? { skeleton: 1 } : {}) },
  };
}

/** Whether `;` would end the last value of a function that passes errors on with `?` and names no result. */
function endsPassingFunction(input: ProposeInput, edit: Edit): boolean {
  const source = input.source(edit.file);
  const fn = source === null ? null : enclosingFunction(source, source.nodeAt(source.range(edit)));
  if (source === null || fn === null || fn.body === null || fn.returnType !== null) return false;
  const rest = source.text.slice(source.range(edit).start, fn.body.endIndex - 1);
  return rest.trim() === '' && descendants(fn.body, 'try_expression').length > 0;
}

const wordKinds: ReadonlySet<string> = new Set(['ident', 'keyword', 'number', 'string', 'char']);
/** Words whose removal leaves the behaviour as it is. */
const harmless: ReadonlySet<string> = new Set([
  'mut',
  'ref',
  'pub',
  'let',
  'dyn',
  'crate',
  'super',
  'self',
  'Self',
  'as',
  'return',
  'in',
]);
/** A few words may become an operator (`and`, `&&`); more of them are code that goes. */
const mostReplaced = 2;

/** An argument that no parameter takes, a generic argument that no parameter stands for: going is what repairs them. */
const surplus: ReadonlySet<string> = new Set(['E0057', 'E0061', 'E0107']);

/** Whether words go for which nothing comes, in this edit or another of the suggestion: imports and modifiers aside. */
function removes(input: ProposeInput, edit: Edit, all: readonly Edit[]): boolean {
  const file = input.source(edit.file);
  if (file === null || edit.start === edit.end || surplus.has(input.diagnostic.code ?? '')) return false;
  const old = file.slice(file.range(edit));
  if (/^\s*(pub\s+)?use\s/.test(old) || /^\s*(\/\/|\/\*)/.test(old)) return false;
  const arriving = lex(edit.text).filter((token) => token.kind !== 'comment' && token.kind !== 'doc');
  if (arriving.some((token) => wordKinds.has(token.kind))) return false;
  const elsewhere = new Set(all.flatMap((one) => lex(one.text).map((token) => token.text)));
  const gone = lex(old).filter(
    (token) => wordKinds.has(token.kind) && !harmless.has(token.text) && !elsewhere.has(token.text),
  );
  return gone.length > (arriving.length === 0 ? 0 : mostReplaced);
}

function invents(text: string): boolean {
  return /\b(todo|unimplemented|unreachable|panic)!|\.expect\(|\.unwrap(_or(_else|_default)?)?\(|\bdefault\(\)/.test(
    text,
  );
}

function usable(edits: readonly Edit[]): boolean {
  return !edits.some((edit) => hasPlaceholder(edit.text));
}

/** A value that a placeholder was filled with has the type, and nothing else speaks for it; a type is read off a literal. */
function guessed(draft: Draft, suggestion: Suggestion): Draft {
  const value = suggestion.edits.some(({ text }) => /\/\*.*\*\//.test(text));
  return value ? { ...draft, flags: [...(draft.flags ?? []), 'guesses'] } : draft;
}

/** The suggestion with its placeholders filled from what is in scope. */
function filled(input: ProposeInput, suggestion: Suggestion): Edit[][] {
  const holes = suggestion.edits.filter((edit) => hasPlaceholder(edit.text));
  const [hole] = holes;
  if (holes.length !== 1 || hole === undefined) return [];
  const file = input.source(hole.file);
  if (file === null) return [];
  const { start } = file.range(hole);
  const around = { before: file.text.slice(0, start), after: file.text.slice(file.range(hole).end) };
  const texts = fillPlaceholders(hole.text, namesInScope(file, start, input), around, fills);
  return texts.map((text) => suggestion.edits.map((edit) => (edit === hole ? { ...edit, text } : edit)));
}

function unique(drafts: readonly Draft[]): Draft[] {
  const seen = new Set<string>();
  return drafts.filter((one) => {
    const key = JSON.stringify(
      [...one.edits].sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : a.start - b.start)),
    );
    return !seen.has(key) && seen.add(key);
  });
}

function sameEdit(a: Edit, b: Edit): boolean {
  return a.file === b.file && a.start === b.start && a.end === b.end && a.text === b.text;
}

/** Two insertions at one place overlap too: their order would be a guess. */
function overlap(a: Edit, b: Edit): boolean {
  if (a.file !== b.file) return false;
  return (a.start < b.end && b.start < a.end) || (a.start === b.start && a.end === b.end);
}

/** Whether the edit lies in the text as it is now: a suggestion may be older than the file. */
function fitsFile(input: ProposeInput, edit: Edit): boolean {
  const file = input.source(edit.file);
  if (file === null) return false;
  const { start, end } = file.range(edit);
  return file.byteOfIndex(start) === edit.start && file.byteOfIndex(end) === edit.end;
}

function firstLine(message: string): string {
  return message.split('\n')[0] as string;
}
