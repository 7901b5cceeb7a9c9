// Statements, declarations and items as other languages write them, and how Rust does. None of these patterns is Rust,
// so that all of them can be rewritten at once, wherever they stand.
import type { Found, Rewrite } from './rewrites.ts';
import { pairOf } from './rewrites.ts';
import type { Token } from './tokens.ts';

/** Types of C, Java, C# and Go, for which a literal's own type is as good. */
const looseTypes =
  'int|long|short|unsigned|byte|uint|size_t|float|double|number|boolean|string|char|auto|var|val|my|local|final|Int|Float|Double|Boolean|Integer|Long';
const rustTypes = 'i8|i16|i32|i64|i128|isize|u8|u16|u32|u64|u128|usize|f32|f64|bool|str|String';
const rustTypeOf: Readonly<Record<string, string>> = {
  int: 'i32',
  Int: 'i32',
  Integer: 'i32',
  long: 'i64',
  Long: 'i64',
  short: 'i16',
  unsigned: 'u32',
  uint: 'u32',
  byte: 'u8',
  size_t: 'usize',
  float: 'f64',
  Float: 'f64',
  double: 'f64',
  Double: 'f64',
  number: 'i32',
  boolean: 'bool',
  Boolean: 'bool',
  string: 'String',
};

/** Whether the name is assigned to, or changed by a method or a `&mut`, after the declaration. */
export function changesLater({ tokens, last }: Found, name: string): boolean {
  for (let at = last + 1; at < tokens.length; at++) {
    const token = tokens[at] as Token;
    if (token.text === 'fn') return false;
    if (token.text !== name || tokens[at - 1]?.text === '.') continue;
    let next = at + 1;
    while (tokens[next]?.text === '[' || tokens[next]?.text === '.') {
      next = tokens[next]?.text === '[' ? pairOf(tokens, next) + 1 : next + 2;
      if (next === 0) break;
    }
    const after = tokens[next]?.text ?? '';
    if (/^([-+*/%&|^]|<<|>>)?=$/.test(after)) return true;
    if ((after === '+' || after === '-') && tokens[next + 1]?.text === after) return true;
    if (tokens[at - 1]?.text === 'mut' && tokens[at - 2]?.text === '&') return true;
    if (tokens[at + 1]?.text === '.' && changing.has(tokens[at + 2]?.text ?? '')) return true;
  }
  return false;
}

const changing = new Set(
  'push push_str insert remove pop extend append clear sort sort_by entry push_back push_front pop_front pop_back truncate retain drain iter_mut get_mut reverse swap dedup'.split(
    ' ',
  ),
);

function declared(found: Found, type = ''): string {
  const name = found.text('x');
  const mut = changesLater(found, name) ? 'mut ' : '';
  const value = found.text('e');
  return `let ${mut}${name}${type === '' ? '' : `: ${type}`}${value === '' ? '' : ` = ${value}`};`;
}

/** Two conditions that both have to hold. */
function bothOf(found: Found): string | null {
  const [a, b] = [found.text('a'), found.text('b')];
  const condition = /[<>!]|==|\(/;
  if (!condition.test(a) || !condition.test(b) || /\+\+|--|[^=!<>]=[^=]/.test(a + b)) return null;
  return `${found.tokens[found.first]?.text} ${a} && ${b} {`;
}

/** `for (let i = a; i < b; i++) {` with every way to write its parts. */
const counting: Rewrite[] = [];
for (const [before, after] of [
  ['( ', ' ) {'],
  ['', ' {'],
]) {
  for (const start of ['$i:ident = $a', '$i:ident := $a', '$i:ident : $t:type = $a']) {
    for (const [test, up] of [
      ['<', true],
      ['<=', true],
      ['!=', true],
      ['>', false],
      ['>=', false],
    ] as const) {
      const steps = up
        ? ['$i ++', '++ $i', '$i += $k', '$i = $i + $k']
        : ['$i --', '-- $i', '$i -= $k', '$i = $i - $k'];
      for (const step of steps) {
        counting.push({
          title: 'a range for a counting loop',
          from: `for|while ${before}let|var|const|auto|${looseTypes}|${rustTypes}? mut? ${start} ; $i ${test} $b ; ${step}${after}`,
          to: (found) => {
            const [name, a, b, k] = ['i', 'a', 'b', 'k'].map((hole) => found.text(hole)) as [
              string,
              string,
              string,
              string,
            ];
            const range = { '<': `${a}..${b}`, '!=': `${a}..${b}`, '<=': `${a}..=${b}` }[test as string];
            const above = b === '0' ? '1' : `${b} + 1`;
            const down = test === '>' ? `(${above}..=${a}).rev()` : `(${b}..=${a}).rev()`;
            const every = k === '' || k === '1';
            const all = range === undefined ? down : range;
            return `for ${name} in ${every ? all : range === undefined ? `${down}.step_by(${k})` : `(${range}).step_by(${k})`} {`;
          },
        });
      }
    }
  }
}

export const statementRewrites: readonly Rewrite[] = [
  ...counting,
  { title: 'one condition', from: 'while|if ( $a ; $b ) {', to: (found) => bothOf(found) },
  { title: 'one condition', from: 'while|if ( $a , $b ) {', to: (found) => bothOf(found) },
  {
    title: 'a loop over values',
    from: 'for|foreach each|all? ( let|const|var|auto|val? mut? &? $x:ident in|of $e ) {',
    to: 'for $x in $e {',
  },
  { title: 'a loop over values', from: 'for|foreach ( let|const|var|auto? & $x:ident : $e ) {', to: 'for $x in $e {' },
  { title: 'a loop over values', from: 'for|foreach ( $t:type $x:ident : $e ) {', to: 'for $x in $e {' },
  { title: 'a loop over values', from: 'for|foreach $x:ident : $e {', to: 'for $x in $e {' },
  { title: 'a loop over values', from: 'for|foreach ( $x:exprs ) : $e {', to: 'for ($x) in $e {' },
  { title: 'a loop over values', from: 'for|foreach $x:ident := range $e {', to: 'for $x in $e {' },
  { title: 'a loop over values', from: 'for|foreach $x:ident of $e {', to: 'for $x in $e {' },
  { title: 'a loop over values', from: 'foreach $x:ident in $e {', to: 'for $x in $e {' },
  { title: 'a pattern in parentheses', from: 'for $x:ident , $y:ident in $e {', to: 'for ($x, $y) in $e {' },
  { title: 'a range', from: 'in range ( $a )', to: 'in 0..$a' },
  { title: 'a range', from: 'in range ( $a , $b )', to: 'in $a..$b' },
  { title: 'a range', from: 'in range ( $a , $b , $k )', to: 'in ($a..$b).step_by($k)' },
  { title: '`else if`', from: '} elif|elseif|elsif|elsef|elseIf|elif', to: '} else if' },
  { title: 'no `then`', from: 'if $c then {', to: 'if $c {' },
  {
    title: 'no `do`',
    from: 'while|for $c do {',
    to: (found) => `${found.tokens[found.first]?.text} ${found.text('c')} {`,
  },
  { title: 'an `if` expression', from: 'if $c then $a else $b ;', to: 'if $c { $a } else { $b };' },
  { title: 'an `if` expression', from: '= $a if $c else $b ;', to: '= if $c { $a } else { $b };' },
  { title: 'an `if` expression', from: '^ return $a if $c else $b ;', to: 'return if $c { $a } else { $b };' },
  { title: 'braces around the body', from: 'if|while ( $c ) $s:place = $e ;', to: (found) => bracedStatement(found) },
  { title: 'braces around the body', from: 'if|while ( $c ) $s:place += $e ;', to: (found) => bracedStatement(found) },
  { title: 'braces around the body', from: 'if|while ( $c ) $s:place -= $e ;', to: (found) => bracedStatement(found) },
  { title: 'braces around the body', from: 'if $c return|break|continue ;', to: (found) => bracedStatement(found) },
  { title: 'braces around the body', from: 'if $c return|break $s ;', to: (found) => bracedStatement(found) },
  { title: 'braces around the body', from: 'if|while ( $c ) $s:place ( ) ;', to: (found) => bracedStatement(found) },
  {
    title: 'braces around the body',
    from: 'if|while ( $c ) $s:place ( $e:exprs ) ;',
    to: (found) => bracedStatement(found),
  },
  {
    title: 'braces around the body',
    from: 'if|while ( $c ) $s:place ! ( $e:exprs ) ;',
    to: (found) => bracedStatement(found),
  },
  { title: 'braces around the body', from: 'else return|break|continue ;', to: (found) => bracedStatement(found) },
  { title: 'braces around the body', from: 'else return|break $s ;', to: (found) => bracedStatement(found) },
  { title: 'braces around the body', from: 'else $s:place = $e ;', to: (found) => bracedStatement(found) },
  { title: 'braces around the body', from: 'else $s:place += $e ;', to: (found) => bracedStatement(found) },
  { title: 'braces around the body', from: 'else $s:place -= $e ;', to: (found) => bracedStatement(found) },
  {
    title: '`match`',
    from: 'switch|match ( $e ) {',
    to: (found) => (found.tokens[found.first]?.text === 'match' ? null : `match ${found.text('e')} {`),
  },
  { title: '`match`', from: 'switch $e {', to: 'match $e {' },
  {
    title: '`match`',
    from: '^ when|case $e {',
    // `case State::Running { .. }:` is an arm whose pattern has braces of its own.
    to: (found) => (/^\p{Lu}|::/u.test(found.text('e')) ? null : `match ${found.text('e')} {`),
  },
  { title: 'an arm', from: '^ case $p =>', to: '$p =>' },
  {
    title: '`if let`',
    from: '^ let Some|Ok|Err ( $p ) = $e {',
    to: (found) =>
      found.tokens[found.last - 1]?.text === 'else'
        ? null
        : `if ${found.source.slice((found.tokens[found.first] as Token).start, (found.tokens[found.last] as Token).end)}`,
  },
  {
    title: '`if let`',
    from: 'if|while Some|Ok|Err ( $p ) = $e {',
    to: (found) => {
      const word = found.tokens[found.first] as Token;
      return `${word.text} let${found.source.slice(word.end, (found.tokens[found.last] as Token).end)}`;
    },
  },
  {
    title: 'one `=` in `if let`',
    from: 'if|while let $p == $e {',
    to: (found) => `${found.tokens[found.first]?.text} let ${found.text('p')} = ${found.text('e')} {`,
  },
  { title: 'nothing for `pass`', from: '^ pass ;', to: '' },
  // Declarations.
  { title: '`let` for a declaration', from: `^ ${looseTypes} $x:ident = $e ;`, to: (found) => declared(found) },
  {
    title: '`let` for a declaration',
    from: `^ let mut? ${rustTypes} mut? $x:ident = $e ;`,
    to: (found) => declared(found, typeIn(found)),
  },
  {
    title: '`let` for a declaration',
    from: `^ let mut? ${looseTypes} mut? $x:ident = $e ;`,
    to: (found) => declared(found),
  },
  {
    title: '`let` for a declaration',
    from: `^ ${rustTypes} $x:ident = $e ;`,
    to: (found) => declared(found, typeIn(found)),
  },
  {
    title: '`let` for a declaration',
    from: '^ Vec|Option|HashMap|HashSet|BTreeMap|Box < $t:type > $x:ident = $e ;',
    to: (found) => declared(found, `${found.tokens[found.first]?.text}<${found.text('t')}>`),
  },
  {
    title: '`let` for a declaration',
    from: `^ ${looseTypes}|${rustTypes} $x:ident ;`,
    to: (found) => {
      const type = (found.tokens[found.first] as Token).text;
      return declared(found, rustTypeOf[type] ?? (/^(auto|var|val|my|local|final)$/.test(type) ? '' : type));
    },
  },
  {
    title: '`let` for a declaration',
    from: '^ var|val|auto $x:ident : $t:type = $e ;',
    to: (found) => declared(found, found.text('t')),
  },
  { title: '`let` for a declaration', from: '^ mut $x:ident = $e ;', to: 'let mut $x = $e;' },
  { title: '`let` for a declaration', from: '^ $x:ident := $e ;', to: (found) => declared(found) },
  {
    title: '`let` inside a function',
    from: '^ const $x:ident = $e ;',
    to: (found) => (/^[a-z_]/.test(found.text('x')) ? declared(found) : null),
  },
  {
    title: 'one `=`',
    from: 'let mut? $x:ident := $e ;',
    to: (found) => `let ${found.text('mut') === '' ? '' : 'mut '}${found.text('x')} = ${found.text('e')};`,
  },
  {
    title: 'one `=`',
    from: 'let mut? $x:ident : = $e ;',
    to: (found) => `let ${found.text('mut') === '' ? '' : 'mut '}${found.text('x')} = ${found.text('e')};`,
  },
  {
    title: 'a colon before the type',
    from: `let mut? $x:ident ${rustTypes} = $e ;`,
    to: (found) =>
      `let ${found.text('mut') === '' ? '' : 'mut '}${found.text('x')}: ${found.text('i8')} = ${found.text('e')};`,
  },
  {
    title: 'a colon before the type',
    from: `let mut? $x:ident as $t:type = $e ;`,
    to: (found) =>
      `let ${found.text('mut') === '' ? '' : 'mut '}${found.text('x')}: ${found.text('t')} = ${found.text('e')};`,
  },
  {
    title: 'one `let` a variable',
    from: '^ let mut? $x:ident = $e , $y:ident = $f ;',
    to: (found) => {
      const mut = found.text('mut') === '' ? '' : 'mut ';
      return `let ${mut}${found.text('x')} = ${found.text('e')};${newLine(found)}let ${mut}${found.text('y')} = ${found.text('f')};`;
    },
  },
  {
    title: 'tuples in parentheses',
    from: '^ let mut? $x:ident , mut? $y:ident = $e , $f ;',
    to: (found) => {
      const mut = found.text('mut') === '' ? '' : 'mut ';
      return `let (${mut}${found.text('x')}, ${mut}${found.text('y')}) = (${found.text('e')}, ${found.text('f')});`;
    },
  },
  { title: 'tuples in parentheses', from: '^ let $x:ident , $y:ident = $e ;', to: 'let ($x, $y) = $e;' },
  { title: 'tuples in parentheses', from: '^ $x:place , $y:place = $e , $f ;', to: '($x, $y) = ($e, $f);' },
  { title: 'a tuple in parentheses', from: '^ return $x , $y ;', to: 'return ($x, $y);' },
  { title: 'a tuple type in parentheses', from: ') -> $x:type , $y:type {', to: ') -> ($x, $y) {' },
  // Items.
  {
    title: '`fn`',
    from: '^ pub? def|func|function|fun|sub|proc|void|method $x:ident (',
    to: (found) => `${found.text('pub') === '' ? '' : 'pub '}fn ${found.text('x')}(`,
  },
  { title: 'a function without parameters', from: 'fn $x:ident {', to: 'fn $x() {' },
  { title: 'a function without parameters', from: 'fn $x:ident -> $t:type {', to: 'fn $x() -> $t {' },
  { title: '`->` before the result', from: 'fn $x:ident ( ) => $t:type {', to: 'fn $x() -> $t {' },
  { title: '`->` before the result', from: `) ${rustTypes} {`, to: (found) => `) -> ${found.text('i8')} {` },
  { title: 'no `void`', from: ') -> void|None {', to: ') {' },
  {
    title: '`pub`',
    from: '^ public|export',
    to: (found) =>
      /^(pub|fn|def|func|function|struct|class|enum|trait|interface|mod|const|static|type|use|void|int|String)$/.test(
        found.tokens[found.last + 1]?.text ?? '',
      ) || found.tokens[found.last + 1]?.kind === 'ident'
        ? 'pub'
        : null,
  },
  {
    title: 'a struct',
    from: '^ pub? class|record $x:ident {',
    to: (found) => `${found.text('pub') === '' ? '' : 'pub '}struct ${found.text('x')} {`,
  },
  {
    title: 'a struct',
    from: '^ pub? type $x:ident struct {',
    to: (found) => `${found.text('pub') === '' ? '' : 'pub '}struct ${found.text('x')} {`,
  },
  {
    title: 'a trait',
    from: '^ pub? interface|protocol $x:ident {',
    to: (found) => `${found.text('pub') === '' ? '' : 'pub '}trait ${found.text('x')} {`,
  },
  {
    title: 'no `=` before the body',
    from: 'struct|enum|trait $x:ident = {',
    to: (found) => `${found.tokens[found.first]?.text} ${found.text('x')} {`,
  },
  {
    title: 'no `:` before the body',
    from: 'struct|enum|trait $x:ident : {',
    to: (found) => `${found.tokens[found.first]?.text} ${found.text('x')} {`,
  },
  {
    title: 'no `()` before the body',
    from: 'struct|enum|trait $x:ident ( ) {',
    to: (found) => `${found.tokens[found.first]?.text} ${found.text('x')} {`,
  },
  { title: '`impl … for`', from: '^ impl $x:type implements|of|extends $y:type {', to: 'impl $y for $x {' },
  { title: '`impl … for`', from: '^ impl $x:ident : $y:type {', to: 'impl $y for $x {' },
  { title: '`use`', from: '^ import|using|include|require $x:ident ::', to: 'use $x::' },
  {
    title: '`use`',
    from: '^ from $x:type import $y:exprs ;',
    to: (found) =>
      `use ${found.text('x')}::${found.text('y').includes(',') ? `{${found.text('y')}}` : found.text('y')};`,
  },
];

function bracedStatement(found: Found): string {
  const { tokens, source, first, last } = found;
  const word = tokens[first] as Token;
  // The body begins behind the condition, or behind `else`.
  let open = first + 1;
  if (word.text !== 'else') {
    const condition = found.text('c');
    const closes = tokens[first + 1]?.text === '(' ? pairOf(tokens, first + 1) : -1;
    open =
      closes > 0 && condition === source.slice((tokens[first + 1] as Token).end, (tokens[closes] as Token).start).trim()
        ? closes + 1
        : -1;
    if (open < 0) {
      const end = source.indexOf(condition, word.end) + condition.length;
      open = tokens.findIndex((token) => token.start >= end);
    }
  }
  const body = source.slice((tokens[open] as Token).start, (tokens[last] as Token).end);
  const head = word.text === 'else' ? 'else' : `${word.text} ${found.text('c')}`;
  const indent = /^[ \t]*/.exec(source.slice(source.lastIndexOf('\n', word.start - 1) + 1))?.[0] ?? '';
  const whole = source.slice(word.start, (tokens[last] as Token).end);
  if (!whole.includes('\n')) return `${head} { ${body} }`;
  return `${head} {\n${indent}    ${body}\n${indent}}`;
}

function typeIn(found: Found): string {
  return found.text('i8');
}

/** A line break and the indentation of the line that the match begins on. */
function newLine({ source, tokens, first }: Found): string {
  const start = (tokens[first] as Token).start;
  const line = source.lastIndexOf('\n', start - 1) + 1;
  return `\n${/^[ \t]*/.exec(source.slice(line))?.[0] ?? ''}`;
}
