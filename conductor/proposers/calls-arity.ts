// E0061, E0308: a call with too few, too many, or swapped arguments. Missing ones are filled with a value in scope that
// has the parameter's name, or alone has its type; superfluous ones go; swapped ones change places.
//
// scale(width);              before, for fn scale(width: f64, factor: f64) with `factor` in scope
// scale(width, factor);      after
import { enclosing, type Node, type SourceFile } from '../../tools/index/source.ts';
import type { Draft, ProbeRequest, ProposeInput, Proposer } from '../types.ts';
import { askedNames, askedType, typeQuestion } from './support/asked.ts';
import { sound } from './support/drafts.ts';
import { callArguments, rangeOf } from './support/expressions.ts';
import { calleeOf, callsOf, functionOf, functionsNamed, type RustFunction } from './support/functions.ts';
import { bindings, type Local, usesOf } from './support/locals.ts';
import { expectation } from './support/mismatch.ts';
import { rust } from './support/rust.ts';
import { derefs, matches, parseType, type RustType } from './support/rust-type.ts';

export const callsArity: Proposer = {
  name: 'calls-arity',
  codes: ['E0061', 'E0308'],
  probes(input): ProbeRequest[] {
    const call = callAt(input);
    if (call === null || call.fn === null || input.diagnostic.code !== 'E0061') return [];
    const { source, node, args, fn, shift } = call;
    const absent = missingPositions(input, fn, args.length - shift).map((index) => fn.parameters[index]?.pattern.text);
    const untyped = localsBefore(source, node).filter((local) => local.type === null);
    // The name decides where there is one; else the types of the nearest bindings do.
    if (absent.every((name) => untyped.some((local) => local.name === name))) return [];
    return untyped.reverse().map((local) => typeQuestion(source, rangeOf(local.node)));
  },
  propose(input) {
    const call = callAt(input);
    if (call === null) return [];
    return sound([
      ...swapped(input, call),
      ...superfluous(input, call),
      ...missing(input, call),
      ...unusedParameter(input, call),
    ]);
  },
  examples: [
    {
      title: 'a missing argument that is in scope by its name',
      before: rust`
        fn scale(width: f64, factor: f64) -> f64 {
            width * factor
        }

        pub fn resize(width: f64, factor: f64) -> f64 {
            scale(width)
        }
      `,
      after: rust`
        fn scale(width: f64, factor: f64) -> f64 {
            width * factor
        }

        pub fn resize(width: f64, factor: f64) -> f64 {
            scale(width, factor)
        }
      `,
      within: 1,
    },
    {
      title: 'a missing argument in the middle, by type',
      before: rust`
        fn tag(name: &str, open: bool, depth: usize) -> String {
            format!("{}{}{}", " ".repeat(depth), if open { "<" } else { "</" }, name)
        }

        pub fn close(name: &str, is_open: bool, depth: usize) -> String {
            tag(name, depth)
        }
      `,
      after: rust`
        fn tag(name: &str, open: bool, depth: usize) -> String {
            format!("{}{}{}", " ".repeat(depth), if open { "<" } else { "</" }, name)
        }

        pub fn close(name: &str, is_open: bool, depth: usize) -> String {
            tag(name, is_open, depth)
        }
      `,
      within: 1,
    },
    {
      title: 'a missing argument by the type of a binding that says none',
      before: rust`
        fn postage(address: &str, grams: f64) -> f64 {
            address.len() as f64 * 0.01 + grams * 0.2
        }

        pub fn total(address: &str, items: &[f64]) -> f64 {
            let pieces = items.len();
            let heavy = items.iter().sum::<f64>();
            let rebate = pieces / 10;
            postage(address) - rebate as f64
        }
      `,
      after: rust`
        fn postage(address: &str, grams: f64) -> f64 {
            address.len() as f64 * 0.01 + grams * 0.2
        }

        pub fn total(address: &str, items: &[f64]) -> f64 {
            let pieces = items.len();
            let heavy = items.iter().sum::<f64>();
            let rebate = pieces / 10;
            postage(address, heavy) - rebate as f64
        }
      `,
      within: 1,
    },
    {
      title: 'a missing argument that is a field',
      before: rust`
        pub struct Grid {
            rows: usize,
            name: String,
        }

        fn blank(name: &str, rows: usize) -> Grid {
            Grid { rows, name: name.to_string() }
        }

        impl Grid {
            pub fn cleared(&self) -> Grid {
                blank(&self.name)
            }
        }
      `,
      after: rust`
        pub struct Grid {
            rows: usize,
            name: String,
        }

        fn blank(name: &str, rows: usize) -> Grid {
            Grid { rows, name: name.to_string() }
        }

        impl Grid {
            pub fn cleared(&self) -> Grid {
                blank(&self.name, self.rows)
            }
        }
      `,
      within: 1,
    },
    {
      title: 'an argument too many',
      before: rust`
        fn double(n: i32) -> i32 {
            n * 2
        }

        pub fn four(n: i32) -> i32 {
            double(n, 2)
        }
      `,
      after: rust`
        fn double(n: i32) -> i32 {
            n * 2
        }

        pub fn four(n: i32) -> i32 {
            double(n)
        }
      `,
      within: 1,
    },
    {
      title: 'swapped arguments',
      before: rust`
        fn repeat(text: &str, times: usize) -> String {
            text.repeat(times)
        }

        pub fn line() -> String {
            repeat(3, "-")
        }
      `,
      after: rust`
        fn repeat(text: &str, times: usize) -> String {
            text.repeat(times)
        }

        pub fn line() -> String {
            repeat("-", 3)
        }
      `,
      within: 1,
    },
    {
      title: 'a parameter that nothing uses',
      before: rust`
        fn area(width: u32, height: u32, unit: &str) -> u32 {
            width * height
        }

        pub fn total() -> u32 {
            area(2, 3) + area(4, 5)
        }
      `,
      after: rust`
        fn area(width: u32, height: u32) -> u32 {
            width * height
        }

        pub fn total() -> u32 {
            area(2, 3) + area(4, 5)
        }
      `,
    },
  ],
};

interface WrongCall {
  readonly source: SourceFile;
  readonly node: Node;
  readonly args: readonly Node[];
  /** The called function where the crate declares it. */
  readonly fn: RustFunction | null;
  /** Parameters that the arguments are for, `self` aside. */
  readonly shift: number;
}

/** The call whose callee the primary span is. */
function callAt(input: ProposeInput): WrongCall | null {
  for (const span of input.diagnostic.spans.filter((one) => one.primary)) {
    const source = input.source(span.file);
    if (source === null) continue;
    const range = source.range(span);
    const node = enclosing(
      source.root.namedDescendantForIndex(range.start, Math.max(range.start, range.end - 1)),
      'call_expression',
    );
    const callee = node === null ? null : calleeOf(node);
    if (
      node === null ||
      callee === null ||
      callee.name.endIndex > range.end ||
      range.end > (node.childForFieldName('arguments')?.startIndex ?? 0)
    )
      continue;
    const candidates = functionsNamed(input, callee.name.text);
    const fn = candidates.length === 1 ? (candidates[0] as RustFunction) : (declared(input, candidates) ?? null);
    const shift = fn !== null && fn.self !== null && callee.receiver === null ? 1 : 0;
    return { source, node, args: callArguments(node), fn, shift };
  }
  return null;
}

/** Of several functions of one name, the one that the note "defined here" points at. */
function declared(input: ProposeInput, candidates: readonly RustFunction[]): RustFunction | undefined {
  const spans = input.diagnostic.notes
    .filter((note) => note.message.includes('defined here'))
    .flatMap((note) => note.spans);
  return candidates.find((fn) =>
    spans.some((span) => {
      const range = span.file === fn.source.path ? fn.source.range(span) : null;
      return range !== null && range.start >= fn.node.startIndex && range.end <= fn.node.endIndex;
    }),
  );
}

/** Two arguments that each have the other's type. */
function swapped(input: ProposeInput, { source, args }: WrongCall): Draft[] {
  const wrong = input.diagnostic.spans.flatMap((span) => {
    const types = expectation(span.label);
    const range = source.range(span);
    const node = args.find((arg) => arg.startIndex === range.start && arg.endIndex === range.end);
    return types === null || node === undefined || span.file !== source.path ? [] : [{ ...types, node }];
  });
  const drafts: Draft[] = [];
  for (const [i, a] of wrong.entries()) {
    for (const b of wrong.slice(i + 1)) {
      if (!fits(a.found, b.expected) || !fits(b.found, a.expected)) continue;
      drafts.push({
        title: `Swap \`${a.node.text}\` and \`${b.node.text}\``,
        edits: [
          source.edit(a.node.startIndex, a.node.endIndex, b.node.text),
          source.edit(b.node.startIndex, b.node.endIndex, a.node.text),
        ],
        features: { agreement: 1 },
      });
    }
  }
  return drafts;
}

function fits(found: RustType, expected: RustType): boolean {
  return matches(found, expected) || (found.kind === 'ref' && expected.kind === 'ref' && derefs(found.of, expected.of));
}

/** "unexpected argument #3": that one, with its comma. */
function superfluous(input: ProposeInput, { source, node, args }: WrongCall): Draft[] {
  const extra = input.diagnostic.spans
    .filter((span) => span.label?.startsWith('unexpected argument'))
    .map((span) => source.range(span));
  const gone = args.filter((arg) =>
    extra.some((range) => range.start === arg.startIndex && range.end === arg.endIndex),
  );
  if (gone.length === 0) return [];
  const kept = args.filter((arg) => !gone.includes(arg));
  const list = node.childForFieldName('arguments') as Node;
  const text = `(${kept.map((arg) => arg.text).join(', ')})`;
  return [
    {
      title: `Leave out \`${gone.map((arg) => arg.text).join(', ')}\``,
      edits: [source.edit(list.startIndex, list.endIndex, text)],
      features: { agreement: 0.8 },
    },
  ];
}

/** Fills each missing position from the names in scope. */
function missing(input: ProposeInput, call: WrongCall): Draft[] {
  const { source, node, args, fn, shift } = call;
  if (fn === null || input.diagnostic.code !== 'E0061' || args.length - shift >= fn.parameters.length) return [];
  const absent = missingPositions(input, fn, args.length - shift);
  const inScope = scopeAt(input, source, node);
  const taken = new Set(args.map((arg) => arg.text.replace(/^&(?:mut )?/, '')));
  const filled: string[] = [];
  let agreement = 1;
  for (const index of absent) {
    const parameter = fn.parameters[index];
    const type = parameter === undefined ? null : parseType(parameter.type.text);
    if (parameter === undefined || type === null) return [];
    const value = valueFor(
      parameter.pattern.text,
      type,
      inScope.filter((one) => !taken.has(one.path)),
    );
    if (value === null) return [];
    taken.add(value.path);
    agreement = Math.min(agreement, value.agreement);
    filled.push(value.text);
  }
  const texts = args.map((arg) => arg.text);
  absent.forEach((index, i) => {
    texts.splice(index + shift, 0, filled[i] as string);
  });
  const list = node.childForFieldName('arguments') as Node;
  return [
    {
      title: `Pass \`${filled.join(', ')}\``,
      edits: [source.edit(list.startIndex, list.endIndex, `(${texts.join(', ')})`)],
      features: { agreement },
    },
  ];
}

/** Positions of the parameters that got no argument: from "argument #2 … is missing", else the last ones. */
function missingPositions(input: ProposeInput, fn: RustFunction, given: number): number[] {
  const named = input.diagnostic.spans.flatMap((span) => {
    const number = /argument #(\d+)\b.*\bis missing/.exec(span.label ?? '')?.[1];
    return number === undefined ? [] : [Number(number) - 1];
  });
  const count = fn.parameters.length - given;
  if (named.length === count) return named.sort((a, b) => a - b);
  return Array.from({ length: count }, (_, i) => given + i);
}

interface InScope {
  readonly name: string;
  /** How it is written: `self.rows`. */
  readonly path: string;
  readonly type: RustType | null;
}

/** Fields of `self`, then parameters and bindings before the call, nearest last. */
function scopeAt(input: ProposeInput, source: SourceFile, node: Node): InScope[] {
  const fields = askedNames(input, source, node.startIndex).filter((name) => name.kind === 'field');
  return [
    ...fields.map(({ name, path, type }) => ({ name, path, type: type === null ? null : parseType(type) })),
    ...localsBefore(source, node).map((local) => ({
      name: local.name,
      path: local.name,
      type: local.type === null ? askedType(input, source, rangeOf(local.node)) : parseType(local.type.text),
    })),
  ];
}

function localsBefore(source: SourceFile, node: Node): Local[] {
  const fn = functionOf(source, enclosing(node, 'function_item'));
  if (fn === null) return [];
  return bindings(source, fn.node)
    .filter((local) => local.node.endIndex < node.startIndex && local.plain)
    .filter((local) => local.declaration.type === 'parameter' || inBlockOf(local.declaration, node));
}

function inBlockOf(declaration: Node, node: Node): boolean {
  const block = declaration.type === 'let_declaration' ? declaration.parent : declaration.childForFieldName('body');
  return block !== null && block.startIndex <= node.startIndex && node.endIndex <= block.endIndex;
}

function valueFor(
  name: string,
  type: RustType,
  inScope: readonly InScope[],
): { path: string; text: string; agreement: number } | null {
  const write = (one: InScope): string | null => {
    if (one.type === null || fits(one.type, type)) return one.path;
    return type.kind === 'ref' && derefs(one.type, type.of) ? `&${type.mutable ? 'mut ' : ''}${one.path}` : null;
  };
  const plain = name.replace(/^mut /, '');
  const byName = inScope.findLast((one) => one.name === plain);
  const written = byName === undefined ? null : write(byName);
  if (byName !== undefined && written !== null) return { path: byName.path, text: written, agreement: 1 };
  const byType = inScope.filter((one) => one.type !== null && write(one) !== null);
  const only = byType.at(-1);
  return only === undefined
    ? null
    : { path: only.path, text: write(only) as string, agreement: byType.length === 1 ? 0.7 : 0.3 };
}

/** The function does not need the parameter that no call gives. */
function unusedParameter(input: ProposeInput, { args, fn, shift }: WrongCall): Draft[] {
  if (
    fn === null ||
    fn.body === null ||
    input.diagnostic.code !== 'E0061' ||
    args.length - shift !== fn.parameters.length - 1
  )
    return [];
  if (callsOf(input, fn).length > 0) return [];
  const unused = fn.parameters.filter((parameter) => {
    const name = parameter.pattern.descendantsOfType('identifier')[0] ?? parameter.pattern;
    const local = bindings(fn.source, fn.node).find((one) => one.node.equals(name));
    return local !== undefined && usesOf(fn.source, local).length === 0;
  });
  const only = unused.length === 1 ? (unused[0] as RustFunction['parameters'][number]) : null;
  if (only === null) return [];
  const previous = fn.parameters[only.index - 1]?.node ?? fn.self;
  const next = fn.parameters[only.index + 1]?.node;
  const start = previous !== null && previous !== undefined ? previous.endIndex : only.node.startIndex;
  const end =
    previous !== null && previous !== undefined ? only.node.endIndex : (next?.startIndex ?? only.node.endIndex);
  return [
    {
      title: `\`${fn.name}\` does without \`${only.pattern.text}\``,
      edits: [fn.source.edit(start, end, '')],
      features: { agreement: 0.5 },
    },
  ];
}
