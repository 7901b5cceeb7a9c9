// E0308 and E0277 about failing: an `Option` where a `Result` is asked for, an error of another type, `?` where the
// function cannot leave with it. The error comes from the crate: one that stands nearby, a variant that holds the other
// error or holds nothing.
//
// self.stack.pop()                              before, in a function that returns Result<i64, VmError>
// self.stack.pop().ok_or(VmError::Underflow)    after, where another place says so
//
// Errors that are text are types-iterators' and types-wrapping's.
import type { Diagnostic, Edit } from '../../schemas/types.ts';
import { descendants, enclosing, type Node, type SourceFile } from '../../tools/index/source.ts';
import type { CandidateFlag, Draft, ProposeInput, Proposer } from '../types.ts';
import { typeNamed } from './support/derives.ts';
import { sound } from './support/drafts.ts';
import { callArguments, methodCall, namedChildren, receiver } from './support/expressions.ts';
import { enclosingFunction, returnTypeOf } from './support/functions.ts';
import { type Mismatch, mismatches, quotedParts } from './support/mismatch.ts';
import { rust } from './support/rust.ts';
import { isPath, isText, matches, parseType, type RustType } from './support/rust-type.ts';

const most = 6;

export const typesErrors: Proposer = {
  name: 'types-errors',
  codes: ['E0308', 'E0277', 'E0271'],
  propose(input) {
    if (input.diagnostic.code === 'E0308') return sound(mismatched(input), most);
    return sound([...everywhere(input), ...questioned(input)], most);
  },
  examples: [
    {
      title: 'the error that another place names',
      before: rust`
        #[derive(Debug)]
        pub enum VmError {
            Underflow,
            DivideByZero,
        }

        pub struct Vm {
            stack: Vec<i64>,
        }

        impl Vm {
            pub fn pop(&mut self) -> Result<i64, VmError> {
                self.stack.pop()
            }

            pub fn top(&self) -> Result<i64, VmError> {
                self.stack.last().copied().ok_or(VmError::Underflow)
            }
        }
      `,
      after: rust`
        #[derive(Debug)]
        pub enum VmError {
            Underflow,
            DivideByZero,
        }

        pub struct Vm {
            stack: Vec<i64>,
        }

        impl Vm {
            pub fn pop(&mut self) -> Result<i64, VmError> {
                self.stack.pop().ok_or(VmError::Underflow)
            }

            pub fn top(&self) -> Result<i64, VmError> {
                self.stack.last().copied().ok_or(VmError::Underflow)
            }
        }
      `,
      within: 1,
    },
    {
      title: 'a variant that holds the other error',
      before: rust`
        use std::num::ParseIntError;

        pub enum ConfigError {
            Missing,
            Number(ParseIntError),
        }

        pub fn port(text: Option<&str>) -> Result<u16, ConfigError> {
            let text = text.ok_or(ConfigError::Missing)?;
            let port = text.trim().parse::<u16>()?;
            Ok(port)
        }
      `,
      after: rust`
        use std::num::ParseIntError;

        pub enum ConfigError {
            Missing,
            Number(ParseIntError),
        }

        pub fn port(text: Option<&str>) -> Result<u16, ConfigError> {
            let text = text.ok_or(ConfigError::Missing)?;
            let port = text.trim().parse::<u16>().map_err(ConfigError::Number)?;
            Ok(port)
        }
      `,
      within: 1,
    },
    {
      title: 'nothing is passed on where only options may leave',
      before: rust`
        pub fn number(text: &str) -> Option<i32> {
            let n = text.parse::<i32>()?;
            Some(n + 1)
        }
      `,
      after: rust`
        pub fn number(text: &str) -> Option<i32> {
            let n = text.parse::<i32>().ok()?;
            Some(n + 1)
        }
      `,
      within: 1,
    },
    {
      title: 'a question about what cannot fail',
      before: rust`
        pub fn size(items: &[u8]) -> Option<usize> {
            let n = items.len()?;
            Some(n)
        }
      `,
      after: rust`
        pub fn size(items: &[u8]) -> Option<usize> {
            let n = items.len();
            Some(n)
        }
      `,
      within: 1,
    },
    {
      title: 'the same error, however the parsed type is said',
      before: rust`
        use std::num::ParseIntError;

        pub enum Failure {
            Number(ParseIntError),
            Negative(i32),
        }

        pub fn both(a: &str, b: &str) -> Result<i32, Failure> {
            let x: i32 = a.parse()?;
            let y = b.parse::<i32>()?;
            if x < 0 {
                return Err(Failure::Negative(x));
            }
            Ok(x + y)
        }
      `,
      after: rust`
        use std::num::ParseIntError;

        pub enum Failure {
            Number(ParseIntError),
            Negative(i32),
        }

        pub fn both(a: &str, b: &str) -> Result<i32, Failure> {
            let x: i32 = a.parse().map_err(Failure::Number)?;
            let y = b.parse::<i32>().map_err(Failure::Number)?;
            if x < 0 {
                return Err(Failure::Negative(x));
            }
            Ok(x + y)
        }
      `,
      within: 1,
    },
  ],
};

interface Choice {
  readonly text: string;
  readonly agreement: number;
  readonly flags: readonly CandidateFlag[];
}

function mismatched(input: ProposeInput): Draft[] {
  const drafts: Draft[] = [];
  for (const one of mismatches(input)) {
    drafts.push(...told(input, one));
    if (!isPath(one.expected, 'Result') || one.expected.kind !== 'path' || one.found.kind !== 'path') continue;
    const [value, error] = one.expected.args;
    const put = (title: string, text: string, choice: Choice): void => {
      drafts.push({
        title,
        edits: [one.source.edit(one.range.start, one.range.end, text)],
        flags: choice.flags,
        features: { agreement: choice.agreement },
      });
    };
    if (value === undefined || error === undefined) continue;
    if (isPath(one.found, 'Option') && one.found.args[0] && matches(one.found.args[0], value))
      for (const choice of plainErrors(input, one.source, one.range.start, error))
        put(`None is \`${choice.text}\``, `${receiver(one.text)}.ok_or(${choice.text})`, choice);
    if (
      isPath(one.found, 'Result') &&
      one.found.args[1] &&
      matches(one.found.args[0] ?? value, value) &&
      !matches(one.found.args[1], error)
    )
      for (const choice of mappings(input, one.source, one.range.start, one.found.args[1], error))
        put(`The error as \`${choice.text}\``, `${receiver(one.text)}.map_err(${choice.text})`, choice);
  }
  return drafts;
}

/** Text where an error of the crate's is expected: the variant that says the same, else the only one that holds text. */
function told(input: ProposeInput, { source, range, node, expected, found, text }: Mismatch): Draft[] {
  const owned = isPath(found, 'String');
  if (expected.kind !== 'path' || !(owned || isText(found)) || node === null) return [];
  const own = typeNamed(input, expected.name);
  if (own?.node.type !== 'enum_item') return [];
  const variants = descendants(own.node, 'enum_variant');
  const plain = (words: string): string => words.toLowerCase().replace(/[^a-z0-9]/g, '');
  const put = (written: string, agreement: number): Draft => ({
    title: `The error \`${written}\``,
    edits: [source.edit(range.start, range.end, written)],
    features: { agreement },
  });
  const holding = variants.filter((variant) => {
    const body = variant.childForFieldName('body');
    return body?.type === 'ordered_field_declaration_list' && body.text.replace(/\s/g, '') === '(String)';
  });
  const path = (variant: Node): string => `${expected.name}::${variant.childForFieldName('name')?.text}`;
  const same = variants.filter(
    (variant) =>
      variant.childForFieldName('body') === null &&
      plain(variant.childForFieldName('name')?.text ?? '') === plain(text),
  );
  const held = holding.length === 1 ? holding : [];
  return [
    ...same.map((variant) => put(path(variant), 1)),
    ...held.map((variant) => put(`${path(variant)}(${owned ? text : `${receiver(text)}.to_string()`})`, 0.9)),
  ];
}

function questioned(input: ProposeInput): Draft[] {
  const { message } = input.diagnostic;
  const span = input.diagnostic.spans.find((one) => one.primary);
  const source = span === undefined ? null : input.source(span.file);
  if (span === undefined || source === null || !message.includes('`?`')) return [];
  const range = source.range(span);
  const node = enclosing(
    source.nodeAt({ start: Math.max(range.start, range.end - 1), end: range.end }),
    'try_expression',
  );
  if (node === null) return [];
  const at = node.endIndex - 1;
  const put = (title: string, edits: readonly Edit[], choice: Choice): Draft => ({
    title,
    edits,
    flags: choice.flags,
    features: { agreement: choice.agreement },
  });
  const sure: Choice = { text: '', agreement: 1, flags: [] };
  if (message.includes('can only be applied to values that implement'))
    return [put('It cannot fail', [source.edit(at, node.endIndex, '')], sure)];
  const fn = enclosingFunction(source, node);
  const returns = fn === null ? null : returnTypeOf(fn);
  if (message.includes('on `Option`s, not `Result`s') && isPath(returns, 'Option'))
    return [put('Nothing instead of the error', [source.insert(at, '.ok()')], sure)];
  const error = isPath(returns, 'Result') && returns.kind === 'path' ? returns.args[1] : undefined;
  if (error === undefined) return [];
  if (message.includes('on `Result`s, not `Option`s'))
    return plainErrors(input, source, node.startIndex, error).map((choice) =>
      put(`None is \`${choice.text}\``, [source.insert(at, `.ok_or(${choice.text})`)], choice),
    );
  return [];
}

/** A `?` whose error is of another type than the function's. */
interface Unconverted {
  readonly source: SourceFile;
  /** Index of the `?`. */
  readonly at: number;
  readonly from: RustType;
  readonly to: RustType;
  /** What the call before it leaves open, with where a turbofish would say it: a closure may not. */
  readonly open: { readonly at: number; readonly type: string } | null;
}

/** "`?` couldn't convert the error to `E`", and its form where the parsed type is open: "`<i32 as FromStr>::Err == E`". */
function unconverted(input: ProposeInput, diagnostic: Diagnostic): Unconverted | null {
  const span = diagnostic.spans.find((one) => one.primary);
  const source = span === undefined ? null : input.source(span.file);
  if (span === undefined || source === null) return null;
  const range = source.range(span);
  const opened =
    diagnostic.code === 'E0271' ? /`<(.+) as (?:\w+::)*FromStr>::Err == /.exec(diagnostic.message)?.[1] : null;
  if (opened === undefined || (opened === null && !diagnostic.message.includes("couldn't convert the error")))
    return null;
  const end = opened === null ? range.end : range.end + 1;
  const node = enclosing(source.nodeAt({ start: Math.max(range.start, end - 1), end }), 'try_expression');
  const fn = node === null ? null : enclosingFunction(source, node);
  const returns = fn === null ? null : returnTypeOf(fn);
  const to = isPath(returns, 'Result') && returns.kind === 'path' ? returns.args[1] : undefined;
  const from = opened === null ? convertedFrom(diagnostic) : parseType(quotedParts(span.label ?? '')[1] ?? '');
  if (node === null || to === undefined || from === null) return null;
  const at = node.endIndex - 1;
  return { source, at, from, to, open: opened === null ? null : { at: range.end, type: opened } };
}

/** The error as the function's, at this `?` and at all others of the same two types. */
function everywhere(input: ProposeInput): Draft[] {
  const own = unconverted(input, input.diagnostic);
  if (own === null) return [];
  const others = input.errors.flatMap((error) => {
    const other = error === input.diagnostic ? null : unconverted(input, error);
    return other === null || (other.source === own.source && other.at === own.at) ? [] : [other];
  });
  const same = others.filter((other) => matches(other.from, own.from) && matches(other.to, own.to));
  const asText = isPath(own.to, 'String') ? others.filter((other) => isPath(other.to, 'String')) : same;
  const drafts = mappings(input, own.source, own.at, own.from, own.to).flatMap((choice): Draft[] => {
    const draft: Draft = {
      title: `The error as \`${choice.text}\``,
      edits: mapped(own, choice),
      flags: choice.flags,
      features: { agreement: choice.agreement },
    };
    const twins = asText.flatMap((other) => mapped(other, choice));
    if (twins.length === 0) return [draft];
    const repeats = asText.length + 1;
    const all = { ...draft, edits: [...draft.edits, ...twins], features: { ...draft.features, repeats } };
    return [{ ...all, title: `${draft.title}, ${repeats} times` }, draft];
  });
  return [...drafts, ...anyError(own, others)];
}

function mapped({ source, at, open }: Unconverted, { text }: Choice): Edit[] {
  const turbofish = open === null || !text.startsWith('|e|') ? [] : [source.insert(open.at, `::<${open.type}>`)];
  return [...turbofish, source.insert(at, `.map_err(${text})`)];
}

/** A function that fails in several ways may fail in any. */
function anyError({ source, at, to }: Unconverted, others: readonly Unconverted[]): Draft[] {
  const fn = enclosingFunction(source, source.nodeAt({ start: at, end: at }));
  const type = fn?.returnType ?? null;
  const written = type?.childForFieldName('type_arguments')?.namedChild(1) ?? null;
  const foreign = to.kind === 'path' && /(?:Parse\w+|Utf8|TryFromInt|Io|io::)Error$/.test(to.path);
  if (written === null || !foreign) return [];
  return [
    {
      title: 'Any error',
      edits: [source.edit(written.startIndex, written.endIndex, 'Box<dyn std::error::Error>')],
      features: { agreement: 0.7, ...(others.length > 0 ? { repeats: others.length + 1 } : {}) },
    },
  ];
}

/** The error that `?` had in hand: "the trait `From<ParseIntError>` is not implemented for `E`". */
function convertedFrom(diagnostic: Diagnostic): RustType | null {
  const texts = [
    ...diagnostic.spans.map((span) => span.label ?? ''),
    ...diagnostic.notes.map((note) => note.message),
    diagnostic.rendered,
  ];
  for (const text of texts) {
    const from = /`From<(.+?)>`/.exec(text)?.[1] ?? /this has type `Result<_, (.+?)>`/.exec(text)?.[1];
    const type = from === undefined ? null : parseType(from);
    if (type !== null) return type;
  }
  return null;
}

/** Errors of a type that need nothing to be made of: those that other places use, then variants without a value. */
function plainErrors(input: ProposeInput, source: SourceFile, at: number, error: RustType): Choice[] {
  if (error.kind !== 'path') return [];
  const found = new Map<string, Choice>();
  const here = enclosing(source.nodeAt({ start: at, end: at }), 'impl_item');
  for (const [place, text] of used(input, error.name)) {
    const near =
      place.source === source &&
      here !== null &&
      place.node.startIndex >= here.startIndex &&
      place.node.endIndex <= here.endIndex;
    const agreement = Math.min(1, (found.get(text)?.agreement ?? (near ? 0.6 : 0.4)) + (place.option ? 0.3 : 0.05));
    found.set(text, { text, agreement, flags: [] });
  }
  const own = typeNamed(input, error.name);
  for (const variant of own === null ? [] : descendants(own.node, 'enum_variant')) {
    const text = `${error.name}::${variant.childForFieldName('name')?.text}`;
    if (variant.childForFieldName('body') === null && !found.has(text))
      found.set(text, { text, agreement: 0.3, flags: ['unlikely'] });
  }
  return [...found.values()].sort((a, b) => b.agreement - a.agreement);
}

interface Place {
  readonly source: SourceFile;
  readonly node: Node;
  /** Whether it stands for a missing value: `.ok_or(E)`. */
  readonly option: boolean;
}

/** Plain errors of an enum that stand in `Err(…)` and `.ok_or(…)`: a path, or one with literals alone. */
function used(input: ProposeInput, name: string): [Place, string][] {
  const found: [Place, string][] = [];
  for (const path of input.files) {
    const source = input.source(path);
    if (source === null || !source.text.includes(`${name}::`)) continue;
    for (const node of descendants(source.root, 'call_expression')) {
      const option = methodCall(node)?.name.text === 'ok_or';
      if (!option && node.childForFieldName('function')?.text !== 'Err') continue;
      const value = callArguments(node)[0];
      if (value?.type === 'scoped_identifier' && value.text.startsWith(`${name}::`))
        found.push([{ source, node, option }, value.text]);
    }
  }
  return found;
}

/** How an error becomes the crate's: a variant that holds it, text, or a variant without a value. */
function mappings(input: ProposeInput, source: SourceFile, at: number, from: RustType, to: RustType): Choice[] {
  if (to.kind !== 'path') return [];
  if (isPath(to, 'String')) return [{ text: '|e| e.to_string()', agreement: 0.9, flags: [] }];
  const found: Choice[] = [];
  const own = typeNamed(input, to.name);
  for (const variant of own?.node.type === 'enum_item' ? descendants(own.node, 'enum_variant') : []) {
    const body = variant.childForFieldName('body');
    const held = body === null ? [] : namedChildren(body);
    const path = `${to.name}::${variant.childForFieldName('name')?.text}`;
    if (body?.type === 'field_declaration_list' || held.length !== 1) continue;
    const type = parseType(held[0]?.text ?? '');
    if (type !== null && matches(type, from)) found.push({ text: path, agreement: 1, flags: [] });
    else if (isPath(type, 'String')) found.push({ text: `|e| ${path}(e.to_string())`, agreement: 0.5, flags: [] });
  }
  const struct = own?.node.type === 'struct_item' ? own.node.childForFieldName('body') : null;
  if (
    struct?.type === 'ordered_field_declaration_list' &&
    namedChildren(struct).some((child) => child.text === 'String')
  )
    found.push({ text: `|e| ${to.name}(e.to_string())`, agreement: 0.6, flags: [] });
  for (const choice of plainErrors(input, source, at, to))
    found.push({ ...choice, text: `|_| ${choice.text}`, agreement: choice.agreement * 0.7 });
  return found.sort((a, b) => b.agreement - a.agreement);
}
