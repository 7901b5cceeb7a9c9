// How natural a new text is where it is put.
import { familiarity } from '../../conductor/familiar.ts';
import { SourceFile } from '../../tools/index/source.ts';
import { assert, test } from '../support/harness.ts';

const text = `fn a(x: &str) -> String { x.to_string() }
fn b(y: &str) -> String { y.to_string() }
fn c(z: &str) -> String { z }
`;
const file = new SourceFile('src/lib.rs', text);
const at = text.lastIndexOf('z }') + 1;
const insert = (put: string) => familiarity([{ file: 'src/lib.rs', start: at, end: at, text: put }], () => file);

test('what the file does elsewhere is familiar, under other names too', () => {
  assert.is(insert('.to_string()').familiar, 1);
  assert.ok(insert('.parse::<u8>().unwrap()').familiar < 0.5);
});

test('words that the file does not hold are counted once', () => {
  assert.is(insert('.to_string()').novel, 0);
  assert.is(insert('.parse().or(z.parse())').novel, 2);
});

test('a file that is not there says nothing', () => {
  assert.equal(
    familiarity([{ file: 'x.rs', start: 0, end: 0, text: 'y' }], () => null),
    { familiar: 0, novel: 0 },
  );
});
