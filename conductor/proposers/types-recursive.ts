// E0072: a type that holds itself without a pointer in between. The box goes into the type together with all that it makes
// necessary: the same type elsewhere, and every place that makes such a value.
//
// enum Expr { Num(f64), Neg(Expr) }        Expr::Neg(e)                 before
// enum Expr { Num(f64), Neg(Box<Expr>) }   Expr::Neg(Box::new(e))       after
import type { Edit } from '../../schemas/types.ts';
import { descendants, enclosing, type Node, type SourceFile } from '../../tools/index/source.ts';
import type { Draft, ProposeInput, Proposer } from '../types.ts';
import { sound } from './support/drafts.ts';
import { callArguments, namedChildren, wrappingCall } from './support/expressions.ts';
import { rust } from './support/rust.ts';

export const typesRecursive: Proposer = {
  name: 'types-recursive',
  codes: ['E0072'],
  propose(input) {
    const types = input.diagnostic.spans
      .filter((span) => span.primary)
      .flatMap((span) => {
        const source = input.source(span.file);
        const item = source === null ? null : enclosing(source.nodeAt(source.range(span)), 'struct_item', 'enum_item');
        return source === null || item === null ? [] : [{ source, item }];
      });
    const drafts: Draft[] = [];
    for (const { source, item } of types.slice(0, 1)) {
      const edits = item.type === 'enum_item' ? ofEnum(input, source, item) : ofStruct(input, item);
      if (edits.length > 0)
        drafts.push({
          title: `Box what \`${item.childForFieldName('name')?.text}\` holds of itself, and where it is made`,
          edits,
          features: { agreement: 1, repeats: edits.length },
        });
    }
    return sound(drafts);
  },
  examples: [
    {
      title: 'an expression tree and its constructors',
      before: rust`
        pub enum Expr {
            Num(i64),
            Neg(Expr),
            Add { left: Expr, right: Expr },
        }

        pub fn minus(a: Expr, right: Expr) -> Expr {
            Expr::Add { left: a, right: Expr::Neg(right) }
        }

        pub fn eval(expr: &Expr) -> i64 {
            match expr {
                Expr::Num(n) => *n,
                Expr::Neg(inner) => -eval(inner),
                Expr::Add { left, right } => eval(left) + eval(right),
            }
        }
      `,
      after: rust`
        pub enum Expr {
            Num(i64),
            Neg(Box<Expr>),
            Add { left: Box<Expr>, right: Box<Expr> },
        }

        pub fn minus(a: Expr, right: Expr) -> Expr {
            Expr::Add { left: Box::new(a), right: Box::new(Expr::Neg(Box::new(right))) }
        }

        pub fn eval(expr: &Expr) -> i64 {
            match expr {
                Expr::Num(n) => *n,
                Expr::Neg(inner) => -eval(inner),
                Expr::Add { left, right } => eval(left) + eval(right),
            }
        }
      `,
      within: 1,
    },
    {
      title: 'a list, its head, and the node that is put in front',
      before: rust`
        pub struct Node<T> {
            value: T,
            next: Option<Node<T>>,
        }

        pub struct List<T> {
            head: Option<Node<T>>,
        }

        impl<T> List<T> {
            pub fn push(&mut self, value: T) {
                let old = self.head.take();
                self.head = Some(Node { value, next: old });
            }

            pub fn peek(&self) -> Option<&T> {
                self.head.as_ref().map(|node| &node.value)
            }

            pub fn second(&self) -> Option<&T> {
                let node = self.head.as_ref()?;
                node.next.as_ref().map(|node| &node.value)
            }
        }
      `,
      after: rust`
        pub struct Node<T> {
            value: T,
            next: Option<Box<Node<T>>>,
        }

        pub struct List<T> {
            head: Option<Box<Node<T>>>,
        }

        impl<T> List<T> {
            pub fn push(&mut self, value: T) {
                let old = self.head.take();
                self.head = Some(Box::new(Node { value, next: old }));
            }

            pub fn peek(&self) -> Option<&T> {
                self.head.as_ref().map(|node| &node.value)
            }

            pub fn second(&self) -> Option<&T> {
                let node = self.head.as_ref()?;
                node.next.as_ref().map(|node| &node.value)
            }
        }
      `,
      within: 1,
    },
  ],
};

const POINTERS: ReadonlySet<string> = new Set([
  'Box',
  'Rc',
  'Arc',
  'Vec',
  'VecDeque',
  'HashMap',
  'BTreeMap',
  'Weak',
  'HashSet',
]);

/** The outermost nodes under `type` that name the item itself, not behind a pointer or a reference. */
function bareMentions(type: Node, name: string): Node[] {
  return descendants(type, 'type_identifier')
    .filter((node) => node.text === name || node.text === 'Self')
    .map((node) =>
      node.parent?.type === 'generic_type' && node.parent.childForFieldName('type')?.equals(node) ? node.parent : node,
    )
    .filter((node) => {
      for (
        let at = node.parent;
        at !== null && at.startIndex >= type.startIndex && at.endIndex <= type.endIndex;
        at = at.parent
      ) {
        if (at.type === 'reference_type' || at.type === 'pointer_type' || at.type === 'function_type') return false;
        const outer = at.type === 'generic_type' ? at.childForFieldName('type') : null;
        if (outer !== null && !outer.equals(node) && POINTERS.has(outer.text)) return false;
      }
      return true;
    });
}

const boxed = (source: SourceFile, node: Node, open: string, close: string): Edit[] => [
  source.insert(node.startIndex, open),
  source.insert(node.endIndex, close),
];

function ofEnum(input: ProposeInput, source: SourceFile, item: Node): Edit[] {
  const name = item.childForFieldName('name')?.text ?? '';
  const edits: Edit[] = [];
  /** By variant: the positions or field names that are boxed now. */
  const payloads = new Map<string, Set<string>>();
  for (const variant of descendants(item, 'enum_variant')) {
    const body = variant.childForFieldName('body');
    const own = variant.childForFieldName('name')?.text ?? '';
    for (const [index, child] of (body === null
      ? []
      : namedChildren(body).filter(({ type }) => type !== 'visibility_modifier')
    ).entries()) {
      const type = child.type === 'field_declaration' ? child.childForFieldName('type') : child;
      const [mention, ...more] = type === null ? [] : bareMentions(type, name);
      if (type === null || mention === undefined || more.length > 0) continue;
      edits.push(...boxed(source, mention, 'Box<', '>'));
      // Inside an option the value that is wrapped is boxed where it is made, which only the compiler can find.
      if (!mention.equals(type)) continue;
      const known = payloads.get(own) ?? new Set<string>();
      payloads.set(own, known.add(child.childForFieldName('name')?.text ?? String(index)));
    }
  }
  for (const file of input.files) {
    const other = input.source(file);
    if (other === null) continue;
    for (const call of descendants(other.root, 'call_expression')) {
      const variant = variantOf(call.childForFieldName('function'), name);
      if (variant === null) continue;
      for (const [index, value] of callArguments(call).entries())
        if (payloads.get(variant)?.has(String(index))) edits.push(...box(other, value));
    }
    for (const built of descendants(other.root, 'struct_expression')) {
      const variant = variantOf(built.childForFieldName('name'), name);
      const body = built.childForFieldName('body');
      for (const field of variant === null || body === null ? [] : namedChildren(body)) {
        const own = (field.childForFieldName('field') ?? field).text;
        if (!payloads.get(variant ?? '')?.has(own)) continue;
        const value = field.childForFieldName('value');
        if (value !== null) edits.push(...box(other, value));
        else edits.push(other.insert(field.endIndex, `: Box::new(${own})`));
      }
    }
  }
  return edits;
}

function box(source: SourceFile, value: Node): Edit[] {
  return wrappingCall(value)?.callee === 'Box::new' ? [] : boxed(source, value, 'Box::new(', ')');
}

/** The variant that a path of the enum, or of `Self`, names. */
function variantOf(path: Node | null, name: string): string | null {
  const match = /(?:^|::)(\w+)::(\w+)$/.exec(path?.text.replace(/\s+/g, '') ?? '');
  return match !== null && (match[1] === name || match[1] === 'Self') ? (match[2] ?? null) : null;
}

function ofStruct(input: ProposeInput, item: Node): Edit[] {
  const name = item.childForFieldName('name')?.text ?? '';
  const edits: Edit[] = [];
  const own = descendants(item, 'field_declaration').flatMap((field) => {
    const type = field.childForFieldName('type');
    return type === null ? [] : bareMentions(type, name).map((mention) => ({ type, mention }));
  });
  const [first] = own;
  if (first === undefined || first.mention.equals(first.type)) return [];
  const shapes = new Set(own.map(({ type }) => shape(type)));
  for (const file of input.files) {
    const other = input.source(file);
    if (other === null) continue;
    for (const type of descendants(other.root, 'generic_type')) {
      const [mention] = shapes.has(shape(type)) ? bareMentions(type, name) : [];
      if (mention !== undefined) edits.push(...boxed(other, mention, 'Box<', '>'));
    }
    // What is wrapped is a value of the type itself: built, or made by one of its functions.
    for (const call of descendants(other.root, 'call_expression')) {
      const wrapped = wrappingCall(call);
      if (wrapped?.callee === 'Some' && makes(wrapped.inner, name)) edits.push(...box(other, wrapped.inner));
    }
  }
  return edits;

  /** A type without its parameters' names: `Option<Node<T>>` and `Option<Node<U>>` are one. */
  function shape(type: Node): string {
    const text = type.text.replace(/\s+/g, '');
    const at = text.indexOf(name);
    return at < 0
      ? text
      : text.slice(0, at + name.length) +
          text.slice(text.indexOf('>', at) < 0 ? text.length : at + name.length).replace(/<[^<>]*>/, '');
  }
}

function makes(value: Node, name: string): boolean {
  const owner = enclosing(value, 'impl_item')?.childForFieldName('type')?.text.replace(/<.*$/s, '');
  const names = (text: string | undefined): boolean => text === name || (text === 'Self' && owner === name);
  if (value.type === 'struct_expression') return names(value.childForFieldName('name')?.text.replace(/(::)?<.*$/s, ''));
  const match = /^(\w+)(?:::<.*>)?::\w+$/s.exec(value.childForFieldName('function')?.text ?? '');
  return value.type === 'call_expression' && names(match?.[1]);
}
