// Questions to the compiler, written into the text: what to insert so that an error names the type of an expression or
// a binding, or the type that its context expects. Running the compiler is tools/cargo/probe-type.ts's.
import { enclosing, type Node, type SourceFile, type TextRange } from './source.ts';

/**
 * How a question is put. `late` is a cast, which rustc checks when a body's inference is over; `early` is a field that
 * nobody has, which names what is known at that point; `expected` puts a value of a type of its own in the place.
 * A plain `let _: __P = EXPR` would make `__P` what EXPR is asked to be: `parse()` and `collect()` would then fail.
 */
export type QuestionForm = 'late' | 'early' | 'expected';

export interface Insertion {
  readonly at: number;
  /** Removed from `at` on. */
  readonly length: number;
  readonly text: string;
  /** Of insertions at one place, openers of longer ranges come first and closers of longer ranges last. */
  readonly order: number;
}

export type Question = { readonly insertions: readonly Insertion[] } | { readonly blocked: string };

const expressions = new Set(
  `unary_expression reference_expression try_expression binary_expression assignment_expression compound_assignment_expr
  type_cast_expression call_expression return_expression string_literal raw_string_literal char_literal boolean_literal
  integer_literal float_literal identifier self scoped_identifier generic_function field_expression array_expression
  tuple_expression macro_invocation unit_expression break_expression continue_expression index_expression
  closure_expression parenthesized_expression struct_expression block unsafe_block if_expression match_expression
  while_expression loop_expression for_expression range_expression const_block await_expression async_block
  negative_literal`.split(/\s+/),
);

/** Parents under which an identifier is a name, not a value. */
const naming = new Set([
  'function_item',
  'function_signature_item',
  'const_item',
  'static_item',
  'mod_item',
  'enum_variant',
  'label',
  'lifetime',
  'use_declaration',
  'use_list',
  'scoped_use_list',
  'use_as_clause',
  'use_wildcard',
  'extern_crate_declaration',
  'attribute',
  'macro_definition',
  'visibility_modifier',
  'scoped_type_identifier',
  'const_parameter',
  'meta_item',
]);

const isPattern = (node: Node): boolean => /_pattern$/.test(node.type) && node.type !== 'token_tree_pattern';

interface Place {
  readonly kind: 'expression' | 'binding' | 'tokens';
  readonly range: TextRange;
  readonly node: Node;
}

/** The expression or binding meant by a range: itself, or the smallest expression around it. */
export function placeOf(file: SourceFile, range: TextRange): Place | { readonly blocked: string } {
  const text = file.slice(range);
  const start = range.start + text.length - text.trimStart().length;
  const end = Math.max(start, range.start + text.trimEnd().length);
  if (end === start) return { blocked: 'there is no expression' };
  const inner = file.nodeAt({ start, end });
  if (enclosing(inner, 'macro_definition') !== null) return { blocked: 'the place is inside a macro definition' };
  if (enclosing(inner, 'token_tree') !== null) return { kind: 'tokens', range: { start, end }, node: inner };
  for (let node: Node | null = inner; node !== null; node = node.parent) {
    const parent: Node | null = node.parent;
    if (parent === null) break;
    if (node.type === 'identifier' || node.type === 'shorthand_field_identifier') {
      if (binds(node)) return { kind: 'binding', range: { start: node.startIndex, end: node.endIndex }, node };
      if (naming.has(parent.type) && parent.childForFieldName('value')?.id !== node.id) break;
    }
    if (isPattern(node) || /_item$|_declaration$/.test(node.type)) break;
    if (!expressions.has(node.type) || isPart(node)) continue;
    // The widest node of the same text is the one whose parent is another expression's slot.
    return { kind: 'expression', range: { start: node.startIndex, end: node.endIndex }, node };
  }
  return { blocked: `${describe(inner)} is not an expression` };
}

const describe = (node: Node): string =>
  /type/.test(node.type) ? 'a type' : isPattern(node) ? 'a pattern' : 'this text';

/** A node that reads like an expression but is a piece of one: a method's callee, a path's segment, a let condition. */
function isPart(node: Node): boolean {
  const parent = node.parent as Node;
  const field = (name: string): boolean => parent.childForFieldName(name)?.id === node.id;
  if (parent.type === 'call_expression' && field('function') && /^(field_expression|generic_function)$/.test(node.type))
    return node.type === 'field_expression' || node.childForFieldName('function')?.type === 'field_expression';
  if (parent.type === 'scoped_identifier' || parent.type === 'generic_function') return true;
  if (parent.type === 'macro_invocation') return true;
  if (parent.type === 'field_initializer' && field('field')) return true;
  if (isPattern(parent) && !field('condition')) return true;
  if (
    /^(function_item|closure_expression|for_expression|while_expression|loop_expression|unsafe_block|async_block|const_block)$/.test(
      parent.type,
    )
  )
    return node.type === 'block';
  if (parent.type === 'if_expression' && field('consequence')) return true;
  if (parent.type === 'else_clause' || (parent.type === 'let_declaration' && field('alternative'))) return true;
  return /let_chain/.test(parent.type) || containsLet(node);
}

function containsLet(node: Node): boolean {
  if (node.type === 'let_condition' || node.type === 'let_chain') return true;
  return node.type === 'binary_expression' && node.namedChildren.some((child) => child !== null && containsLet(child));
}

/** Whether an identifier introduces a binding, judged by what is around it up to the construct that binds. */
function binds(node: Node): boolean {
  if (/^[A-Z]/.test(node.text)) return false;
  let below = node;
  for (let at = node.parent; at !== null; below = at, at = at.parent) {
    if (isPattern(at)) {
      if (at.childForFieldName('type')?.id === below.id) return false;
      if (at.type === 'match_pattern' && at.namedChild(0)?.id !== below.id) return false;
      continue;
    }
    if (at.type === 'closure_parameters') return true;
    return at.childForFieldName('pattern')?.id === below.id;
  }
  return false;
}

/** Text to insert so that the compiler names the type of what is at `range`; `index` is part of the answer. */
export function question(file: SourceFile, range: TextRange, index: number, form: QuestionForm): Question {
  const place = placeOf(file, range);
  if ('blocked' in place) return place;
  const name = `__P${index}`;
  const { start, end } = place.range;
  if (place.kind === 'binding') {
    if (form === 'expected') return { blocked: 'a pattern expects nothing of its context' };
    return useOf(place.node, `{ struct ${name}; ${told(`&${file.slice(place.range)}`, name, form)} }`);
  }
  const field =
    place.node.type === 'identifier' && place.node.parent?.type === 'shorthand_field_initializer'
      ? `${file.slice(place.range)}: `
      : '';
  if (form === 'expected')
    return {
      insertions: [{ at: start, length: end - start, text: `${field}({ struct ${name}; ${name} })`, order: 0 }],
    };
  const asked = told('__asked', name, form);
  return {
    insertions: [
      { at: start, length: 0, text: `${field}(match (`, order: start - end },
      { at: end, length: 0, text: `) { ref __asked => { struct ${name}; ${asked} *__asked } })`, order: end - start },
    ],
  };
}

const told = (value: string, name: string, form: QuestionForm): string =>
  form === 'early' ? `(${value}).${name};` : `let _ = ${value} as ${name};`;

/** A use of a binding at the first place that sees it. */
function useOf(binding: Node, use: string): Question {
  const at = (index: number, text: string, order = 0): Insertion => ({ at: index, length: 0, text, order });
  let below = binding;
  for (let node = binding.parent; node !== null; below = node, node = node.parent) {
    if (node.type === 'let_declaration') return { insertions: [at(node.endIndex, ` ${use}`)] };
    if (
      node.type === 'let_condition' ||
      isPattern(node) ||
      /^(parameters?|closure_parameters|let_chain)$/.test(node.type)
    )
      continue;
    const body = node.childForFieldName(
      node.type === 'if_expression' ? 'consequence' : node.type === 'match_arm' ? 'value' : 'body',
    );
    if (body === null || body.id === below.id) break;
    if (body.type === 'block') return { insertions: [at(body.startIndex + 1, ` ${use}`, 1)] };
    return {
      insertions: [
        at(body.startIndex, `{ ${use} `, body.startIndex - body.endIndex - 0.5),
        at(body.endIndex, ' }', body.endIndex - body.startIndex + 0.5),
      ],
    };
  }
  return { blocked: 'nothing can use this binding' };
}
