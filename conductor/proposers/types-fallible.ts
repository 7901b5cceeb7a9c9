// E0277 of `?` in a function that returns a bare value: the function says that it may fail, its results are wrapped, and its
// callers ask in turn.
//
// fn read(text: &str) -> i32 { text.parse::<i32>()? + 1 }                              before
// fn read(text: &str) -> Result<i32, std::num::ParseIntError> { Ok(text.parse::<i32>()? + 1) }   after
import type { Diagnostic, Edit } from '../../schemas/types.ts';
import { descendants, enclosing, type Node, type SourceFile } from '../../tools/index/source.ts';
import type { ProbeRequest, ProposeInput, Proposer } from '../types.ts';
import { askedType, typeQuestion } from './support/asked.ts';
import { sound } from './support/drafts.ts';
import { methodCall, rangeOf } from './support/expressions.ts';
import { calleeOf, enclosingFunction, functionsNamed, type RustFunction, resultsOf } from './support/functions.ts';
import { localAt } from './support/locals.ts';
import { rust } from './support/rust.ts';
import { isFloat, isInteger, isPath, parseType, type RustType, writeType } from './support/rust-type.ts';
import { statementsOf } from './support/statements.ts';

const ANY_ERROR = 'Box<dyn std::error::Error>';
/** Errors of std by the name that the compiler prints, and the path that needs no import. */
const STD_ERRORS: Readonly<Record<string, string>> = {
  ParseIntError: 'std::num::ParseIntError',
  ParseFloatError: 'std::num::ParseFloatError',
  ParseBoolError: 'std::str::ParseBoolError',
  TryFromIntError: 'std::num::TryFromIntError',
  Utf8Error: 'std::str::Utf8Error',
  FromUtf8Error: 'std::string::FromUtf8Error',
};

export const typesFallible: Proposer = {
  name: 'types-fallible',
  codes: ['E0277'],
  probes(input): ProbeRequest[] {
    const asked = questionAt(input, input.diagnostic);
    return asked === null ? [] : [typeQuestion(asked.source, rangeOf(asked.inner))];
  },
  propose(input) {
    const own = questionAt(input, input.diagnostic);
    const fn = own === null ? null : enclosingFunction(own.source, own.node);
    if (own === null || fn === null || fn.body === null || fn.name === 'main') return [];
    const questions = descendants(fn.body, 'try_expression').filter(
      (node) => enclosingFunction(fn.source, node)?.node.equals(fn.node) === true,
    );
    const types = questions.map((node) => typeOf(input, fn.source, node.namedChild(0)));
    const option = types.some((type) => isPath(type, 'Option'));
    const errors = types.map((type) =>
      isPath(type, 'Result') && type.kind === 'path' ? (type.args[1] ?? null) : null,
    );
    if (option && errors.some((error) => error !== null)) return [];
    const value = fn.returnType?.text ?? '()';
    const named = [...new Set(errors.map((error) => (error === null ? ANY_ERROR : nameOf(input, error))))];
    const error = named.length === 1 ? (named[0] as string) : ANY_ERROR;
    const type = option ? `Option<${value}>` : `Result<${value}, ${error}>`;
    const edits = [...signature(fn, type), ...wrapped(fn, option ? 'Some' : 'Ok'), ...callers(input, fn)];
    return sound([
      { title: `\`${fn.name}\` returns \`${type}\``, edits, features: { agreement: 1, repeats: edits.length } },
    ]);
  },
  examples: [
    {
      title: 'a function that parses, and who calls it',
      before: rust`
        fn read(text: &str) -> i32 {
            let n = text.trim().parse::<i32>()?;
            if n < 0 {
                return 0;
            }
            n * 2
        }

        pub fn sum(a: &str, b: &str) -> Result<i32, std::num::ParseIntError> {
            Ok(read(a) + read(b))
        }
      `,
      after: rust`
        fn read(text: &str) -> Result<i32, std::num::ParseIntError> {
            let n = text.trim().parse::<i32>()?;
            if n < 0 {
                return Ok(0);
            }
            Ok(n * 2)
        }

        pub fn sum(a: &str, b: &str) -> Result<i32, std::num::ParseIntError> {
            Ok(read(a)? + read(b)?)
        }
      `,
      within: 1,
    },
    {
      title: 'a value that may not be there',
      before: rust`
        pub fn after(text: &str) -> &str {
            let at = text.find(':')?;
            &text[at + 1..]
        }
      `,
      after: rust`
        pub fn after(text: &str) -> Option<&str> {
            let at = text.find(':')?;
            Some(&text[at + 1..])
        }
      `,
      within: 1,
    },
  ],
};

interface Question {
  readonly source: SourceFile;
  /** The `try_expression`. */
  readonly node: Node;
  readonly inner: Node;
}

function questionAt(input: ProposeInput, diagnostic: Diagnostic): Question | null {
  if (!diagnostic.message.includes('`?` operator can only be used in a function that returns')) return null;
  const span = diagnostic.spans.find((one) => one.primary);
  const source = span === undefined ? null : input.source(span.file);
  if (span === undefined || source === null) return null;
  const { end } = source.range(span);
  const node = enclosing(source.nodeAt({ start: Math.max(0, end - 1), end }), 'try_expression');
  const inner = node?.namedChild(0) ?? null;
  return node === null || inner === null ? null : { source, node, inner };
}

/** The type of what `?` asks: as the compiler said, as a function of the crate says, or what parsing gives. */
function typeOf(input: ProposeInput, source: SourceFile, node: Node | null): RustType | null {
  if (node === null) return null;
  const asked = askedType(input, source, rangeOf(node));
  if (isPath(asked, 'Option', 'Result')) return asked;
  const call = methodCall(node);
  if (call?.name.text === 'parse') return parsed(source, node);
  const callee = node.type === 'call_expression' ? calleeOf(node) : null;
  const found = callee === null ? [] : functionsNamed(input, callee.name.text);
  const written = found.length === 1 ? (found[0]?.returnType ?? null) : null;
  return written === null ? null : parseType(written.text);
}

/** `parse::<T>()`, or `let x: T = ….parse()?`. */
function parsed(source: SourceFile, node: Node): RustType | null {
  const callee = node.childForFieldName('function');
  const turbofish = callee?.type === 'generic_function' ? callee.childForFieldName('type_arguments') : null;
  const declaration = node.parent?.parent?.type === 'let_declaration' ? node.parent.parent : null;
  const name = declaration?.childForFieldName('pattern');
  const type =
    parseType(turbofish?.namedChild(0)?.text ?? '') ??
    parseType((name ? localAt(source, name)?.type?.text : undefined) ?? '');
  if (type === null) return null;
  const error = isInteger(type) ? 'ParseIntError' : isFloat(type) ? 'ParseFloatError' : null;
  return error === null ? null : parseType(`Result<${writeType(type)}, ${error}>`);
}

/** An error's type as it can be written without an import. */
function nameOf(input: ProposeInput, error: RustType): string {
  if (error.kind !== 'path') return writeType(error) ?? ANY_ERROR;
  const imported = input.files.some((file) => {
    const source = input.source(file);
    return (
      source !== null &&
      descendants(source.root, 'use_declaration').some((use) => new RegExp(`\\b${error.name}\\b`).test(use.text))
    );
  });
  const own = error.path.includes('::') || imported ? null : STD_ERRORS[error.name];
  if (isPath(error, 'Error') && !error.path.includes('::')) return ANY_ERROR;
  return own ?? writeType(error) ?? ANY_ERROR;
}

function signature(fn: RustFunction, type: string): Edit[] {
  if (fn.returnType !== null) return [fn.source.edit(fn.returnType.startIndex, fn.returnType.endIndex, type)];
  const list = fn.node.childForFieldName('parameters');
  return list === null ? [] : [fn.source.insert(list.endIndex, ` -> ${type}`)];
}

/** Every result inside the constructor; `Ok(())` at the end of a function that had none. */
function wrapped(fn: RustFunction, wrapper: string): Edit[] {
  const { source, body } = fn;
  if (body === null) return [];
  if (fn.returnType !== null)
    return resultsOf(fn).flatMap((node) => [
      source.insert(node.startIndex, `${wrapper}(`),
      source.insert(node.endIndex, ')'),
    ]);
  const bare = descendants(body, 'return_expression')
    .filter((node) => node.namedChildCount === 0 && enclosingFunction(source, node)?.node.equals(fn.node) === true)
    .map((node) => source.insert(node.endIndex, ` ${wrapper}(())`));
  const last = statementsOf(body).at(-1);
  if (last === undefined) return bare;
  const indent = source.indentAt(last.startIndex);
  const semicolon = last.text.endsWith(';') || last.text.endsWith('}') ? '' : ';';
  return [...bare, source.insert(last.endIndex, `${semicolon}${source.newline}${indent}${wrapper}(())`)];
}

/** `?` behind the calls of the function, in macros too; tests are left as they are. */
function callers(input: ProposeInput, fn: RustFunction): Edit[] {
  const edits: Edit[] = [];
  for (const file of input.files) {
    const source = input.source(file);
    if (source === null || !source.text.includes(fn.name)) continue;
    for (const node of descendants(source.root, 'call_expression')) {
      const callee = calleeOf(node);
      const around = enclosingFunction(source, node);
      if (callee?.name.text !== fn.name || (callee.receiver === null) !== (fn.self === null)) continue;
      if (around === null || node.parent?.type === 'try_expression' || !asks(around)) continue;
      edits.push(source.insert(node.endIndex, '?'));
    }
  }
  return edits;
}

/** A function in which `?` may stand, or `main`, which can be made one. */
function asks(fn: RustFunction): boolean {
  return /^(?:\w+::)*(?:Result|Option)\b/.test(fn.returnType?.text ?? '') || fn.name === 'main';
}
