// What std's own sources have the compiler say where a trait is not implemented.
import { readUnmet, unmetIn } from '../../../tools/docs/unmet.ts';
import { assert, test } from '../../support/harness.ts';

test('each message is one, with the labels and notes that follow it, without what is filled in', () => {
  const source = `
#[rustc_on_unimplemented(
    on(Rhs = "{float}", message = "cannot add a float to an integer"),
    message = "cannot add \`{Rhs}\` to \`{Self}\`",
    label = "no implementation for \`{Self} + {Rhs}\`",
    append_const_msg
)]
pub trait Add {}
#[diagnostic::on_unimplemented(message = "\`{Self}\` is not a future")]
pub trait Future {}`;
  assert.equal(unmetIn(source), [
    'cannot add a float to an integer | the trait is not implemented for',
    'cannot add ` ` to ` ` | no implementation for `  +  ` | the trait is not implemented for',
    '` ` is not a future | the trait is not implemented for',
  ]);
});

test('an attribute without a message, and a file without an attribute, say nothing', () => {
  assert.equal(unmetIn('#[rustc_on_unimplemented(label = "no")]\ntrait A {}\nfn message() {}'), []);
});

test('without the rendered sources there are none', () => {
  assert.equal(readUnmet('/nowhere'), []);
});
