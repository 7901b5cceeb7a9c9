// Functions as proposers need them: the one around a place, its parameters and result, and its calls in the files
// that may be edited. Names are matched as text within a crate: two functions of one name are told apart by arity.
import { descendants, enclosing, type Node, type SourceFile } from '../../../tools/index/source.ts';
import type { ProposeInput } from '../../types.ts';
import { callArguments, namedChildren } from './expressions.ts';
import { viewOf } from './macro-view.ts';
import { parseType, type RustType, UNIT } from './rust-type.ts';

export interface Parameter {
  readonly node: Node;
  readonly pattern: Node;
  readonly type: Node;
  /** Position among the parameters, `self` not counted. */
  readonly index: number;
}

export interface RustFunction {
  readonly source: SourceFile;
  /** `function_item` or `function_signature_item`. */
  readonly node: Node;
  readonly name: string;
  readonly parameters: readonly Parameter[];
  readonly self: Node | null;
  /** null where no `->` is written. */
  readonly returnType: Node | null;
  readonly body: Node | null;
}

export function functionOf(source: SourceFile, node: Node | null): RustFunction | null {
  if (node?.type !== 'function_item' && node?.type !== 'function_signature_item') return null;
  const list = node.childForFieldName('parameters');
  const parameters: Parameter[] = [];
  let self: Node | null = null;
  for (const child of list === null ? [] : namedChildren(list)) {
    const pattern = child.childForFieldName('pattern');
    const type = child.childForFieldName('type');
    if (child.type === 'self_parameter' || pattern?.type === 'self') self = child;
    else if (pattern && type) parameters.push({ node: child, pattern, type, index: parameters.length });
  }
  return {
    source,
    node,
    name: node.childForFieldName('name')?.text ?? '',
    parameters,
    self,
    returnType: node.childForFieldName('return_type'),
    body: node.childForFieldName('body'),
  };
}

/** The function whose body a `return` at `node` would leave; null in a closure, a constant, or outside. */
export function enclosingFunction(source: SourceFile, node: Node | null): RustFunction | null {
  const found = enclosing(node, 'function_item', 'closure_expression', 'async_block');
  return found?.type === 'function_item' ? functionOf(source, found) : null;
}

export function returnTypeOf(fn: RustFunction): RustType | null {
  return fn.returnType === null ? UNIT : parseType(fn.returnType.text);
}

/** All functions and signatures named `name` in the files that may be edited. */
export function functionsNamed(input: ProposeInput, name: string): RustFunction[] {
  return allFunctions(input).filter((fn) => fn.name === name);
}

export function allFunctions(input: ProposeInput): RustFunction[] {
  const found: RustFunction[] = [];
  for (const file of input.files) {
    const source = input.source(file);
    if (source === null) continue;
    for (const node of descendants(source.root, 'function_item', 'function_signature_item')) {
      const fn = functionOf(source, node);
      if (fn !== null) found.push(fn);
    }
  }
  return found;
}

export interface Call {
  readonly source: SourceFile;
  readonly node: Node;
  /** The receiver of a method call. */
  readonly receiver: Node | null;
  readonly args: readonly Node[];
}

/** Calls by the function's name with its number of arguments, those among the arguments of std's macros too. */
export function callsOf(input: ProposeInput, fn: RustFunction): Call[] {
  const found: Call[] = [];
  for (const file of input.files) {
    const source = viewOf(input.source(file));
    if (source?.text.includes(fn.name) !== true) continue;
    for (const node of descendants(source.root, 'call_expression')) {
      const callee = calleeOf(node);
      if (callee?.name.text !== fn.name) continue;
      const args = callArguments(node);
      const isMethod = callee.receiver !== null;
      const shift = fn.self !== null && !isMethod ? 1 : 0;
      if (isMethod && fn.self === null) continue;
      if (args.length - shift !== fn.parameters.length) continue;
      found.push({
        source,
        node,
        receiver: callee.receiver ?? (shift ? (args[0] as Node) : null),
        args: args.slice(shift),
      });
    }
  }
  return found;
}

/** The last name of what a call calls, and the receiver of a method call. */
export function calleeOf(call: Node): { readonly name: Node; readonly receiver: Node | null } | null {
  let callee = call.childForFieldName('function');
  if (callee?.type === 'generic_function') callee = callee.childForFieldName('function');
  if (callee?.type === 'identifier') return { name: callee, receiver: null };
  const name = callee?.childForFieldName(callee.type === 'field_expression' ? 'field' : 'name') ?? null;
  if (!callee || name === null) return null;
  return { name, receiver: callee.type === 'field_expression' ? callee.childForFieldName('value') : null };
}

/** True for the value of a `return` and for what ends the function's body, through branches and arms. */
export function leavesFunction(node: Node, body: Node | null): boolean {
  for (let at: Node | null = node; at !== null && body !== null; at = at.parent) {
    if (at.parent?.type === 'return_expression' || at.parent?.equals(body)) return true;
    if (
      ![
        'block',
        'if_expression',
        'else_clause',
        'match_arm',
        'match_block',
        'match_expression',
        'expression_statement',
      ].includes(at.parent?.type ?? '')
    )
      return false;
  }
  return false;
}

/** Every expression whose value leaves the function: what it returns, and what its body ends in, branch by branch. */
export function resultsOf(fn: RustFunction): Node[] {
  if (fn.body === null) return [];
  const found = descendants(fn.body, 'return_expression')
    .filter((node) => enclosing(node, 'function_item', 'closure_expression', 'async_block')?.equals(fn.node) === true)
    .flatMap((node) => node.namedChild(0) ?? []);
  const walk = (node: Node | null): void => {
    if (node === null) return;
    switch (node.type) {
      case 'block': {
        const last = namedChildren(node).at(-1) ?? null;
        if (last !== null && !/_item$|declaration$|^macro_definition$/.test(last.type)) walk(last);
        break;
      }
      case 'expression_statement':
        if (!node.text.endsWith(';')) walk(node.namedChild(0));
        break;
      case 'if_expression':
        walk(node.childForFieldName('consequence'));
        walk(node.childForFieldName('alternative')?.namedChild(0) ?? null);
        break;
      case 'match_expression':
        for (const arm of namedChildren(node.childForFieldName('body') ?? node)) walk(arm.childForFieldName('value'));
        break;
      case 'return_expression':
      case 'for_expression':
      case 'while_expression':
      case 'empty_statement':
        break;
      default:
        found.push(node);
    }
  };
  walk(fn.body);
  return found.sort((a, b) => a.startIndex - b.startIndex);
}
