// A name that was never declared, or where its use cannot see it.
//
//     total = 0;                       let mut total = 0;
//     for x in xs { total += x; }  →   for x in xs { total += x; }
//
//     if a { let label = "x"; }        let label;
//     label                        →   if a { label = "x"; }
//                                      label
//
// The declaration is made from what is written: an assignment, a `let` further in, a pattern that ignores the value. A
// variable that starts from nothing (an accumulator) gets a start value and is marked as invented. Names that exist under
// another spelling are names-typos', parameters of types and methods names-parameters'.
import type { Edit } from '../../schemas/types.ts';
import { descendants, enclosing, type Node, type SourceFile } from '../../tools/index/source.ts';
import type { Draft, ProbeRequest, ProposeInput, Proposer } from '../types.ts';
import { heardOf, questionsOf } from './support/contexts.ts';
import { enclosingFunction, leavesFunction, returnTypeOf } from './support/functions.ts';
import { changes, mutated } from './support/mutation.ts';
import { strip } from './support/references.ts';
import { rust } from './support/rust.ts';
import { isProduct, startOf, startValues } from './support/start-values.ts';
import { type Unresolved, unresolvedOf } from './support/unresolved.ts';

const loops = ['for_expression', 'while_expression', 'loop_expression'];

/** Uses whose type is asked. */
const mostAsked = 2;

export const namesDeclarations: Proposer = {
  name: 'names-declarations',
  codes: ['E0425'],
  probes(input: ProposeInput): ProbeRequest[] {
    const used = usedIn(input);
    if (used === null || !startless(used.uses)) return [];
    return questionsOf(used.found.file, used.uses, false).slice(0, mostAsked);
  },
  propose(input: ProposeInput): Draft[] {
    const used = usedIn(input);
    if (used === null) return [];
    const { found, node, body, uses } = used;
    return [
      ...assigned(found, body, uses),
      ...declaredFurtherIn(found, body, uses),
      ...ignored(found, node),
      ...accumulator(input, found, body, uses),
    ];
  },
  examples: [
    {
      title: 'a variable whose first assignment has no let',
      before: rust`
        pub fn area(width: f64, height: f64) -> f64 {
            result = width * height;
            result
        }
      `,
      after: rust`
        pub fn area(width: f64, height: f64) -> f64 {
            let result = width * height;
            result
        }
      `,
    },
    {
      title: 'a variable that changes later',
      before: rust`
        pub fn sum(values: &[i32]) -> i32 {
            total = 0;
            for value in values {
                total += value;
            }
            total
        }
      `,
      after: rust`
        pub fn sum(values: &[i32]) -> i32 {
            let mut total = 0;
            for value in values {
                total += value;
            }
            total
        }
      `,
    },
    {
      title: 'assigned in both branches, read behind them',
      before: rust`
        pub fn label(x: i32) -> String {
            if x > 0 {
                sign = "plus";
            } else {
                sign = "minus";
            }
            sign.to_string()
        }
      `,
      after: rust`
        pub fn label(x: i32) -> String {
            let sign;
            if x > 0 {
                sign = "plus";
            } else {
                sign = "minus";
            }
            sign.to_string()
        }
      `,
    },
    {
      title: 'declared in both branches, read behind them',
      before: rust`
        pub fn label(x: i32) -> String {
            if x > 0 {
                let sign = "plus";
            } else {
                let sign = "minus";
            }
            sign.to_string()
        }
      `,
      after: rust`
        pub fn label(x: i32) -> String {
            let sign;
            if x > 0 {
                sign = "plus";
            } else {
                sign = "minus";
            }
            sign.to_string()
        }
      `,
    },
    {
      title: 'a loop variable that the pattern ignores',
      before: rust`
        pub fn squares(n: u32) -> Vec<u32> {
            let mut out = Vec::new();
            for _ in 0..n {
                out.push(i * i);
            }
            out
        }
      `,
      after: rust`
        pub fn squares(n: u32) -> Vec<u32> {
            let mut out = Vec::new();
            for i in 0..n {
                out.push(i * i);
            }
            out
        }
      `,
    },
    {
      title: 'the value of a Some that the pattern ignores',
      before: rust`
        pub fn or_zero(x: Option<i32>) -> i32 {
            match x {
                Some(_) => value,
                None => 0,
            }
        }
      `,
      after: rust`
        pub fn or_zero(x: Option<i32>) -> i32 {
            match x {
                Some(value) => value,
                None => 0,
            }
        }
      `,
    },
    {
      title: 'a counter that starts from nothing',
      before: rust`
        pub fn evens(values: &[i32]) -> usize {
            for value in values {
                if value % 2 == 0 {
                    count += 1;
                }
            }
            count
        }
      `,
      after: rust`
        pub fn evens(values: &[i32]) -> usize {
            let mut count = 0;
            for value in values {
                if value % 2 == 0 {
                    count += 1;
                }
            }
            count
        }
      `,
    },
    {
      title: 'an accumulator of the type that is added to it',
      before: rust`
        pub struct Item {
            pub price: f64,
        }

        pub fn total(items: &[Item]) -> f64 {
            for item in items {
                sum += item.price;
            }
            sum
        }
      `,
      after: rust`
        pub struct Item {
            pub price: f64,
        }

        pub fn total(items: &[Item]) -> f64 {
            let mut sum = 0.0;
            for item in items {
                sum += item.price;
            }
            sum
        }
      `,
      within: 1,
    },
    {
      title: 'a result that only some rounds of a loop set',
      before: rust`
        pub fn last_even(values: &[i32]) -> usize {
            for (i, v) in values.iter().enumerate() {
                if v % 2 == 0 {
                    let found = i;
                }
            }
            found
        }
      `,
      after: rust`
        pub fn last_even(values: &[i32]) -> usize {
            let mut found = 0;
            for (i, v) in values.iter().enumerate() {
                if v % 2 == 0 {
                    found = i;
                }
            }
            found
        }
      `,
      within: 1,
    },
  ],
};

/** The assignment that a name is the target of, when it stands as a statement. */
function assignmentOf(node: Node): Node | null {
  const parent = node.parent;
  if (parent?.type !== 'assignment_expression' || parent.childForFieldName('left')?.id !== node.id) return null;
  return parent.parent?.type === 'expression_statement' ? parent.parent : null;
}

/** `x = value;` as `let x = value;`, or a `let x;` in front of the block that assigns it. */
function assigned(found: Unresolved, body: Node, uses: readonly Node[]): Draft[] {
  const assignments = uses.map(assignmentOf).filter((one): one is Node => one !== null);
  const [first] = assignments;
  if (first === undefined || startless(uses)) return [];
  const { file } = found;
  const others = uses.filter((use) => use.startIndex > first.endIndex);
  const scope = enclosing(first.parent, 'block');
  const inScope = scope !== null && others.every((use) => use.startIndex < scope.endIndex);
  const changed = others.some(changes) || (enclosing(first, ...loops) !== null && !inScope);
  const order = changed || mutated(others) ? ['let mut ', 'let '] : ['let ', 'let mut '];
  const here = order.map(
    (word, index): Draft => ({
      title: `declare \`${found.name}\` at its first assignment`,
      edits: [file.insert(first.startIndex, word)],
      features: { declared: 1, alternative: index },
    }),
  );
  const outer = outermost(first, body, uses);
  if (inScope || outer === null) return here;
  const indent = file.indentAt(outer.startIndex);
  const above = ['let', 'let mut'].map(
    (word, index): Draft => ({
      title: `declare \`${found.name}\` above`,
      edits: [file.insert(outer.startIndex, `${word} ${found.name};${file.newline}${indent}`)],
      features: { declared: 1, alternative: index },
    }),
  );
  return [...above, ...here];
}

/** The statement that holds `node`, in the innermost block that holds all `uses` too; null when they share no block. */
function outermost(node: Node, body: Node, uses: readonly Node[]): Node | null {
  for (let at: Node | null = node; at !== null && at.id !== body.id; at = at.parent) {
    const block = at.parent;
    if (
      block?.type === 'block' &&
      uses.every((use) => use.startIndex >= block.startIndex && use.endIndex <= block.endIndex)
    )
      return at;
  }
  return null;
}

/** `let x = …` in an inner block, read behind it: declared in front of the block, assigned where the `let` stood. */
function declaredFurtherIn(found: Unresolved, body: Node, uses: readonly Node[]): Draft[] {
  const { file } = found;
  const lets = descendants(body, 'let_declaration').filter((one) => {
    const pattern = one.childForFieldName('pattern');
    return (
      pattern?.type === 'identifier' &&
      pattern.text === found.name &&
      one.endIndex <= found.range.start &&
      one.childForFieldName('value') !== null
    );
  });
  const [first] = lets;
  if (first === undefined) return [];
  const outer = outermost(first, body, uses);
  if (outer === null || outer.id === first.id) return [];
  const inside = lets.filter((one) => one.startIndex >= outer.startIndex && one.endIndex <= outer.endIndex);
  const assign = inside.map(
    (one): Edit => file.edit(one.startIndex, (one.childForFieldName('pattern') as Node).endIndex, found.name),
  );
  const typed = inside.map((one) => one.childForFieldName('type')?.text).find((type) => type !== undefined);
  const untyped = inside.flatMap((one): Edit[] => {
    const type = one.childForFieldName('type');
    return type === null ? [] : [file.edit((one.childForFieldName('pattern') as Node).endIndex, type.endIndex, '')];
  });
  const indent = file.indentAt(outer.startIndex);
  const start = typed === undefined ? startFor(found, first, outer, body) : null;
  const started: Draft[] =
    start === null
      ? []
      : [
          {
            title: `\`${found.name}\` starts as \`${start}\``,
            edits: [
              file.insert(outer.startIndex, `let mut ${found.name} = ${start};${file.newline}${indent}`),
              ...assign,
            ],
            // What it is where no round sets it, nobody said.
            flags: ['guesses'],
            features: { declared: 1, alternative: 0 },
          },
        ];
  const plain = ['let', 'let mut'].map(
    (word, index): Draft => ({
      title: `declare \`${found.name}\` outside the block`,
      edits: [
        file.insert(
          outer.startIndex,
          `${word} ${found.name}${typed === undefined ? '' : `: ${typed}`};${file.newline}${indent}`,
        ),
        ...assign,
        ...untyped,
      ],
      features: { declared: 1, alternative: index },
    }),
  );
  return [...started, ...plain];
}

/** What a variable that only some rounds of a loop set may start from: the neutral value of what the function gives. */
function startFor(found: Unresolved, first: Node, outer: Node, body: Node): string | null {
  const loop = enclosing(first, ...loops);
  if (loop === null || loop.startIndex < outer.startIndex) return null;
  const value = first.childForFieldName('value')?.type;
  if (value === 'integer_literal') return '0';
  if (value === 'float_literal') return '0.0';
  if (value === 'string_literal') return '""';
  const use = found.file.nodeAt(found.range);
  const fn = enclosingFunction(found.file, use);
  const result = fn !== null && leavesFunction(use, body) ? returnTypeOf(fn) : null;
  return result === null ? null : startOf(result, false);
}

/** `_` in the pattern of the loop, arm, closure or `if let` around the use. */
function ignored(found: Unresolved, node: Node): Draft[] {
  const drafts: Draft[] = [];
  const around = [...loops, 'match_arm', 'closure_expression', 'if_expression', 'function_item'];
  for (let at = enclosing(node, ...around); at !== null; at = enclosing(at.parent, ...around)) {
    const pattern =
      at.childForFieldName('pattern') ?? at.childForFieldName('parameters') ?? at.childForFieldName('condition');
    if (pattern === null || pattern.endIndex > node.startIndex) continue;
    for (const hole of wildcards(found.file, pattern)) {
      drafts.push({
        title: `bind \`${found.name}\` in the pattern`,
        edits: [found.file.edit(hole.startIndex, hole.endIndex, found.name)],
        features: { declared: 1, alternative: drafts.length },
      });
    }
    if (at.type === 'function_item') break;
  }
  return drafts.slice(0, 4);
}

function wildcards(file: SourceFile, pattern: Node): Node[] {
  const found: Node[] = [];
  const walk = (node: Node): void => {
    if (node.childCount === 0 && file.text.slice(node.startIndex, node.endIndex) === '_') found.push(node);
    for (const child of node.children) if (child !== null) walk(child);
  };
  walk(pattern);
  return found;
}

interface Used {
  readonly found: Unresolved;
  readonly node: Node;
  readonly body: Node;
  /** Every place of the function that says the name. */
  readonly uses: readonly Node[];
}

function usedIn(input: ProposeInput): Used | null {
  const found = unresolvedOf(input);
  if (found === null || (found.sought !== 'value' && found.sought !== 'function') || found.name === 'self') return null;
  const node = found.file.nodeAt(found.range);
  const body = enclosing(node, 'function_item')?.childForFieldName('body') ?? null;
  if (body === null) return null;
  return { found, node, body, uses: descendants(body, 'identifier').filter((one) => one.text === found.name) };
}

/** Whether a variable that changes is read before anything is assigned to it: it has to start from somewhere. */
function startless(uses: readonly Node[]): boolean {
  const [first] = uses;
  if (first === undefined || !(uses.some(changes) || mutated(uses))) return false;
  const assignment = assignmentOf(first)?.namedChild(0) ?? null;
  const right = assignment?.childForFieldName('right') ?? null;
  return right === null || descendants(right, 'identifier').some((node) => node.text === first.text);
}

/** A variable that only ever goes on from what it was, declared in front of the statement that holds all its uses' first. */
function accumulator(input: ProposeInput, found: Unresolved, body: Node, uses: readonly Node[]): Draft[] {
  const [first] = uses;
  if (first === undefined || !startless(uses)) return [];
  const outer = outermost(first, body, uses);
  if (outer === null) return [];
  const { file } = found;
  const indent = file.indentAt(outer.startIndex);
  // What the compiler says of the uses goes before what they look like.
  const heard = heardOf(input, file, uses, false).map((type) => startOf(strip(type), isProduct(uses)));
  const values = [...new Set([...heard.filter((value) => value !== null), ...startValues(uses)])];
  return values.map(
    (value, index): Draft => ({
      title: `start \`${found.name}\` from \`${value}\``,
      edits: [file.insert(outer.startIndex, `let mut ${found.name} = ${value};${file.newline}${indent}`)],
      flags: ['invents'],
      features: { declared: 1, alternative: index, agreement: Number(heard.includes(value)) },
    }),
  );
}
