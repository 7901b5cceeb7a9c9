// Where the type of an expression was written down: the field, parameter, binding or function result that it reads, through
// borrows, indices and methods that hand the same values on. Whether that type should change is the proposers' own.
import { descendants, enclosing, type Node, type SourceFile } from '../../../tools/index/source.ts';
import type { ProposeInput } from '../../types.ts';
import { methodCall, namedChildren } from './expressions.ts';
import { calleeOf, functionsNamed } from './functions.ts';
import { localAt } from './locals.ts';

export interface Declared {
  readonly source: SourceFile;
  /** The written type. */
  readonly type: Node;
  /** `field_declaration`, `parameter`, `let_declaration`, `function_item`, `const_item` or `static_item`. */
  readonly node: Node;
  readonly name: string;
}

/** Methods whose result is made of the same values as their receiver. */
const SAME_VALUES: ReadonlySet<string> = new Set(
  (
    'clone to_vec iter into_iter iter_mut copied cloned unwrap expect get get_mut first last to_owned as_slice as_ref ' +
    'as_mut borrow borrow_mut abs max min pop remove rev skip take unwrap_or sum product values filter'
  ).split(' '),
);
/** Steps from a use to the declaration, at most. */
const farthest = 12;

/** The declaration that the type of an expression comes from; null where none is written, or several may be meant. */
export function declaredAt(input: ProposeInput, source: SourceFile, expression: Node, steps = 0): Declared | null {
  if (steps > farthest) return null;
  const go = (node: Node | null): Declared | null =>
    node === null ? null : declaredAt(input, source, node, steps + 1);
  switch (expression.type) {
    case 'parenthesized_expression':
    case 'unary_expression':
    case 'try_expression':
    case 'index_expression':
      return go(expression.namedChild(0));
    case 'reference_expression':
      return go(expression.childForFieldName('value'));
    case 'field_expression':
      return fieldAt(input, expression);
    case 'identifier':
      return nameAt(input, source, expression, go);
    case 'call_expression': {
      const call = methodCall(expression);
      if (call !== null && SAME_VALUES.has(call.name.text) && functionsNamed(input, call.name.text).length === 0)
        return go(call.receiver);
      const callee = calleeOf(expression);
      const found = callee === null ? [] : functionsNamed(input, callee.name.text);
      const [fn] = found;
      return found.length === 1 && fn !== undefined && fn.returnType !== null && fn.node.type === 'function_item'
        ? { source: fn.source, type: fn.returnType, node: fn.node, name: fn.name }
        : null;
    }
    default:
      return null;
  }
}

function nameAt(
  input: ProposeInput,
  source: SourceFile,
  identifier: Node,
  go: (node: Node | null) => Declared | null,
): Declared | null {
  const local = localAt(source, identifier);
  if (local === null) return constant(input, identifier.text);
  if (local.type !== null && local.plain)
    return { source, type: local.type, node: local.declaration, name: local.name };
  // What a loop or a closure's parameter lends has the type of what it is lent from.
  return ['let_declaration', 'for_expression'].includes(local.declaration.type) && local.type === null && local.plain
    ? go(local.value)
    : null;
}

function constant(input: ProposeInput, name: string): Declared | null {
  for (const file of input.files) {
    const source = input.source(file);
    if (source === null || !source.text.includes(name)) continue;
    for (const node of descendants(source.root, 'const_item', 'static_item')) {
      const type = node.childForFieldName('type');
      if (node.childForFieldName('name')?.text === name && type !== null) return { source, type, node, name };
    }
  }
  return null;
}

/** The field that `value.name` reads: of the type around for `self`, else the only one of that name. */
function fieldAt(input: ProposeInput, expression: Node): Declared | null {
  const name = expression.childForFieldName('field')?.text;
  if (name === undefined) return null;
  const fields = fieldsNamed(input, name);
  const owner =
    expression.childForFieldName('value')?.text === 'self'
      ? (enclosing(expression, 'impl_item')?.childForFieldName('type')?.text.replace(/<.*$/s, '') ?? null)
      : null;
  const own = owner === null ? fields : fields.filter((field) => structOf(field.node) === owner);
  return own.length === 1 ? (own[0] as Declared) : null;
}

/** All fields of a name in the files that may be edited. */
export function fieldsNamed(input: ProposeInput, name: string): Declared[] {
  const found: Declared[] = [];
  for (const file of input.files) {
    const source = input.source(file);
    if (source === null || !source.text.includes(name)) continue;
    for (const node of descendants(source.root, 'field_declaration')) {
      const type = node.childForFieldName('type');
      if (node.childForFieldName('name')?.text === name && type !== null) found.push({ source, type, node, name });
    }
  }
  return found;
}

/** The name of the struct that a field is declared in. */
export function structOf(field: Node): string | null {
  return enclosing(field, 'struct_item')?.childForFieldName('name')?.text ?? null;
}

/** An expression that gives a field its value, where a struct is built: `None` for the expression means the shorthand. */
export interface Initialiser {
  readonly source: SourceFile;
  /** The value; the name itself where it stands for both. */
  readonly value: Node;
}

/** Every place where a field of `owner` gets its value as the struct is built. */
export function initialisersOf(input: ProposeInput, owner: string, field: string): Initialiser[] {
  const found: Initialiser[] = [];
  for (const file of input.files) {
    const source = input.source(file);
    if (source === null || !source.text.includes(field)) continue;
    for (const list of descendants(source.root, 'field_initializer_list')) {
      const named = list.parent?.childForFieldName('name')?.text.replace(/<.*$/s, '').split('::').at(-1);
      const around = enclosing(list, 'impl_item')?.childForFieldName('type')?.text.replace(/<.*$/s, '');
      if ((named === 'Self' ? around : named) !== owner) continue;
      for (const child of namedChildren(list)) {
        if (child.type === 'shorthand_field_initializer' && child.text === field) {
          const value = child.namedChild(0);
          if (value !== null) found.push({ source, value });
        }
        const value = child.type === 'field_initializer' ? child.childForFieldName('value') : null;
        if (value !== null && child.childForFieldName('field')?.text === field) found.push({ source, value });
      }
    }
  }
  return found;
}
