// What is read of the user's tree before an episode: whether it holds tests.
import { holdsTests } from '../../conductor/live.ts';
import { assert, test } from '../support/harness.ts';

test('attributes and macros whose names speak of tests make tests', () => {
  for (const text of [
    '#[test]\nfn a() {}',
    '#[tokio::test(flavor = "multi_thread")]\nasync fn a() {}',
    '# [ test_log :: test ]\nfn a() {}',
    '#[rstest]\n#[case(1)]\nfn a() {}',
    '#[cfg_attr(not(target_arch = "wasm32"), test)]\nfn a() {}',
    'quickcheck! { fn holds(x: u8) -> bool { true } }',
    'proptest! { fn holds(x: u8) { } }',
  ])
    assert.ok(holdsTests(text), text);
});

test('what is only built differently under test makes none', () => {
  for (const text of [
    '#[cfg(any(test, feature = "std"))]\nextern crate std;',
    '#![cfg_attr(not(test), no_std)]',
    '#[cfg_attr(test, derive(Debug))]\nstruct A;',
    '#[cfg(all(doc, not(doctest)))]\nmod doc;',
    '#[allow(clippy::test_attr_in_doctest)]\nfn latest() {}',
    '#[derive(Debug)]\nstruct Contest;',
  ])
    assert.not.ok(holdsTests(text), text);
});
