// A value of another type than is wanted: a conversion, a wrapper or a dereference left out, a literal of another kind,
// another integer or text type in a signature, a semicolon after the value that a block is for.
import { enclosing, type SourceFile } from '../../tools/index/source.ts';
import { field, nodes, type Recipe, replace, type Slip, slip } from './recipe.ts';

export const typeMismatch: Recipe = {
  name: 'type-mismatch',
  class: 'type-mismatch',
  codes: ['E0308', 'E0277', 'E0614', 'E0599', 'E0369', 'E0507'],
  slips: (source) => [
    ...conversions(source),
    ...wrappers(source),
    ...casts(source),
    ...literals(source),
    ...types(source),
    ...tails(source),
  ],
  examples: [
    { variant: 'drop-conversion', before: 'fn f() { g("a".to_string()); }', after: 'fn f() { g("a"); }' },
    { variant: 'drop-wrapper', before: 'fn f() { return Some(1); }', after: 'fn f() { return 1; }' },
    { variant: 'drop-cast', before: 'fn f() { g(x as usize); }', after: 'fn f() { g(x); }' },
    { variant: 'drop-question', before: 'fn f() { let x = g()?; }', after: 'fn f() { let x = g(); }' },
    { variant: 'drop-dereference', before: 'fn f() { g(*x); }', after: 'fn f() { g(x); }' },
    { variant: 'quote-number', before: 'fn f() { let x: u8 = 1; }', after: 'fn f() { let x: u8 = "1"; }' },
    { variant: 'float-number', before: 'fn f() { g(1); }', after: 'fn f() { g(1.0); }' },
    { variant: 'char-to-text', before: "fn f() { g('a'); }", after: 'fn f() { g("a"); }' },
    { variant: 'text-to-char', before: 'fn f() { g("a"); }', after: "fn f() { g('a'); }" },
    { variant: 'other-integer', before: 'fn f(n: usize) {}', after: 'fn f(n: u32) {}' },
    { variant: 'other-text', before: 'fn f(s: &str) {}', after: 'fn f(s: String) {}' },
    { variant: 'drop-option', before: 'struct A { x: Option<u8> }', after: 'struct A { x: u8 }' },
    { variant: 'drop-generic', before: 'struct A { x: Box<u8> }', after: 'struct A { x: u8 }' },
    { variant: 'end-value', before: 'fn f() -> u8 { x }', after: 'fn f() -> u8 { x; }' },
    { variant: 'drop-return-type', before: 'fn f() -> u8 { 1 }', after: 'fn f() { 1 }' },
  ],
};

const converting = new Set(
  `to_string to_owned into as_str as_bytes as_slice to_vec into_iter unwrap unwrap_or_default expect ok ok_or collect
  chars bytes copied cloned len get parse as_deref into_owned into_boxed_slice`.split(/\s+/),
);

function conversions(source: SourceFile): Slip[] {
  return nodes(source, 'call_expression').flatMap((node) => {
    const called = field(node, 'function');
    const plain = called?.type === 'generic_function' ? field(called, 'function') : called;
    const value = plain ? field(plain, 'value') : null;
    if (!plain || value === null || !converting.has(field(plain, 'field')?.text ?? '')) return [];
    return [slip('drop-conversion', value.endIndex, node.endIndex)];
  });
}

function wrappers(source: SourceFile): Slip[] {
  const calls = nodes(source, 'call_expression').flatMap((node) => {
    const name = field(node, 'function')?.text ?? '';
    const [only, ...more] = field(node, 'arguments')?.namedChildren ?? [];
    if (!/^(Some|Ok|Err|Box::new|Rc::new|Arc::new|RefCell::new|Cell::new|String::from|Vec::from)$/.test(name))
      return [];
    return only && more.length === 0 ? [replace('drop-wrapper', node, only.text)] : [];
  });
  const tries = nodes(source, 'try_expression').flatMap((node) => {
    const [value] = node.namedChildren;
    return value ? [slip('drop-question', value.endIndex, node.endIndex)] : [];
  });
  const stars = nodes(source, 'unary_expression').flatMap((node) => {
    const [value] = node.namedChildren;
    return value && node.text.startsWith('*') ? [slip('drop-dereference', node.startIndex, value.startIndex)] : [];
  });
  return [...calls, ...tries, ...stars];
}

function casts(source: SourceFile): Slip[] {
  return nodes(source, 'type_cast_expression').flatMap((node) => {
    const value = field(node, 'value');
    return value === null ? [] : [slip('drop-cast', value.endIndex, node.endIndex)];
  });
}

function literals(source: SourceFile): Slip[] {
  const numbers = nodes(source, 'integer_literal').flatMap((node) => {
    if (node.parent?.type === 'tuple_struct_pattern' || node.parent?.type === 'range_expression') return [];
    if (node.parent?.type === 'field_expression') return []; // an index, not a number
    const slips = [replace('quote-number', node, `"${node.text}"`)];
    return /^\d+$/.test(node.text) ? [...slips, slip('float-number', node.endIndex, node.endIndex, '.0')] : slips;
  });
  const chars = nodes(source, 'char_literal').flatMap((node) =>
    /^'[^'"\\]'$/.test(node.text) ? [replace('char-to-text', node, `"${node.text.slice(1, -1)}"`)] : [],
  );
  const texts = nodes(source, 'string_literal').flatMap((node) =>
    /^"[^'"\\]"$/.test(node.text) ? [replace('text-to-char', node, `'${node.text.slice(1, -1)}'`)] : [],
  );
  return [...numbers, ...chars, ...texts];
}

const neighbours: Readonly<Record<string, string>> = {
  usize: 'u32',
  u32: 'i32',
  i32: 'i64',
  u64: 'usize',
  i64: 'i32',
  u8: 'i32',
  u16: 'u32',
  i8: 'u8',
  i16: 'i32',
  isize: 'i32',
  f64: 'f32',
  f32: 'f64',
  bool: 'u8',
  char: 'u8',
  u128: 'u64',
  i128: 'i64',
};

function types(source: SourceFile): Slip[] {
  const declares = ['parameter', 'field_declaration', 'let_declaration', 'function_item', 'const_item'];
  const integers = nodes(source, 'primitive_type').flatMap((node) => {
    const other = neighbours[node.text];
    const holder = enclosing(node, ...declares);
    const signature =
      holder !== null &&
      !(field(holder, 'body') !== null && node.startIndex > (field(holder, 'body')?.startIndex ?? 0));
    return other === undefined || !signature ? [] : [replace('other-integer', node, other)];
  });
  const texts = nodes(source, 'reference_type').flatMap((node) =>
    node.text === '&str' ? [replace('other-text', node, 'String')] : [],
  );
  const strings = nodes(source, 'type_identifier').flatMap((node) =>
    node.text === 'String' && node.parent?.type !== 'scoped_identifier' ? [replace('other-text', node, '&str')] : [],
  );
  const options = nodes(source, 'generic_type').flatMap((node) => {
    const [only, ...more] = field(node, 'type_arguments')?.namedChildren ?? [];
    const name = field(node, 'type')?.text ?? '';
    return only && more.length === 0 && /^(Option|Box|Vec|Rc|Arc)$/.test(name)
      ? [replace(name === 'Option' ? 'drop-option' : 'drop-generic', node, only.text)]
      : [];
  });
  return [...integers, ...texts, ...strings, ...options];
}

function tails(source: SourceFile): Slip[] {
  return nodes(source, 'function_item').flatMap((node) => {
    const body = field(node, 'body');
    const result = field(node, 'return_type');
    const last = body?.namedChildren.at(-1);
    if (!body || result === null) return [];
    const arrow = source.text.lastIndexOf('->', result.startIndex);
    const space = /\s*$/.exec(source.text.slice(0, arrow))?.[0].length ?? 0;
    const slips = [slip('drop-return-type', arrow - space, result.endIndex)];
    const isValue = last && last.type !== 'expression_statement' && !/_item$|let_declaration|comment/.test(last.type);
    return isValue ? [...slips, slip('end-value', last.endIndex, last.endIndex, ';')] : slips;
  });
}
