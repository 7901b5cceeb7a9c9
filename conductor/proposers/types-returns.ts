// E0308, E0317, E0069 about what a function or block gives back: a semicolon too many in every branch, a missing tail,
// `Ok(())` at the end, `return` before a value, a result type that is not said.
//
// if n > 0 { "up"; } else { "down"; }       before
// if n > 0 { "up" } else { "down" }         after
import { descendants, enclosing, type Node, type SourceFile } from '../../tools/index/source.ts';
import type { Draft, ProposeInput, Proposer } from '../types.ts';
import { sound } from './support/drafts.ts';
import { enclosingFunction, functionOf, type RustFunction, returnTypeOf } from './support/functions.ts';
import { bindings } from './support/locals.ts';
import { endsEveryRound } from './support/loops.ts';
import { expectation, mismatches } from './support/mismatch.ts';
import { rust } from './support/rust.ts';
import { isPath, isUnit, matches, parseType, type RustType, writeType } from './support/rust-type.ts';
import { isTail, statementsOf } from './support/statements.ts';

export const typesReturns: Proposer = {
  name: 'types-returns',
  codes: ['E0308', 'E0317', 'E0069'],
  propose(input) {
    return sound([...missingTail(input), ...unitExpected(input), ...missingElse(input), ...bareReturn(input)]);
  },
  examples: [
    {
      title: 'semicolons in every branch',
      before: rust`
        pub fn sign(n: i32) -> i32 {
            if n > 0 {
                1;
            } else if n < 0 {
                -1;
            } else {
                0;
            }
        }
      `,
      after: rust`
        pub fn sign(n: i32) -> i32 {
            if n > 0 {
                1
            } else if n < 0 {
                -1
            } else {
                0
            }
        }
      `,
      within: 1,
    },
    {
      title: 'a result that is not said, where `?` passes one on',
      before: rust`
        use std::num::ParseIntError;

        fn number(text: &str) -> Result<u32, ParseIntError> {
            text.parse()
        }

        pub fn total(one: &str, two: &str) {
            let one = number(one)?;
            number(two).map(|two| one + two)
        }
      `,
      after: rust`
        use std::num::ParseIntError;

        fn number(text: &str) -> Result<u32, ParseIntError> {
            text.parse()
        }

        pub fn total(one: &str, two: &str) -> Result<u32, ParseIntError> {
            let one = number(one)?;
            number(two).map(|two| one + two)
        }
      `,
      within: 1,
    },
    {
      title: 'the result that was gathered is not returned',
      before: rust`
        pub fn evens(values: &[u32]) -> Vec<u32> {
            let mut out = Vec::new();
            for value in values {
                if value % 2 == 0 {
                    out.push(*value);
                }
            }
        }
      `,
      after: rust`
        pub fn evens(values: &[u32]) -> Vec<u32> {
            let mut out = Vec::new();
            for value in values {
                if value % 2 == 0 {
                    out.push(*value);
                }
            }
            out
        }
      `,
      within: 1,
    },
    {
      title: '`Ok(())` at the end',
      before: rust`
        pub fn check(ages: &[u8]) -> Result<(), String> {
            for age in ages {
                if *age > 130 {
                    return Err(format!("{age} is too old"));
                }
            }
        }
      `,
      after: rust`
        pub fn check(ages: &[u8]) -> Result<(), String> {
            for age in ages {
                if *age > 130 {
                    return Err(format!("{age} is too old"));
                }
            }
            Ok(())
        }
      `,
      within: 1,
    },
    {
      title: 'a value in an early branch lacks `return`',
      before: rust`
        pub fn fact(n: u64) -> u64 {
            if n < 2 {
                1
            }
            n * fact(n - 1)
        }
      `,
      after: rust`
        pub fn fact(n: u64) -> u64 {
            if n < 2 {
                return 1;
            }
            n * fact(n - 1)
        }
      `,
      within: 1,
    },
    {
      title: 'a result type that was not said',
      before: rust`
        pub struct Square {
            side: u32,
        }

        impl Square {
            pub fn area(&self) {
                self.side * self.side
            }
        }
      `,
      after: rust`
        pub struct Square {
            side: u32,
        }

        impl Square {
            pub fn area(&self) -> u32 {
                self.side * self.side
            }
        }
      `,
      within: 1,
    },
    {
      title: 'the last value is only bound',
      before: rust`
        pub fn cube(n: i64) -> i64 {
            let result = n * n * n;
        }
      `,
      after: rust`
        pub fn cube(n: i64) -> i64 {
            let result = n * n * n;
            result
        }
      `,
      within: 1,
    },
    {
      title: 'a `return` in a loop leaves the end without a value',
      before: rust`
        pub fn find(values: &[i32], wanted: i32) -> Option<usize> {
            for (i, value) in values.iter().enumerate() {
                if *value == wanted {
                    return Some(i);
                }
            }
        }
      `,
      after: rust`
        pub fn find(values: &[i32], wanted: i32) -> Option<usize> {
            for (i, value) in values.iter().enumerate() {
                if *value == wanted {
                    return Some(i);
                }
            }
            None
        }
      `,
      within: 1,
    },
    {
      title: 'an `if` without `else` as the last expression',
      before: rust`
        pub fn first(values: &[i32]) -> Option<i32> {
            if !values.is_empty() {
                Some(values[0])
            }
        }
      `,
      after: rust`
        pub fn first(values: &[i32]) -> Option<i32> {
            if !values.is_empty() {
                Some(values[0])
            } else {
                None
            }
        }
      `,
      within: 1,
    },
  ],
};

/** "implicitly returns `()`": the function's block ends without a value. */
function missingTail(input: ProposeInput): Draft[] {
  const drafts: Draft[] = [];
  for (const fn of functionsWithoutTail(input)) {
    const { source, body } = fn;
    const wanted = returnTypeOf(fn);
    if (body === null || wanted === null) continue;
    const semicolons = finalSemicolons(body);
    if (semicolons.length > 0) {
      drafts.push({
        title: `Remove the semicolon${semicolons.length > 1 ? 's' : ''} after the value`,
        edits: semicolons.map((at) => source.edit(at, at + 1, '')),
        features: { agreement: 0.9, repeats: semicolons.length },
      });
    }
    const last = statementsOf(body).at(-1) ?? null;
    const append = (text: string, agreement: number): void => {
      if (last === null) return;
      const indent = source.indentAt(last.startIndex);
      drafts.push({
        title: `Return \`${text}\``,
        edits: [source.insert(last.endIndex, `${source.newline}${indent}${text}`)],
        features: { agreement },
      });
    };
    for (const { name, agreement } of resultsIn(source, body, wanted)) append(name, agreement);
    const trivial = trivialValue(wanted);
    if (trivial !== null) append(trivial, 0.8);
  }
  return drafts;
}

/** The function or block that the label says ends without a value, and blocks of E0308 that end in a statement. */
function functionsWithoutTail(input: ProposeInput): RustFunction[] {
  const { diagnostic } = input;
  if (diagnostic.code !== 'E0308') return [];
  const named = diagnostic.spans.some((span) => span.label?.startsWith('implicitly returns `()`'));
  const wrong = diagnostic.spans.find((span) => span.primary);
  const source = wrong === undefined ? null : input.source(wrong.file);
  if (source === null || wrong === undefined) return [];
  const types = expectation(wrong.label);
  if (!named && !(types !== null && isUnit(types.found))) return [];
  const fn = functionOf(source, enclosing(source.nodeAt(source.range(wrong)), 'function_item'));
  return fn === null ? [] : [fn];
}

/** Semicolons after the last expression of a block and of every branch that it ends in. */
function finalSemicolons(block: Node): number[] {
  const last = statementsOf(block).at(-1);
  if (last === undefined) return [];
  const branch = last.type === 'expression_statement' ? last.namedChild(0) : last;
  if (branch?.type === 'if_expression') {
    const consequence = branch.childForFieldName('consequence');
    const alternative = branch.childForFieldName('alternative')?.namedChild(0) ?? null;
    if (consequence === null || alternative === null) return [];
    const other = alternative.type === 'if_expression' ? finalOfIf(alternative) : finalSemicolons(alternative);
    return [...finalSemicolons(consequence), ...other];
  }
  if (branch?.type === 'match_expression') {
    return branch.descendantsOfType('match_arm').flatMap((arm) => {
      const value = arm?.childForFieldName('value');
      return value?.type === 'block' && enclosing(arm, 'match_expression')?.equals(branch)
        ? finalSemicolons(value)
        : [];
    });
  }
  if (last.type !== 'expression_statement' || !last.text.endsWith(';')) return [];
  const kinds = [
    'for_expression',
    'while_expression',
    'assignment_expression',
    'compound_assignment_expr',
    'return_expression',
    'macro_invocation',
  ];
  const inner = last.namedChild(0);
  const isValueMacro =
    inner?.type === 'macro_invocation' &&
    ['vec', 'format', 'matches', 'concat'].includes(inner.childForFieldName('macro')?.text ?? '');
  return inner === null || (kinds.includes(inner.type) && !isValueMacro) ? [] : [last.endIndex - 1];
}

function finalOfIf(node: Node): number[] {
  const consequence = node.childForFieldName('consequence');
  const alternative = node.childForFieldName('alternative')?.namedChild(0) ?? null;
  const own = consequence === null ? [] : finalSemicolons(consequence);
  if (alternative === null) return own;
  return [...own, ...(alternative.type === 'if_expression' ? finalOfIf(alternative) : finalSemicolons(alternative))];
}

const RESULT_NAMES = [
  'result',
  'results',
  'res',
  'ret',
  'out',
  'output',
  'answer',
  'ans',
  'total',
  'sum',
  'count',
  'acc',
  'best',
  'max',
  'min',
];

/** Locals of the function's own block that may be its result, likeliest first. */
function resultsIn(source: SourceFile, body: Node, wanted: RustType): { name: string; agreement: number }[] {
  const own = bindings(source, body).filter(
    (local) => local.declaration.type === 'let_declaration' && local.plain && local.declaration.parent?.equals(body),
  );
  const last = statementsOf(body).at(-1);
  const scored = own.map((local, index) => {
    const type = local.type === null ? null : parseType(local.type.text);
    const typed = type !== null ? (matches(type, wanted) ? 3 : -5) : 0;
    const mutable = local.declaration.children.some((child) => child?.type === 'mutable_specifier') ? 1 : 0;
    const named = RESULT_NAMES.includes(local.name) ? 1.5 : 0;
    const isLast = last?.equals(local.declaration) ? 2 : 0;
    return {
      name: local.name,
      score: typed + mutable + named + isLast + initialFits(local.value, wanted) + index / 100,
    };
  });
  return scored
    .filter(({ score }) => score >= 1)
    .sort((a, b) => b.score - a.score)
    .slice(0, 3)
    .map(({ name }, index) => ({ name, agreement: index === 0 ? 0.9 : 0.5 }));
}

function initialFits(value: Node | null, wanted: RustType): number {
  if (value === null || wanted.kind !== 'path') return 0;
  const text = value.text;
  if (text.startsWith(`${wanted.name}::`)) return 2;
  if (wanted.name === 'Vec' && text.startsWith('vec!')) return 2;
  if (value.type === 'integer_literal') return /^[iu]\d|size$/.test(wanted.name) ? 1 : -2;
  if (value.type === 'boolean_literal') return wanted.name === 'bool' ? 1 : -2;
  if (value.type === 'string_literal') return -2;
  return 0;
}

/** The only value that a result without content can have. */
function trivialValue(type: RustType): string | null {
  if (type.kind !== 'path') return null;
  if (type.name === 'Option') return 'None';
  const held = type.args[0];
  return type.name === 'Result' && held !== undefined && isUnit(held) ? 'Ok(())' : null;
}

/** A value where `()` is expected: `return` it, end it with `;`, or say the function's result type. */
function unitExpected(input: ProposeInput): Draft[] {
  if (input.diagnostic.code !== 'E0308') return [];
  const drafts: Draft[] = [];
  for (const { source, node, expected, found, range } of mismatches(input)) {
    if (!isUnit(expected) || node === null || !isTail(node)) continue;
    const fn = enclosingFunction(source, node);
    const result = fn === null ? null : returnTypeOf(fn);
    const own = fn !== null && fn.body !== null && node.parent?.equals(fn.body) === true;
    if (fn !== null && own && fn.returnType === null && fn.name !== 'main') {
      const type = writeType(found);
      const parameters = fn.node.childForFieldName('parameters');
      if (type !== null && parameters !== null) {
        // A body with `?` gives a `Result` or an `Option` back, whatever else it says.
        const passes = isPath(found, 'Option', 'Result') && descendants(fn.node, 'try_expression').length > 0;
        drafts.push({
          title: `Return \`${type}\``,
          edits: [source.insert(parameters.endIndex, ` -> ${type}`)],
          features: { agreement: passes ? 1 : 0.9, ...(passes ? { idiom: 1 } : {}) },
        });
      }
    }
    if (!own && result !== null && !isUnit(result) && (matches(found, result) || isPath(result, 'Option', 'Result'))) {
      const edits = [source.insert(range.start, 'return '), source.insert(range.end, ';')];
      drafts.push({
        title: 'Return it',
        edits,
        flags: edits.some((edit) => endsEveryRound(source, edit)) ? ['unlikely', 'guesses'] : [],
        features: { agreement: matches(found, result) ? 1 : 0.6 },
      });
    }
    // A value that nothing needs is seldom what ends a function: only calls and the like stand as statements.
    const writes = /^writeln?$/.test(node.childForFieldName('macro')?.text ?? '');
    const isStep = ['call_expression', 'await_expression'].includes(node.type) || writes;
    drafts.push({
      title: 'End the statement',
      edits: [source.insert(range.end, ';')],
      flags: isStep ? [] : ['unlikely'],
      features: { agreement: isStep ? 0.5 : 0 },
    });
  }
  return drafts;
}

/** E0317 and its E0308 form: `if` without `else` gives a value; the other branch has one possible value. */
function missingElse(input: ProposeInput): Draft[] {
  if (input.diagnostic.code !== 'E0317') return [];
  return input.diagnostic.spans
    .filter((span) => span.primary)
    .flatMap((span) => {
      const source = input.source(span.file);
      const types = expectation(span.label);
      if (source === null || types === null) return [];
      const node = enclosing(source.nodeAt(source.range(span)), 'if_expression');
      const value = trivialValue(types.expected);
      const consequence = node?.childForFieldName('consequence');
      if (!node || !consequence) return [];
      const indent = source.indentAt(node.startIndex);
      const drafts: Draft[] = [];
      const inner = statementsOf(consequence).at(-1);
      if (value !== null) {
        const text = ` else {${source.newline}${indent}    ${value}${source.newline}${indent}}`;
        drafts.push({
          title: `Otherwise \`${value}\``,
          edits: [source.insert(node.endIndex, text)],
          features: { agreement: 0.8 },
        });
      }
      if (inner !== undefined && isTail(inner)) {
        drafts.push({
          title: 'Return it',
          edits: [source.insert(inner.startIndex, 'return '), source.insert(inner.endIndex, ';')],
          features: { agreement: 0.5 },
        });
      }
      return drafts;
    });
}

/** E0069: `return;` in a function with a result that has one empty value. */
function bareReturn(input: ProposeInput): Draft[] {
  if (input.diagnostic.code !== 'E0069') return [];
  return input.diagnostic.spans
    .filter((span) => span.primary)
    .flatMap((span) => {
      const source = input.source(span.file);
      if (source === null) return [];
      const range = source.range(span);
      const fn = enclosingFunction(source, source.nodeAt(range));
      const type = fn === null ? null : returnTypeOf(fn);
      const value = type === null ? null : trivialValue(type);
      return value === null
        ? []
        : [
            {
              title: `Return \`${value}\``,
              edits: [source.insert(range.end, ` ${value}`)],
              features: { agreement: 0.9 },
            },
          ];
    });
}
