// Local bindings by lexical scope: where a name at a place was declared, and where else that binding is used.
// Macro arguments count as uses, token by token. Items and fields are not locals.
import { descendants, enclosing, type Node, type SourceFile } from '../../../tools/index/source.ts';
import { namedChildren } from './expressions.ts';

export interface Local {
  readonly name: string;
  /** The identifier in the pattern. */
  readonly node: Node;
  /** What declares it: `let_declaration`, `parameter`, `closure_parameters`, `for_expression`, `match_arm`, `let_condition`. */
  readonly declaration: Node;
  /** True when the pattern is nothing but the name (`mut`, `ref` aside). */
  readonly plain: boolean;
  /** The written type, if any. */
  readonly type: Node | null;
  /** The initial value, the iterated or the matched expression. */
  readonly value: Node | null;
}

const DECLARING: readonly string[] = [
  'let_declaration',
  'parameter',
  'closure_parameters',
  'for_expression',
  'match_arm',
  'let_condition',
];

/** The innermost binding that `identifier` names at its place; null for items, fields and unknown names. */
export function localAt(source: SourceFile, identifier: Node): Local | null {
  if (identifier.type !== 'identifier') return null;
  const name = identifier.text;
  const fn = enclosing(identifier, 'function_item') ?? source.root;
  let best: Local | null = null;
  for (const local of localsNamed(source, fn, name)) {
    const inScope = local.node.equals(identifier) || scopeCovers(local, identifier);
    if (inScope && (best === null || local.node.startIndex > best.node.startIndex)) best = local;
  }
  return best;
}

/** Every use of a binding after its declaration, in source order: other bindings of the name in inner scopes left out. */
export function usesOf(source: SourceFile, local: Local): Node[] {
  const fn = enclosing(local.node, 'function_item') ?? source.root;
  return descendants(fn, 'identifier', 'shorthand_field_identifier').filter((node) => {
    if (node.text !== local.name || node.equals(local.node)) return false;
    if (node.type === 'shorthand_field_identifier') return false;
    return localAt(source, node)?.node.equals(local.node) === true;
  });
}

/** All bindings of a name inside `fn`, in source order. */
export function localsNamed(source: SourceFile, fn: Node, name: string): Local[] {
  return bindings(source, fn).filter((local) => local.name === name);
}

const known = new WeakMap<SourceFile, Map<number, readonly Local[]>>();

/** All bindings inside `fn`, in source order. */
export function bindings(source: SourceFile, fn: Node): readonly Local[] {
  let ofFile = known.get(source);
  if (ofFile === undefined) {
    ofFile = new Map();
    known.set(source, ofFile);
  }
  let found = ofFile.get(fn.id);
  if (found === undefined) {
    found = collectAll(fn);
    ofFile.set(fn.id, found);
  }
  return found;
}

function collectAll(fn: Node): Local[] {
  const found: Local[] = [];
  for (const declaration of descendants(fn, ...DECLARING)) {
    if (declaration.type === 'closure_parameters') {
      for (const child of namedChildren(declaration))
        if (child.type !== 'parameter') collect(declaration, child, found);
      continue;
    }
    const pattern = declaration.childForFieldName('pattern');
    if (pattern !== null) collect(declaration, pattern, found);
  }
  return found.sort((a, b) => a.node.startIndex - b.node.startIndex);
}

function collect(declaration: Node, pattern: Node, found: Local[]): void {
  const value = declaration.childForFieldName('value');
  const matched =
    declaration.type === 'match_arm'
      ? (enclosing(declaration, 'match_expression')?.childForFieldName('value') ?? null)
      : value;
  for (const node of patternNames(pattern)) {
    found.push({
      name: node.text,
      node,
      declaration,
      plain: isPlain(pattern, node),
      type: declaration.childForFieldName('type'),
      value: matched,
    });
  }
}

/** The identifiers that a pattern binds: constants and variants (capital first letter) are not bindings. */
function patternNames(pattern: Node): Node[] {
  return descendants(pattern, 'identifier', 'shorthand_field_identifier').filter((node) => {
    if (/^\p{Lu}/u.test(node.text)) return false;
    const parent = node.parent;
    if (parent === null) return true;
    if (parent.type === 'scoped_identifier' || parent.type === 'call_expression' || parent.type === 'macro_invocation')
      return false;
    if (parent.type === 'tuple_struct_pattern' && parent.childForFieldName('type')?.equals(node)) return false;
    const condition = enclosing(node, 'match_pattern')?.childForFieldName('condition');
    return !(condition && condition.startIndex <= node.startIndex);
  });
}

function isPlain(pattern: Node, node: Node): boolean {
  let at: Node | null = node;
  while (at !== null && !at.equals(pattern)) {
    at = at.parent;
    if (at !== null && !at.equals(pattern) && !['mut_pattern', 'ref_pattern', 'match_pattern'].includes(at.type))
      return false;
  }
  return ['identifier', 'mut_pattern', 'ref_pattern', 'match_pattern'].includes(pattern.type);
}

/** Whether a place lies in the scope that a binding opens. */
function scopeCovers(local: Local, at: Node): boolean {
  const d = local.declaration;
  const inside = (node: Node | null) =>
    node !== null && node.startIndex <= at.startIndex && at.endIndex <= node.endIndex;
  switch (d.type) {
    case 'let_declaration':
      return at.startIndex >= d.endIndex && inside(d.parent);
    case 'parameter':
      return inside(enclosing(d, 'function_item', 'closure_expression'));
    case 'closure_parameters':
      return inside(d.parent);
    case 'for_expression':
      return inside(d.childForFieldName('body'));
    case 'match_arm':
      return inside(d) && at.startIndex >= local.node.endIndex;
    case 'let_condition': {
      const branch = enclosing(d, 'if_expression', 'while_expression', 'match_arm');
      if (branch === null || at.startIndex < d.endIndex) return false;
      const body = branch.childForFieldName('consequence') ?? branch.childForFieldName('body') ?? branch;
      return inside(body) || (inside(branch.childForFieldName('condition')) && at.startIndex >= d.endIndex);
    }
    default:
      return false;
  }
}
