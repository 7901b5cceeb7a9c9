// E0308 about closures and trait objects in boxes: what is put into a list of boxes is boxed where it is put, a function
// that gives one of several closures gives a box, and a parameter that takes a closure says so.
//
// v.push(Square(2.0)); … v                   before, for Vec<Box<dyn Shape>>
// v.push(Box::new(Square(2.0))); … v         after
import type { Edit } from '../../schemas/types.ts';
import { descendants, enclosing, type Node } from '../../tools/index/source.ts';
import type { Draft, ProposeInput, Proposer } from '../types.ts';
import { sound } from './support/drafts.ts';
import { methodCall } from './support/expressions.ts';
import { calleeOf, enclosingFunction, functionsNamed, resultsOf } from './support/functions.ts';
import { localAt } from './support/locals.ts';
import { type Mismatch, mismatches } from './support/mismatch.ts';
import { rust } from './support/rust.ts';
import { isPath, type RustType } from './support/rust-type.ts';

export const typesBoxed: Proposer = {
  name: 'types-boxed',
  codes: ['E0308'],
  propose: (input) => sound([...boxedItems(input), ...boxedClosures(input), ...closureParameter(input)], 4),
  examples: [
    {
      title: 'what is put into a list of trait objects',
      before: rust`
        pub trait Shape {
            fn area(&self) -> f64;
        }

        pub struct Square(f64);
        pub struct Circle(f64);

        impl Shape for Square {
            fn area(&self) -> f64 {
                self.0 * self.0
            }
        }

        impl Shape for Circle {
            fn area(&self) -> f64 {
                self.0 * self.0 * 3.14
            }
        }

        pub fn shapes() -> Vec<Box<dyn Shape>> {
            let mut all = Vec::new();
            all.push(Square(2.0));
            all.push(Circle(1.0));
            all
        }
      `,
      after: rust`
        pub trait Shape {
            fn area(&self) -> f64;
        }

        pub struct Square(f64);
        pub struct Circle(f64);

        impl Shape for Square {
            fn area(&self) -> f64 {
                self.0 * self.0
            }
        }

        impl Shape for Circle {
            fn area(&self) -> f64 {
                self.0 * self.0 * 3.14
            }
        }

        pub fn shapes() -> Vec<Box<dyn Shape>> {
            let mut all: Vec<Box<dyn Shape>> = Vec::new();
            all.push(Box::new(Square(2.0)));
            all.push(Box::new(Circle(1.0)));
            all
        }
      `,
      within: 1,
    },
    {
      title: 'a closure that captures, for a parameter that takes a function',
      before: rust`
        fn apply(f: fn(i32) -> i32, n: i32) -> i32 {
            f(n)
        }

        pub fn shifted(by: i32, n: i32) -> i32 {
            apply(|x| x + by, n)
        }
      `,
      after: rust`
        fn apply(f: impl Fn(i32) -> i32, n: i32) -> i32 {
            f(n)
        }

        pub fn shifted(by: i32, n: i32) -> i32 {
            apply(|x| x + by, n)
        }
      `,
      within: 1,
    },
    {
      title: 'one of several closures that capture',
      before: rust`
        pub fn step(up: bool, by: i32) -> impl Fn(i32) -> i32 {
            if up {
                move |x| x + by
            } else {
                move |x| x - by
            }
        }
      `,
      after: rust`
        pub fn step(up: bool, by: i32) -> Box<dyn Fn(i32) -> i32> {
            if up {
                Box::new(move |x| x + by)
            } else {
                Box::new(move |x| x - by)
            }
        }
      `,
      within: 1,
    },
    {
      title: 'a function that gives back a closure',
      before: rust`
        pub fn chain(f: fn(i32) -> i32, g: fn(i32) -> i32) -> fn(i32) -> i32 {
            move |x| g(f(x))
        }
      `,
      after: rust`
        pub fn chain(f: fn(i32) -> i32, g: fn(i32) -> i32) -> impl Fn(i32) -> i32 {
            move |x| g(f(x))
        }
      `,
      within: 1,
    },
  ],
};

const isObject = (type: RustType | undefined): boolean =>
  isPath(type, 'Box') && type.args[0]?.kind === 'other' && type.args[0].text.startsWith('dyn ');

/** A local list of values where one of boxes is expected, or a value pushed onto it that is not like the first. */
function boxedItems(input: ProposeInput): Draft[] {
  for (const one of mismatches(input)) {
    const list = listOf(one);
    if (list === null) continue;
    const { source } = one;
    const edits: Edit[] = [];
    const around = enclosing(list.declaration, 'function_item');
    for (const node of around === null ? [] : descendants(around, 'call_expression')) {
      const call = methodCall(node);
      const [value] = call?.args ?? [];
      if (call === null || value === undefined || !['push', 'push_back', 'push_front'].includes(call.name.text))
        continue;
      if (call.receiver.type !== 'identifier' || localAt(source, call.receiver)?.node.equals(list.node) !== true)
        continue;
      if (/^Box::new\(/.test(value.text)) continue;
      edits.push(source.insert(value.startIndex, 'Box::new('), source.insert(value.endIndex, ')'));
    }
    if (edits.length === 0) continue;
    const annotation = list.typed ? [] : [source.insert(list.node.endIndex, `: ${list.type}`)];
    return [
      {
        title: `Box what \`${list.node.text}\` holds`,
        edits: [...annotation, ...edits],
        features: { agreement: 1, repeats: Math.max(2, edits.length / 2) },
      },
    ];
  }
  return [];
}

interface List {
  /** The name where it is bound. */
  readonly node: Node;
  readonly declaration: Node;
  readonly typed: boolean;
  readonly type: string;
}

/** The local that leaves the function as a list of boxes. */
function listOf(one: Mismatch): List | null {
  const fn = enclosingFunction(one.source, one.node);
  const type = fn?.returnType?.text ?? '';
  if (fn === null || !/^Vec(?:Deque)?<\s*Box<\s*dyn\b/.test(type)) return null;
  const names = new Set(resultsOf(fn).map((node) => node.text));
  const pushed = one.node?.parent?.type === 'arguments' ? methodCall(one.node.parent.parent) : null;
  const target = isObject(one.expected.kind === 'path' ? one.expected.args[0] : undefined)
    ? one.node
    : (pushed?.receiver ?? null);
  const local = target?.type === 'identifier' && names.has(target.text) ? localAt(one.source, target) : null;
  if (local === null || local.declaration.type !== 'let_declaration') return null;
  return { node: local.node, declaration: local.declaration, typed: local.type !== null, type };
}

/** Closures in the branches of a function that gives `impl Fn`, or a function pointer. */
function boxedClosures(input: ProposeInput): Draft[] {
  const span = input.diagnostic.spans.find((one) => one.primary);
  const source = span === undefined ? null : input.source(span.file);
  if (span === undefined || source === null || !/closure/.test(input.diagnostic.rendered)) return [];
  const fn = enclosingFunction(source, withoutClosures(source.nodeAt(source.range(span))));
  const written = fn?.returnType?.text ?? '';
  const given = fn === null ? [] : resultsOf(fn);
  const closures = given.filter((node) => node.type === 'closure_expression');
  const signature = /^(?:impl\s+)?((?:Fn|FnMut|FnOnce)\(.*|fn\(.*)$/s.exec(written)?.[1];
  if (fn === null || fn.returnType === null || signature === undefined || closures.length === 0) return [];
  const trait = signature.replace(/^fn\(/, 'Fn(');
  if (given.length === 1 && written.startsWith('fn('))
    return [
      {
        title: 'Give back a closure',
        edits: [source.edit(fn.returnType.startIndex, fn.returnType.endIndex, `impl ${trait}`)],
        features: { agreement: 1 },
      },
    ];
  if (given.length < 2) return [];
  const edits = given.flatMap((node) => [
    source.insert(node.startIndex, 'Box::new('),
    source.insert(node.endIndex, ')'),
  ]);
  return [
    {
      title: 'Give back a box',
      edits: [source.edit(fn.returnType.startIndex, fn.returnType.endIndex, `Box<dyn ${trait}>`), ...edits],
      features: { agreement: 1, repeats: given.length },
    },
  ];
}

/** The node, or the closure around it: what a closure holds does not leave the function. */
function withoutClosures(node: Node): Node {
  let found = node;
  for (let at: Node | null = node; at !== null && at.type !== 'function_item'; at = at.parent)
    if (at.type === 'closure_expression' && at.parent !== null) found = at.parent;
  return found;
}

/** "expected fn pointer, found closure": the parameter takes whatever can be called so. */
function closureParameter(input: ProposeInput): Draft[] {
  const span = input.diagnostic.spans.find((one) => one.primary);
  const source = span === undefined ? null : input.source(span.file);
  if (span === undefined || source === null || !/^expected fn pointer, found closure/.test(span.label ?? '')) return [];
  const closure = enclosing(source.nodeAt(source.range(span)), 'closure_expression');
  const call = closure?.parent?.type === 'arguments' ? closure.parent.parent : null;
  const callee = call === null ? null : calleeOf(call);
  const index = closure?.parent?.namedChildren.findIndex((child) => child?.equals(closure) === true) ?? -1;
  if (callee === null) return [];
  return functionsNamed(input, callee.name.text).flatMap((fn) => {
    const shift = fn.self !== null && callee.receiver === null ? 1 : 0;
    const type = fn.parameters[index - shift]?.type;
    if (type === undefined || !type.text.startsWith('fn(')) return [];
    return [
      {
        title: `\`${fn.name}\` takes a closure`,
        edits: [fn.source.edit(type.startIndex, type.endIndex, `impl ${type.text.replace(/^fn\(/, 'Fn(')}`)],
        features: { agreement: 1 },
      },
    ];
  });
}
