// Expressions, operators and literals as other languages write them, and how Rust does. None of these patterns is Rust,
// so that all of them can be rewritten at once, wherever they stand.
import { boundary, levelEnd, levelIndex, operandAfter, operandBefore } from './operands.ts';
import type { Change } from './repairs.ts';
import { type Found, pairOf, type Rewrite } from './rewrites.ts';
import type { Token } from './tokens.ts';

const operandEnds = (token: Token | undefined): boolean =>
  token !== undefined &&
  (['ident', 'number', 'string', 'char'].includes(token.kind) ||
    [')', ']', 'self', 'true', 'false'].includes(token.text));
const operandStarts = (token: Token | undefined): boolean =>
  token !== undefined &&
  (['ident', 'number', 'string', 'char'].includes(token.kind) ||
    ['(', '[', '!', '&', '*', '-', 'self', 'true', 'false', 'matches'].includes(token.text));
const before = ({ tokens, first }: Found): Token | undefined => tokens[first - 1];
const after = ({ tokens, last }: Found): Token | undefined => tokens[last + 1];

const standard = 'println|eprintln|eprint|format|panic|assert|assert_eq|assert_ne|writeln|dbg|todo|unreachable|matches';

export const expressionRewrites: readonly Rewrite[] = [
  {
    title: '`&&`',
    from: 'and',
    to: (found) =>
      operandEnds(before(found)) && (operandStarts(after(found)) || after(found)?.text === 'not') ? '&&' : null,
  },
  {
    title: '`||`',
    from: 'or',
    to: (found) =>
      operandEnds(before(found)) && (operandStarts(after(found)) || after(found)?.text === 'not') ? '||' : null,
  },
  {
    title: '`contains`',
    from: 'if|while $x:place not in $y:place {',
    to: (found) => `${found.tokens[found.first]?.text} !${found.text('y')}.contains(&${found.text('x')}) {`,
  },
  {
    title: '`contains`',
    from: 'if|while $x:place in $y:place {',
    to: (found) => `${found.tokens[found.first]?.text} ${found.text('y')}.contains(&${found.text('x')}) {`,
  },
  { title: '`is_some`', from: 'is not None', to: (found) => (operandEnds(before(found)) ? '!= None' : null) },
  { title: '`is_none`', from: 'is None', to: (found) => (operandEnds(before(found)) ? '== None' : null) },
  {
    title: '`!=`',
    from: 'is not',
    to: (found) => (operandEnds(before(found)) && operandStarts(after(found)) ? '!=' : null),
  },
  {
    title: '`==`',
    from: 'is',
    to: (found) => (operandEnds(before(found)) && operandStarts(after(found)) ? '==' : null),
  },
  ...['==', '!=', '<=', '>=', '<', '>'].map(
    (operator): Rewrite => ({
      title: '`!`',
      from: `not $x:place ${operator} $y:place`,
      to: (found) => (prefix(found) ? `!(${found.text('x')} ${operator} ${found.text('y')})` : null),
    }),
  ),
  { title: '`!`', from: 'not $x:place', to: (found) => (prefix(found) ? `!${found.text('x')}` : null) },
  { title: '`!`', from: 'not (', to: (found) => (prefix(found) ? '!(' : null) },
  { title: '`==`', from: '===', to: '==' },
  { title: '`!=`', from: '!==', to: '!=' },
  {
    title: '`!=`',
    from: '<>',
    to: (found) => (operandEnds(before(found)) && operandStarts(after(found)) ? '!=' : null),
  },
  { title: '`!=`', from: '~=', to: '!=' },
  { title: '`<=`', from: '=<', to: (found) => (inCondition(found) ? '<=' : null) },
  { title: '`>=`', from: '=>', to: (found) => (inCondition(found) ? '>=' : null) },
  ...['+', '-', '*', '/', '%'].map(
    (operator): Rewrite => ({
      title: `\`${operator}=\``,
      from: `^ $x:place ${operator} = $e ;`,
      to: `$x ${operator}= $e;`,
    }),
  ),
  { title: '`+=`', from: '^ $x:place =+ $e ;', to: '$x += $e;' },
  { title: '`-=`', from: '^ $x:place =- 1 ;', to: '$x -= 1;' },
  { title: '`+= 1`', from: '^ $x:place ++', to: (found) => (endsThere(found) ? `${found.text('x')} += 1` : null) },
  { title: '`-= 1`', from: '^ $x:place --', to: (found) => (endsThere(found) ? `${found.text('x')} -= 1` : null) },
  { title: '`+= 1`', from: '^ ++ $x:place ;', to: '$x += 1;' },
  {
    title: '`-= 1`',
    from: '^ -- $x:place ;',
    to: (found) =>
      found.tokens[found.first + 1]?.start === found.tokens[found.first]?.end ? `${found.text('x')} -= 1;` : null,
  },
  { title: 'a range in a slice', from: '[ $a:place : $b:place ]', to: '[$a..$b]' },
  { title: 'a range in a slice', from: '[ $a : ]', to: '[$a..]' },
  { title: 'a range in a slice', from: '[ : $b ]', to: '[..$b]' },
  {
    title: '`::new`',
    from: 'new $x:type (',
    to: (found) => (/^\p{Lu}/u.test(found.text('x')) ? `${turbofish(found.text('x'))}::new(` : null),
  },
  {
    title: 'no `new`',
    from: 'new $x:ident {',
    to: (found) => (/^\p{Lu}/u.test(found.text('x')) ? `${found.text('x')} {` : null),
  },
  {
    title: '`self`',
    from: 'this',
    to: (found) =>
      /^(\.|->)$/.test(after(found)?.text ?? '') &&
      !/\blet (mut )?this\b|[|(,] ?(ref )?(mut )?this ?[|:,)]/.test(found.source)
        ? 'self'
        : null,
  },
  { title: '`.` for a member', from: '->', to: (found) => member(found) },
  {
    title: 'a closure',
    from: '( $x:ident =>',
    to: (found) => (before(found)?.text === '!' ? null : `(|${found.text('x')}|`),
  },
  {
    title: 'a closure',
    from: ', $x:ident =>',
    to: (found) => (openerText(found) === '(' ? `, |${found.text('x')}|` : null),
  },
  { title: 'a closure', from: 'lambda $x:exprs :', to: '|$x|' },
  {
    title: 'a closure',
    from: '( ( $x:exprs ) =>',
    to: (found) => (before(found)?.text === '!' ? null : `(|${found.text('x')}|`),
  },
  {
    title: 'a closure',
    from: ', ( $x:exprs ) =>',
    to: (found) => (openerText(found) === '(' ? `, |${found.text('x')}|` : null),
  },
  { title: 'a closure', from: '= ( $x:exprs ) =>', to: '= |$x|' },
  { title: 'a closure', from: '= $x:ident =>', to: '= |$x|' },
  { title: 'a closure has no arrow', from: '| =>', to: '|' },
  { title: 'a closure', from: '( fn|function|func ( $x:exprs ) {', to: '(|$x| {' },
  { title: 'a closure', from: '= fn|function|func ( $x:exprs ) {', to: '= |$x| {' },
  {
    title: 'a closure in parentheses',
    from: '. map|filter|for_each|any|all|filter_map|flat_map|take_while|skip_while|find|position { | $x:exprs | $e }',
    to: (found) => `.${found.text('map')}(|${found.text('x')}| ${found.text('e')})`,
  },
  {
    title: 'a macro',
    from: standard,
    to: (found) => {
      const next = after(found);
      const word = found.tokens[found.first] as Token;
      if (next?.text !== '(' && next?.kind !== 'string') return null;
      if (
        ['.', 'fn', '::', '!'].includes(before(found)?.text ?? '') ||
        new RegExp(`\\bfn ${word.text}\\b`).test(found.source)
      )
        return null;
      return next.text === '(' ? `${word.text}!` : null;
    },
  },
  {
    title: 'a macro',
    from: 'print|puts|echo|printf',
    to: (found) => {
      if (
        after(found)?.text !== '(' ||
        ['.', 'fn', '::'].includes(before(found)?.text ?? '') ||
        /\bfn (print|puts|echo|printf)\b/.test(found.source)
      )
        return null;
      return 'println!';
    },
  },
  { title: 'a macro', from: 'console . log (', to: 'println!(' },
  { title: 'a macro', from: 'System . out . println (', to: 'println!(' },
  { title: 'a macro', from: 'fmt . Println (', to: 'println!(' },
  {
    title: 'a macro',
    from: '! println|print|format|vec|panic (',
    to: (found) => `${found.tokens[found.first + 1]?.text}!(`,
  },
  {
    title: 'a macro',
    from: 'vec [',
    to: (found) =>
      before(found)?.text === '.' || /\b(let (mut )?|[|(,] ?(mut )?)vec\b/.test(found.source) ? null : 'vec![',
  },
  {
    title: 'a macro',
    from: '^ assert $e ;',
    to: (found) => (/^[!(]/.test(found.text('e')) ? null : `assert!(${found.text('e')});`),
  },
  {
    title: 'a macro',
    from: '^ print $e:exprs ;',
    to: (found) => (found.tokens[found.first + 1]?.kind === 'string' ? `println!(${found.text('e')});` : null),
  },
  { title: 'a format string', from: '! ( f', to: (found) => (touches(found) ? '!(' : null) },
  {
    title: 'a format string',
    from: 'f',
    to: (found) => {
      const text = after(found);
      return touches(found) && text?.kind === 'string' && before(found)?.text !== '(' ? 'format!' : null;
    },
  },
  {
    title: 'arguments of the format string',
    from: '! ( $s:string % ( $e:exprs ) )',
    to: (found) => (percent(found) ? `!(${found.text('s')}, ${found.text('e')})` : null),
  },
  {
    title: 'arguments of the format string',
    from: '! ( $s:string % $e )',
    to: (found) => (percent(found) ? `!(${found.text('s')}, ${found.text('e')})` : null),
  },
  {
    title: 'arguments of the format string',
    from: '$s:string . format ( $e:exprs )',
    to: (found) => {
      const text = found.tokens[found.first];
      if (text?.kind !== 'string' || found.text('s') !== text.text) return null;
      return before(found)?.text === '(' && found.tokens[found.first - 2]?.text === '!'
        ? `${text.text}, ${found.text('e')}`
        : `format!(${text.text}, ${found.text('e')})`;
    },
  },
  {
    title: 'a generic type in angle brackets',
    from: 'Vec|Option|Box|Rc|HashSet|VecDeque|Result|HashMap|BTreeMap [ $t:exprs ]',
    to: (found) => `${found.tokens[found.first]?.text}<${found.text('t')}>`,
  },
  {
    title: 'an array type',
    from: ': i32|i64|u8|u32|u64|usize|f64|f32|bool|char|String [ $n ]',
    to: (found) => `: [${found.tokens[found.first + 1]?.text}; ${found.text('n')}]`,
  },
  {
    title: 'a slice type',
    from: ': i32|i64|u8|u32|u64|usize|f64|f32|bool|char|String [ ]',
    to: (found) => `: &[${found.tokens[found.first + 1]?.text}]`,
  },
  { title: 'a vector type', from: ': [ ] $t:type', to: ': Vec<$t>' },
  { title: 'an array type', from: ': [ $n:place ] $t:type', to: ': [$t; $n]' },
];

function turbofish(type: string): string {
  return type.replace(/^([\w:]+?)(<)/, '$1::$2').replace(/::<>$/, '');
}

function touches({ tokens, last }: Found): boolean {
  const string = tokens[last + 1];
  return string?.kind === 'string' && string.start === tokens[last]?.end;
}

function percent({ tokens, first }: Found): boolean {
  return tokens[first + 2]?.kind === 'string' && tokens[first + 3]?.text === '%';
}

/** Whether `not` stands where a condition begins. */
function prefix(found: Found): boolean {
  const token = before(found);
  if (['cfg', 'cfg_attr', 'any', 'all', 'not'].includes(found.tokens[found.first - 2]?.text ?? '')) return false;
  return (
    token !== undefined &&
    ['if', 'while', '(', '&&', '||', '=', 'return', '==', '!', '=>', '{', 'and', 'or', 'not'].includes(token.text)
  );
}

/** Whether the two characters stand between values, behind `if` or `while` and in front of its block. */
function inCondition({ tokens, first, last }: Found): boolean {
  if (!operandEnds(tokens[first - 1]) || !operandStarts(tokens[last + 1])) return false;
  for (let at = first - 1, depth = 0; at >= 0 && at > first - 40; at--) {
    const token = tokens[at] as Token;
    if (token.kind === 'close') depth++;
    if (token.kind === 'open' && depth-- === 0 && token.text !== '(') return false;
    if (token.text === ';' || token.text === '=>') return false;
    if (token.text === 'let') return false;
    if (depth <= 0 && (token.text === 'if' || token.text === 'while')) {
      const guard =
        at > 0 && !token.leads && ![';', '{', '}', '=', '(', 'else', 'return'].includes(tokens[at - 1]?.text ?? '');
      if (guard) return false;
      const end = tokens.findIndex((one, index) => index > last && ['{', ';', '=>'].includes(one.text));
      return tokens[end]?.text === '{';
    }
  }
  return false;
}

/** `x++` ends a statement, or stands alone in an arm or a block. */
function endsThere(found: Found): boolean {
  return [';', '}', ',', ')'].includes(after(found)?.text ?? ';') || after(found)?.leads === true;
}

function member(found: Found): string | null {
  const [left, right] = [before(found), after(found)];
  const arrow = found.tokens[found.first] as Token;
  if (left?.kind !== 'ident' && left?.text !== 'self' && left?.text !== 'this') return null;
  if (right?.kind !== 'ident' || left.end !== arrow.start || right.start !== arrow.end) return null;
  return found.tokens[found.first - 2]?.text === 'fn' ? null : '.';
}

/** The delimiter that the match stands in; `!` for a macro's. */
function openerText({ tokens, first }: Found): string {
  for (let at = first - 1, depth = 0; at >= 0; at--) {
    const token = tokens[at] as Token;
    if (token.kind === 'close') depth++;
    if (token.kind === 'open' && depth-- === 0) return tokens[at - 1]?.text === '!' ? '!' : token.text;
  }
  return '';
}

/** `a ? b : c` up to the end of the statement or the argument, as an `if` expression. */
export function conditionals(source: string, tokens: readonly Token[]): Change[] {
  const changes: Change[] = [];
  for (const [at, token] of tokens.entries()) {
    // `?` in front of a value is never Rust's.
    if (
      token.text !== '?' ||
      !operandStarts(tokens[at + 1]) ||
      !operandEnds(tokens[at - 1]) ||
      (tokens[at + 1]?.text === '(' && tokens[at + 1]?.start === token.end)
    )
      continue;
    const start = boundary(tokens, at);
    const colon = levelIndex(tokens, at + 1, [':']);
    const end = colon < 0 ? -1 : levelEnd(tokens, colon + 1);
    const [first, last] = [tokens[start], tokens[end]];
    if (first === undefined || last === undefined || start >= at) continue;
    const text = (from: number, to: number): string => source.slice(tokens[from]?.start, tokens[to]?.end).trim();
    const whole = first.text === '(' && pairOf(tokens, start) === at - 1;
    const condition = whole ? text(start + 1, at - 2) : text(start, at - 1);
    changes.push({
      start: first.start,
      end: last.end,
      text: `if ${condition} { ${text(at + 1, colon - 1)} } else { ${text(colon + 1, end)} }`,
    });
  }
  return changes;
}

/** `x++` inside an expression has no counterpart; `(i32) x` has. */
export function casts(source: string, tokens: readonly Token[]): Change[] {
  const changes: Change[] = [];
  const primitive = /^([iu](8|16|32|64|128|size)|f32|f64|char)$/;
  for (const [at, token] of tokens.entries()) {
    if (token.text !== '(' || !primitive.test(tokens[at + 1]?.text ?? '') || tokens[at + 2]?.text !== ')') continue;
    if (operandEnds(tokens[at - 1]) || ['>', 'fn', '->'].includes(tokens[at - 1]?.text ?? '')) continue;
    const value = operandAfter(tokens, at + 3);
    const first = tokens[at + 3];
    if (value === null || first === undefined || operandBefore(tokens, at) !== null) continue;
    const text = source.slice(first.start, value.end);
    changes.push({ start: token.start, end: value.end, text: `(${text} as ${tokens[at + 1]?.text})` });
  }
  return changes;
}
