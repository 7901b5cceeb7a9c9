import fc from 'fast-check';
import { lex } from '../../../../conductor/proposers/support/tokens.ts';
import { assert, test } from '../../../support/harness.ts';

const kinds = (text: string): string =>
  lex(text)
    .map((token) => `${token.kind} ${token.text}`)
    .join(' | ');

test('quotes: characters, lifetimes and labels are told apart', () => {
  assert.is(kinds(`'a' 'a '\\'' b'x'`), `char 'a' | lifetime 'a | char '\\'' | char b'x'`);
});

test('numbers: a range and a method call do not belong to the number', () => {
  assert.is(
    kinds('1..2 1.0 1.max 0xff_u8 1e-3'),
    'number 1 | punct .. | number 2 | number 1.0 | number 1 | punct . | ident max | number 0xff_u8 | number 1e-3',
  );
});

test('strings: raw, escaped and unterminated', () => {
  assert.is(kinds('r#"a"b"# "c\\"d" "e'), 'string r#"a"b"# | string "c\\"d" | unknown "e');
});

test('comments nest, and doc comments are told from plain ones', () => {
  assert.is(kinds('/* /* */ */ /// d'), 'comment /* /* */ */ | doc /// d');
  assert.is(kinds('//// plain'), 'comment //// plain');
});

test('any text: tokens are in order, do not overlap, and leave out nothing but white space', () => {
  const piece = fc.constantFrom(
    '"',
    "'",
    '/*',
    '*/',
    '//',
    '\n',
    'r#"',
    '{',
    '=>',
    'é',
    '🦀',
    'a1',
    '0.',
    '\\',
    ' ',
    '\0',
  );
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(piece).map((pieces) => pieces.join('')),
  );
  fc.assert(
    fc.property(text, (source) => {
      let at = 0;
      for (const token of lex(source)) {
        assert.ok(token.start >= at && token.end > token.start);
        assert.is(source.slice(at, token.start).trim(), '');
        assert.is(source.slice(token.start, token.end), token.text);
        assert.is(source.slice(0, token.start).split('\n').length - 1, token.line);
        at = token.end;
      }
      assert.is(source.slice(at).trim(), '');
    }),
  );
});
