// E0618, E0277, E0308 about closures: a parameter that is called and whose type does not say how, and a value where a
// closure is asked for.
//
// fn apply<F>(f: F, x: i32) -> i32 { f(x) }                         before
// fn apply<F: Fn(i32) -> i32>(f: F, x: i32) -> i32 { f(x) }         after
import { type Name, namesInScope } from '../../tools/index/scope.ts';
import { enclosing, type Node, type SourceFile } from '../../tools/index/source.ts';
import type { Draft, ProposeInput, Proposer } from '../types.ts';
import { sound } from './support/drafts.ts';
import { callArguments, exactNode, namedChildren, wrappingCall } from './support/expressions.ts';
import { functionOf, type RustFunction } from './support/functions.ts';
import { quotedParts } from './support/mismatch.ts';
import { rust } from './support/rust.ts';

export const callsClosures: Proposer = {
  name: 'calls-closures',
  codes: ['E0618', 'E0277'],
  propose(input) {
    const span = input.diagnostic.spans.find((one) => one.primary);
    const source = span === undefined ? null : input.source(span.file);
    if (span === undefined || source === null) return [];
    const node = exactNode(source, source.range(span)) ?? source.nodeAt(source.range(span));
    return sound(input.diagnostic.code === 'E0618' ? bounds(input, source, node) : closures(input, source, node));
  },
  examples: [
    {
      title: 'a type parameter that is called',
      before: rust`
        pub fn apply<F>(f: F, x: i32) -> i32 {
            f(x)
        }
      `,
      after: rust`
        pub fn apply<F: Fn(i32) -> i32>(f: F, x: i32) -> i32 {
            f(x)
        }
      `,
      within: 1,
    },
    {
      title: 'another in a function that takes it first, with its result bound',
      before: rust`
        use std::collections::HashMap;

        pub fn cached<F>(known: &mut HashMap<String, i64>, key: &str, compute: F) -> i64 {
            let value = compute(key);
            known.insert(key.to_string(), value);
            value
        }
      `,
      after: rust`
        use std::collections::HashMap;

        pub fn cached<F: Fn(&str) -> i64>(known: &mut HashMap<String, i64>, key: &str, compute: F) -> i64 {
            let value = compute(key);
            known.insert(key.to_string(), value);
            value
        }
      `,
      within: 1,
    },
    {
      title: 'a value where a closure is called for',
      before: rust`
        pub fn name(given: Option<String>) -> Result<String, String> {
            given.ok_or_else(String::from("no name"))
        }
      `,
      after: rust`
        pub fn name(given: Option<String>) -> Result<String, String> {
            given.ok_or_else(|| String::from("no name"))
        }
      `,
      within: 1,
    },
  ],
};

/** E0618: `f` is of a type parameter; the parameter gets the bound that the call shows. */
function bounds(input: ProposeInput, source: SourceFile, node: Node): Draft[] {
  const call = enclosing(node, 'call_expression');
  const callee = call?.childForFieldName('function') ?? null;
  const fn = functionOf(source, enclosing(node, 'function_item'));
  if (call === null || callee?.type !== 'identifier' || fn === null) return [];
  const own = fn.parameters.find((parameter) => parameter.pattern.text === callee.text);
  const generic = own === undefined ? null : typeParameter(fn, own.type.text);
  if (own === undefined || generic === null) return [];
  const names = namesInScope(source, call.startIndex, input);
  const types = callArguments(call).map((argument) => typeOf(argument, names));
  if (types.includes(null)) return [];
  const results = [...new Set(resultsOf(call, fn))];
  const drafts: Draft[] = [];
  for (const result of results) {
    const bound = `Fn(${types.join(', ')})${result === '' ? '' : ` -> ${result}`}`;
    drafts.push({
      title: `\`${own.type.text}: ${bound}\``,
      edits: [
        source.insert(
          generic.endIndex,
          generic.type === 'type_parameter' && generic.childForFieldName('bounds') ? ` + ${bound}` : `: ${bound}`,
        ),
      ],
      features: { agreement: 1 / (1 + drafts.length) },
    });
  }
  return drafts;
}

function typeParameter(fn: RustFunction, name: string): Node | null {
  const list = fn.node.childForFieldName('type_parameters');
  return (
    (list === null ? [] : namedChildren(list)).find(
      (child) => (child.childForFieldName('name') ?? child).text === name,
    ) ?? null
  );
}

/** The type of an argument that is a name, a reference to one, a field of the parameters, or a literal. */
function typeOf(argument: Node, names: readonly Name[]): string | null {
  const known = (path: string): string | null => names.find((name) => name.path === path)?.type ?? null;
  if (argument.type === 'integer_literal') return /[iu](8|16|32|64|128|size)$/.exec(argument.text)?.[0] ?? 'i32';
  if (argument.type === 'float_literal') return 'f64';
  if (argument.type === 'string_literal') return '&str';
  if (argument.type === 'reference_expression') {
    const inner = argument.childForFieldName('value');
    const type = inner === null ? null : known(inner.text);
    return type === null ? null : type.startsWith('&') ? type : `&${type}`;
  }
  const starred =
    argument.type === 'unary_expression' && argument.text.startsWith('*') ? known(argument.text.slice(1).trim()) : null;
  if (starred !== null) return starred.replace(/^&(?:mut )?/, '');
  return known(argument.text);
}

/** What the call may give: by its place, the likeliest first; '' for nothing. */
function resultsOf(call: Node, fn: RustFunction): string[] {
  const returns = fn.returnType?.text ?? '';
  const parent = call.parent;
  if (parent?.type === 'expression_statement' && parent.text.endsWith(';')) return [''];
  if (parent?.type === 'if_expression' || parent?.type === 'while_expression' || parent?.type === 'unary_expression')
    return ['bool'];
  const annotated = parent?.type === 'let_declaration' ? parent.childForFieldName('type')?.text : undefined;
  if (annotated !== undefined) return [annotated];
  const inner = /^(?:Option|Vec|Result)<(.+?)(?:, [^<>]+)?>$/.exec(returns)?.[1];
  const tail = parent?.type === 'block';
  const parameters = fn.parameters
    .map((parameter) => parameter.type.text.replace(/^&(?:mut )?/, ''))
    .filter((type) => /^\w+$/.test(type));
  return [
    returns,
    ...(inner === undefined || tail ? [] : [inner]),
    ...(tail ? [] : ['bool', ...parameters.filter((type) => type !== 'str')]),
  ].slice(0, 5);
}

/** E0277: "expected a `FnOnce()` closure, found `T`": the value becomes what a closure gives. */
function closures(input: ProposeInput, source: SourceFile, node: Node): Draft[] {
  const [asked] = quotedParts(input.diagnostic.message);
  if (asked === undefined || !/^expected (?:a|an) `(?:Fn|FnMut|FnOnce)\(/.test(input.diagnostic.message)) return [];
  const inside = /\((.*)\)$/.exec(asked)?.[1] ?? '';
  const count = inside.trim() === '' ? 0 : inside.split(',').filter((part) => part.trim() !== '').length;
  if (enclosing(node, 'arguments') === null || node.type === 'closure_expression') return [];
  const drafts: Draft[] = [
    {
      title: 'A closure that gives it',
      edits: [source.insert(node.startIndex, `|${Array(count).fill('_').join(', ')}| `)],
      features: { agreement: 0.9 },
    },
  ];
  const call = wrappingCall(node);
  // `map(parse(x))` where `map(parse)` is meant.
  if (call !== null && count === 1 && call.inner.type === 'identifier')
    drafts.push({
      title: 'The function itself',
      edits: [source.edit(node.startIndex, node.endIndex, call.callee)],
      features: { agreement: 0.5 },
    });
  return drafts;
}
