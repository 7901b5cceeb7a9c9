// What must change so that a place can be written to: `mut` on its binding, `&mut` in the parameter and at all calls,
// `&mut self` in a method, its trait and its other impls, `iter_mut` where `iter` lent the place.
import type { Edit } from '../../../schemas/types.ts';
import { descendants, enclosing, type Node, type SourceFile } from '../../../tools/index/source.ts';
import type { ProposeInput } from '../../types.ts';
import { leaves, valuesOf } from './ends.ts';
import { methodCall, operand, referenced } from './expressions.ts';
import { callsOf, functionOf, functionsNamed, type RustFunction } from './functions.ts';
import { type Local, localAt } from './locals.ts';

/** Methods that lend what they look at, and the ones that lend it mutably. */
export const LENDING: ReadonlyMap<string, string> = new Map([
  ['iter', 'iter_mut'],
  ['get', 'get_mut'],
  ['first', 'first_mut'],
  ['last', 'last_mut'],
  ['values', 'values_mut'],
  ['as_ref', 'as_mut'],
  ['as_deref', 'as_deref_mut'],
  ['peek', 'peek_mut'],
  ['front', 'front_mut'],
  ['back', 'back_mut'],
  ['borrow', 'borrow_mut'],
  ['as_slice', 'as_mut_slice'],
  ['chunks', 'chunks_mut'],
  ['split_at', 'split_at_mut'],
  ['read', 'write'],
]);
/** Methods that hand through what they were called on. */
const PASSING = [
  'unwrap',
  'expect',
  'enumerate',
  'rev',
  'skip',
  'take',
  'zip',
  'filter',
  'find',
  'next',
  'nth',
  'chain',
  'ok',
  'max_by_key',
  'min_by_key',
  'max_by',
  'min_by',
  'ok_or',
  'ok_or_else',
  'skip_while',
  'take_while',
  'step_by',
  'map_err',
];
/** Methods that hand a closure what their receiver lends. */
const HANDING: ReadonlySet<string> = new Set(
  `map for_each and_then filter_map flat_map find position any all map_or map_or_else inspect filter take_while skip_while
  is_some_and max_by_key min_by_key`.split(/\s+/),
);
const BRANCHING: ReadonlySet<string> = new Set(['match_expression', 'if_expression', 'block']);
/** How many functions and bindings one repair may follow. */
const MAX_STEPS = 24;

/** Collects the edits that make places mutable; each place is visited once. */
export class Mutability {
  private readonly input: ProposeInput;
  private readonly found = new Map<string, Edit>();
  private readonly seen = new Set<string>();
  private lost = false;

  constructor(input: ProposeInput) {
    this.input = input;
  }

  get edits(): Edit[] {
    return [...this.found.values()];
  }

  /** Whether a method took `self` by value and wrote to it for nobody: it gets `&mut self`, as one does that is called on what is borrowed. */
  get lostWrites(): boolean {
    return this.lost;
  }

  /** Makes the expression a mutable place. */
  place(source: SourceFile, node: Node | null): void {
    if (node === null || !this.once(source, node, 'place')) return;
    switch (node.type) {
      case 'identifier': {
        const local = localAt(source, node);
        if (local !== null) this.local(source, local);
        return;
      }
      case 'self':
        this.receiver(source, node);
        return;
      case 'field_expression':
        this.place(source, node.childForFieldName('value'));
        return;
      case 'unary_expression':
      case 'index_expression':
      case 'parenthesized_expression':
      case 'try_expression':
        this.place(source, node.namedChild(0));
        return;
      case 'reference_expression':
        this.lent(source, node);
        return;
      case 'call_expression':
        this.lent(source, node);
        return;
    }
  }

  /** Makes an expression that lends a reference lend a mutable one. */
  lent(source: SourceFile, node: Node | null): void {
    const value = referenced(node);
    if (node !== null && value !== null) {
      if (!node.children.some((child) => child?.type === 'mutable_specifier')) {
        this.add(source.edit(node.startIndex, node.endIndex, `&mut ${operand(value.text)}`));
      }
      this.place(source, value);
      return;
    }
    if (node?.type === 'try_expression') {
      this.lent(source, node.namedChild(0));
      return;
    }
    if (node !== null && BRANCHING.has(node.type)) {
      for (const end of valuesOf(node)) if (!leaves(end)) this.lent(source, end);
      return;
    }
    const call = methodCall(node);
    if (call === null) {
      this.place(source, node?.type === 'call_expression' ? null : node);
      return;
    }
    const mutable = LENDING.get(call.name.text);
    if (mutable !== undefined) {
      this.add(source.edit(call.name.startIndex, call.name.endIndex, mutable));
      // A cell is changed through a shared reference.
      if (call.name.text !== 'borrow' && call.name.text !== 'read') this.place(source, call.receiver);
    } else if (PASSING.includes(call.name.text)) {
      this.lent(source, call.receiver);
    }
  }

  private local(source: SourceFile, local: Local): void {
    if (!this.once(source, local.node, 'local')) return;
    if (local.type?.type === 'reference_type') {
      this.referenceType(source, local);
      return;
    }
    const { declaration, value } = local;
    const pattern = declaration.childForFieldName('pattern');
    if (declaration.type === 'let_declaration' && local.plain && !lends(value)) {
      if (pattern?.text.startsWith('mut ') !== true) this.add(source.insert(local.node.startIndex, 'mut '));
      return;
    }
    if (declaration.type === 'parameter') {
      const before = declaration.text.startsWith('mut ') || pattern?.text.startsWith('mut ');
      if (!before) this.add(source.insert(local.node.startIndex, 'mut '));
      return;
    }
    if (declaration.type === 'closure_parameters') {
      this.lent(source, askedBy(declaration));
      return;
    }
    if (
      value !== null &&
      ['let_declaration', 'for_expression', 'match_arm', 'let_condition'].includes(declaration.type)
    ) {
      const guarded = declaration.type === 'let_declaration' && local.plain && isGuard(value);
      if (guarded && !pattern?.text.startsWith('mut ') && !hasMut(declaration))
        this.add(source.insert(local.node.startIndex, 'mut '));
      this.lent(source, value);
    }
  }

  private referenceType(source: SourceFile, local: Local): void {
    const type = local.type as Node;
    if (type.children.some((child) => child?.type === 'mutable_specifier')) return;
    const inner = type.childForFieldName('type');
    if (inner === null) return;
    this.add(source.insert(inner.startIndex, 'mut '));
    if (local.declaration.type === 'let_declaration') {
      this.lent(source, local.value);
      return;
    }
    const fn = functionOf(source, enclosing(local.declaration, 'function_item', 'closure_expression'));
    const index = fn?.parameters.find((parameter) => parameter.node.equals(local.declaration))?.index;
    if (fn === null || index === undefined) return;
    for (const same of this.family(fn)) {
      const other = same.parameters[index]?.type;
      const target = other?.childForFieldName('type');
      if (other?.type === 'reference_type' && target && !/^&\s*('\w+\s+)?mut\b/.test(other.text)) {
        this.add(same.source.insert(target.startIndex, 'mut '));
      }
    }
    for (const call of callsOf(this.input, fn)) this.lent(call.source, call.args[index] ?? null);
  }

  /** `&self` → `&mut self` here, in the trait and in its other impls, and mutable receivers at the calls. */
  private receiver(source: SourceFile, node: Node): void {
    const fn = functionOf(source, enclosing(node, 'function_item'));
    if (fn === null || fn.self === null || !this.once(source, fn.node, 'receiver')) return;
    const self = fn.self;
    if (/\bmut\b/.test(self.text) || self.text.includes(':')) return;
    if (!self.text.startsWith('&')) {
      if (!onlyWrites(fn) && !movesBorrowed(this.input, fn)) {
        this.add(source.insert(self.startIndex, 'mut '));
        return;
      }
      this.lost = true;
      this.add(source.insert(self.startIndex, '&mut '));
    }
    for (const same of this.family(fn)) {
      if (same.self === null || !same.self.text.startsWith('&') || /\bmut\b/.test(same.self.text)) continue;
      this.add(same.source.insert(same.self.endIndex - 'self'.length, 'mut '));
    }
    for (const call of callsOf(this.input, fn)) {
      if (call.receiver !== null) this.place(call.source, call.receiver);
    }
  }

  /** A trait's method with all its implementations; any other function alone. */
  private family(fn: RustFunction): RustFunction[] {
    const owner = enclosing(fn.node, 'impl_item', 'trait_item');
    const trait = traitOf(owner);
    if (trait === null) return [fn];
    return functionsNamed(this.input, fn.name).filter(
      (other) => traitOf(enclosing(other.node, 'impl_item', 'trait_item')) === trait,
    );
  }

  private once(source: SourceFile, node: Node, kind: string): boolean {
    const key = `${kind} ${source.path} ${node.startIndex} ${node.endIndex}`;
    if (this.seen.has(key) || this.seen.size >= MAX_STEPS * 3 || this.found.size >= MAX_STEPS) return false;
    this.seen.add(key);
    return true;
  }

  private add(edit: Edit): void {
    this.found.set(`${edit.file} ${edit.start} ${edit.end}`, edit);
  }
}

/** Whether another error is that the method would move what is only borrowed where it is called. */
function movesBorrowed({ errors }: ProposeInput, { name }: RustFunction): boolean {
  return errors.some(
    ({ code, message, notes }) =>
      code === 'E0507' &&
      /behind a mutable reference/.test(message) &&
      notes.some((note) => new RegExp(`\\b${name}\` takes ownership of the receiver`).test(note.message)),
  );
}

/** Whether a method that takes `self` by value gives nothing of it away: what it writes would be lost. */
function onlyWrites(fn: RustFunction): boolean {
  const body = fn.node.childForFieldName('body');
  const owner = enclosing(fn.node, 'impl_item', 'trait_item');
  if (body === null || traitOf(owner) !== null) return false;
  const type = owner?.childForFieldName('type')?.text.split('<')[0] ?? 'Self';
  const result = fn.node.childForFieldName('return_type')?.text ?? '';
  if (new RegExp(`\\b(?:Self|${type})\\b`).test(result)) return false;
  return descendants(body, 'self').every((node) => node.parent?.type === 'field_expression');
}

const hasMut = (declaration: Node): boolean =>
  declaration.children.some((child) => child?.type === 'mutable_specifier');

/** Whether a value is the guard of a cell or a lock, which has to be `mut` itself. */
function isGuard(value: Node): boolean {
  const call = methodCall(value);
  if (call === null) return false;
  return (
    ['borrow', 'read'].includes(call.name.text) ||
    (['unwrap', 'expect'].includes(call.name.text) && isGuard(call.receiver))
  );
}

/** Whether an initial value hands out a reference, so that the binding itself need not be `mut`. */
function lends(value: Node | null): boolean {
  if (value === null) return false;
  if (value.type === 'reference_expression') return true;
  if (value.type === 'try_expression') return lends(value.namedChild(0));
  // `match map.get(key) { Some(item) => item, None => return }`: what an arm took out of what lends.
  if (BRANCHING.has(value.type))
    return valuesOf(value).some((end) => {
      const arm = end.type === 'identifier' ? enclosing(end, 'match_arm', 'if_expression') : null;
      const looked = (arm?.type === 'match_arm' ? enclosing(arm, 'match_expression') : conditionOf(arm)) ?? null;
      const from = looked?.childForFieldName('value') ?? null;
      return from === null ? lends(end) : lends(from);
    });
  const call = methodCall(value);
  if (call === null) return false;
  return LENDING.has(call.name.text) || (PASSING.includes(call.name.text) && lends(call.receiver));
}

const conditionOf = (branch: Node | null): Node | null => {
  const condition = branch?.childForFieldName('condition') ?? null;
  return condition?.type === 'let_condition' ? condition : null;
};

/** What hands the parameters to a closure: the receiver of the call that it is an argument of. */
function askedBy(parameters: Node): Node | null {
  const call = parameters.parent?.parent?.parent ?? null;
  const method = methodCall(call);
  return method !== null && HANDING.has(method.name.text) ? method.receiver : null;
}

function traitOf(owner: Node | null): string | null {
  const trait =
    owner?.type === 'trait_item' ? owner.childForFieldName('name') : (owner?.childForFieldName('trait') ?? null);
  return trait === null ? null : (descendants(trait, 'type_identifier').at(0)?.text ?? trait.text);
}
