// E0308 and E0277 where a declaration says one number or text type and its uses another: the declaration changes, with the
// parameters that fill it, the results that hand it on, and the literals beside it.
//
// struct Grid { cells: Vec<i32> }    before, where f64 is put in and read
// struct Grid { cells: Vec<f64> }    after, with `vec![0; n]` → `vec![0.0; n]` and `new(cells: &[f64])`
//
// One use alone that differs is types-declared's, and a conversion at the use.
import type { Diagnostic, Edit } from '../../schemas/types.ts';
import { descendants, enclosing, type Node, type SourceFile } from '../../tools/index/source.ts';
import type { ProposeInput, Proposer } from '../types.ts';
import { type Declared, declaredAt, initialisersOf, structOf } from './support/declared.ts';
import { sound } from './support/drafts.ts';
import { callArguments } from './support/expressions.ts';
import { allFunctions, calleeOf, callsOf, functionsNamed, type RustFunction } from './support/functions.ts';
import { mismatches, operandTypes } from './support/mismatch.ts';
import { numericLiteral } from './support/numbers.ts';
import { strip } from './support/references.ts';
import { rust } from './support/rust.ts';
import { isFloat, isNumber, isText, parseType, type RustType, writeType } from './support/rust-type.ts';

export const typesMigrated: Proposer = {
  name: 'types-migrated',
  codes: ['E0308', 'E0277'],
  propose(input) {
    const own = claims(input, input.diagnostic);
    if (own.length === 0) return [];
    const all = input.errors.flatMap((error) => claims(input, error));
    return sound(
      own.flatMap((claim) => {
        const same = all.filter((other) => sameDeclaration(other.at, claim.at));
        const agree = same.filter((other) => writeType(other.to) === writeType(claim.to)).length;
        const others = same.length - agree;
        if (agree < 2 && claim.at.node.type !== 'field_declaration') return [];
        const edits = migration(input, claim);
        if (edits.length === 0) return [];
        return [
          {
            title: `\`${claim.at.name}\` is of \`${writeType(claim.to)}\``,
            edits,
            features: {
              agreement: agree > others ? Math.min(1, 0.4 + 0.3 * agree) : 0.2,
              repeats: Math.max(agree, edits.length),
              // Every use of a field that the compiler complains of asks for the same type.
              ...(agree >= 2 && others === 0 && claim.at.node.type === 'field_declaration' ? { idiom: 1 } : {}),
            },
          },
        ];
      }),
      3,
    );
  },
  examples: [
    {
      title: 'the items of a field, with what fills it',
      before: rust`
        pub struct Row {
            cells: Vec<i32>,
        }

        impl Row {
            pub fn blank(size: usize) -> Row {
                Row { cells: vec![0; size] }
            }

            pub fn of(cells: &[i32]) -> Row {
                Row { cells: cells.to_vec() }
            }

            pub fn at(&self, i: usize) -> f64 {
                self.cells[i]
            }

            pub fn set(&mut self, i: usize, value: f64) {
                self.cells[i] = value;
            }
        }

        pub fn first() -> f64 {
            Row::of(&[1, 2]).at(0)
        }
      `,
      after: rust`
        pub struct Row {
            cells: Vec<f64>,
        }

        impl Row {
            pub fn blank(size: usize) -> Row {
                Row { cells: vec![0.0; size] }
            }

            pub fn of(cells: &[f64]) -> Row {
                Row { cells: cells.to_vec() }
            }

            pub fn at(&self, i: usize) -> f64 {
                self.cells[i]
            }

            pub fn set(&mut self, i: usize, value: f64) {
                self.cells[i] = value;
            }
        }

        pub fn first() -> f64 {
            Row::of(&[1.0, 2.0]).at(0)
        }
      `,
      within: 1,
    },
    {
      title: 'a field whose value is a float everywhere',
      before: rust`
        pub struct Product {
            price: u32,
        }

        impl Product {
            pub fn new(price: f64) -> Self {
                Product { price }
            }

            pub fn total(&self, count: u32) -> f64 {
                self.price * count as f64
            }
        }
      `,
      after: rust`
        pub struct Product {
            price: f64,
        }

        impl Product {
            pub fn new(price: f64) -> Self {
                Product { price }
            }

            pub fn total(&self, count: u32) -> f64 {
                self.price * count as f64
            }
        }
      `,
      within: 1,
    },
  ],
};

/** What one error says of a declaration: its values are of type `from`, and used as `to`. */
interface Claim {
  readonly at: Declared;
  readonly from: RustType;
  readonly to: RustType;
}

const known = new WeakMap<Diagnostic, { readonly of: ProposeInput['errors']; readonly claims: Claim[] }>();

function claims(input: ProposeInput, diagnostic: Diagnostic): Claim[] {
  const before = known.get(diagnostic);
  if (before?.of === input.errors) return before.claims;
  const found = [...mismatchClaims(input, diagnostic), ...operandClaims(input, diagnostic)];
  known.set(diagnostic, { of: input.errors, claims: found });
  return found;
}

function sameDeclaration(a: Declared, b: Declared): boolean {
  return a.source.path === b.source.path && a.type.startIndex === b.type.startIndex;
}

function claim(at: Declared | null, from: RustType, to: RustType): Claim[] {
  const leaf = difference(from, to);
  if (at === null || leaf === null) return [];
  const declared = parseType(at.type.text);
  return declared !== null && leaves(at, leaf.from).length > 0 ? [{ at, ...leaf }] : [];
}

function mismatchClaims(input: ProposeInput, diagnostic: Diagnostic): Claim[] {
  if (diagnostic.code !== 'E0308') return [];
  return mismatches(input, diagnostic).flatMap(({ source, node, expected, found }) => {
    if (node === null) return [];
    const [wanted, value] = [strip(expected), strip(found)];
    const short = node.type === 'shorthand_field_initializer';
    const reads = claim(declaredAt(input, source, short ? (node.namedChild(0) ?? node) : node), value, wanted);
    const parent = short ? node : node.parent;
    let target: Declared | null = null;
    if (parent?.type === 'assignment_expression' && parent.childForFieldName('right')?.equals(node)) {
      const left = parent.childForFieldName('left');
      target = left === null ? null : declaredAt(input, source, left);
    } else if (parent?.type === 'field_initializer' || parent?.type === 'shorthand_field_initializer')
      target = initialised(input, source, parent);
    return [...reads, ...claim(target, wanted, value)];
  });
}

/** The field that an initialiser is for. */
function initialised(input: ProposeInput, source: SourceFile, initialiser: Node): Declared | null {
  const list = initialiser.parent?.parent;
  const written = list?.childForFieldName('name')?.text.replace(/<.*$/s, '').split('::').at(-1) ?? '';
  const around = enclosing(initialiser, 'impl_item')?.childForFieldName('type')?.text.replace(/<.*$/s, '');
  const owner = written === 'Self' ? around : written;
  const name = initialiser.childForFieldName('field')?.text ?? initialiser.text;
  for (const file of [source.path, ...input.files]) {
    const place = input.source(file);
    for (const node of place === null ? [] : descendants(place.root, 'field_declaration')) {
      const type = node.childForFieldName('type');
      if (place !== null && type !== null && structOf(node) === owner && node.childForFieldName('name')?.text === name)
        return { source: place, type, node, name };
    }
  }
  return null;
}

function operandClaims(input: ProposeInput, diagnostic: Diagnostic): Claim[] {
  const types = diagnostic.code === 'E0277' ? operandTypes(diagnostic) : null;
  const span = diagnostic.spans.find((one) => one.primary);
  const source = span === undefined ? null : input.source(span.file);
  if (types === null || span === undefined || source === null) return [];
  const range = source.range(span);
  const node = source.root.descendantForIndex(range.start, Math.max(range.start, range.end - 1))?.parent ?? null;
  const [left, right] = [node?.childForFieldName('left'), node?.childForFieldName('right')];
  if (!left || !right) return [];
  const [a, b] = [strip(types.left), strip(types.right)];
  // A float beside an integer: the integer's declaration is the one in doubt.
  return [
    ...(isFloat(b) && !isFloat(a) ? claim(declaredAt(input, source, left), a, b) : []),
    ...(isFloat(a) && !isFloat(b) ? claim(declaredAt(input, source, right), b, a) : []),
  ];
}

/** The numbers or texts in which two types differ, where everything around them is alike. */
function difference(from: RustType, to: RustType): { from: RustType; to: RustType } | null {
  const [a, b] = [items(strip(from)), items(strip(to))];
  if (a !== null && b !== null) return difference(a, b);
  const [x, y] = [strip(from), strip(to)];
  if (x.kind === 'literal' || (y.kind === 'literal' && y.of !== 'float')) return null;
  const numbers = isNumber(x) && isNumber(y);
  const texts = (isText(from) && isText(to)) || (isText(x) && isText(to)) || (isText(from) && isText(y));
  if (!numbers && !texts) return null;
  const [left, right] = numbers ? [x, y] : [from, to];
  return writeType(left) === writeType(right) ? null : { from: left, to: right };
}

function items(type: RustType): RustType | null {
  if (type.kind === 'slice' || type.kind === 'array') return type.of;
  return type.kind === 'path' && type.args.length === 1 ? (type.args[0] ?? null) : null;
}

/** Where a type stands in a written one. */
function leaves({ type }: { readonly type: Node }, from: RustType): Node[] {
  const text = writeType(from);
  const kinds = ['primitive_type', 'type_identifier', 'reference_type'];
  return [...(kinds.includes(type.type) ? [type] : []), ...descendants(type, ...kinds)].filter(
    (node) => node.text.replace(/'\w+ /, '') === text,
  );
}

/** Everything that changes with a declaration. */
function migration(input: ProposeInput, { at, from, to }: Claim): Edit[] {
  const written = writeType(to);
  if (written === null) return [];
  const edits = new Map<string, Edit>();
  const put = (source: SourceFile, node: Node, text: string): void => {
    edits.set(`${source.path}:${node.startIndex}`, source.edit(node.startIndex, node.endIndex, text));
  };
  const retype = (declared: { readonly source: SourceFile; readonly type: Node }): boolean => {
    const places = leaves(declared, from);
    for (const node of new Map(places.map((one) => [one.startIndex, one])).values())
      put(declared.source, node, written);
    return places.length > 0;
  };
  const literals = (source: SourceFile, node: Node | null): void => {
    for (const literal of node === null ? [] : literalsIn(node)) {
      const text = numericLiteral(literal.text, to);
      if (text !== null && text !== literal.text) put(source, literal, text);
    }
  };
  retype(at);
  if (at.node.type === 'let_declaration' || /^(const|static)_item$/.test(at.node.type))
    literals(at.source, at.node.childForFieldName('value'));
  if (at.node.type === 'field_declaration') {
    for (const { source, value } of initialisersOf(input, structOf(at.node) ?? '', at.name)) {
      literals(source, value);
      const filled = declaredAt(input, source, value);
      if (filled?.node.type !== 'parameter' || !retype(filled)) continue;
      const fn = functionAround(input, filled);
      if (fn !== null) argumentLiterals(input, fn, filled, literals);
    }
    for (const fn of allFunctions(input)) {
      const last = fn.body?.namedChild(fn.body.namedChildCount - 1) ?? null;
      if (fn.returnType === null || last === null || fn.source.path !== at.source.path) continue;
      const given = declaredAt(input, fn.source, last);
      if (given !== null && sameDeclaration(given, at)) retype({ source: fn.source, type: fn.returnType });
    }
  }
  if (at.node.type === 'parameter') {
    const fn = functionAround(input, at);
    if (fn !== null) argumentLiterals(input, fn, at, literals);
  }
  compared(input, at, literals);
  return [...edits.values()];
}

function functionAround(input: ProposeInput, { source, node }: Declared): RustFunction | null {
  const item = enclosing(node, 'function_item');
  const name = item?.childForFieldName('name')?.text ?? '';
  return functionsNamed(input, name).find((fn) => fn.source === source && fn.node.equals(item as Node)) ?? null;
}

type Literals = (source: SourceFile, node: Node | null) => void;

/** Literals that calls pass for a parameter whose type changed. */
function argumentLiterals(input: ProposeInput, fn: RustFunction, { node }: Declared, literals: Literals): void {
  const index = fn.parameters.findIndex((parameter) => parameter.node.equals(node));
  for (const call of callsOf(input, fn)) {
    const owner = enclosing(fn.node, 'impl_item')?.childForFieldName('type')?.text.replace(/<.*$/s, '');
    const path = call.node.childForFieldName('function')?.childForFieldName('path')?.text;
    if (path !== undefined && path !== 'Self' && owner !== undefined && path !== owner) continue;
    if (calleeOf(call.node) !== null) literals(call.source, call.args[index] ?? null);
  }
}

/** Literals that are put into or compared with what was declared. */
function compared(input: ProposeInput, at: Declared, literals: Literals): void {
  for (const file of input.files) {
    const source = input.source(file);
    if (source === null || !source.text.includes(at.name)) continue;
    const kinds = ['binary_expression', 'assignment_expression', 'compound_assignment_expr'];
    for (const node of descendants(source.root, ...kinds)) {
      const [left, right] = [node.childForFieldName('left'), node.childForFieldName('right')];
      if (!left || !right) continue;
      for (const [side, other] of [
        [left, right],
        [right, left],
      ] as const) {
        if (!/^-?\d/.test(other.text) || literalsIn(other).length === 0) continue;
        const declared = declaredAt(input, source, side);
        if (declared !== null && sameDeclaration(declared, at)) literals(source, other);
      }
    }
  }
}

/** Integer and float literals that are the value itself or its items, not its places or sizes. */
function literalsIn(node: Node): Node[] {
  switch (node.type) {
    case 'integer_literal':
    case 'float_literal':
      return [node];
    case 'reference_expression':
    case 'unary_expression':
    case 'parenthesized_expression':
    case 'array_expression':
    case 'tuple_expression': {
      const [first, ...rest] = node.namedChildren.filter((child): child is Node => child !== null);
      if (first === undefined) return [];
      const sized = node.type === 'array_expression' && node.childForFieldName('length') !== null;
      return (sized ? [first] : [first, ...rest]).flatMap(literalsIn);
    }
    case 'macro_invocation': {
      if (node.childForFieldName('macro')?.text !== 'vec') return [];
      const tree = node.namedChild(node.namedChildCount - 1);
      const tokens = tree?.children.filter((child): child is Node => child !== null) ?? [];
      const end = tokens.findIndex((token) => token.text === ';');
      const own = end < 0 ? tokens : tokens.slice(0, end);
      return own.flatMap((token) =>
        token.type === 'token_tree'
          ? literalTokens(token)
          : /^(?:integer|float)_literal$/.test(token.type)
            ? [token]
            : [],
      );
    }
    case 'call_expression': {
      const [callee, args] = [node.childForFieldName('function')?.text ?? '', callArguments(node)];
      return /^(?:Some|Box::new|Rc::new|RefCell::new|Cell::new|Arc::new|Mutex::new)$/.test(callee)
        ? args.flatMap(literalsIn)
        : [];
    }
    default:
      return [];
  }
}

/** Nested rows of `vec![[0; 3]; 3]` or `vec![vec![0; 3]; 3]`: up to their `;`. */
function literalTokens(tree: Node): Node[] {
  const tokens = tree.children.filter((child): child is Node => child !== null);
  const end = tokens.findIndex((token) => token.text === ';');
  return (end < 0 ? tokens : tokens.slice(0, end)).flatMap((token) =>
    token.type === 'token_tree' ? literalTokens(token) : /^(?:integer|float)_literal$/.test(token.type) ? [token] : [],
  );
}
