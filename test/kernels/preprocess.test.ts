// The preprocessor of WGSL: conditions, unrolled loops and defines.
import { preprocess } from '../../kernels/preprocess.ts';
import { assert, test } from '../support/harness.ts';

const lines = (source: string, defines: Record<string, number | string> = {}): string[] =>
  preprocess('x.wgsl', source, defines)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');

test('a define replaces whole words, not parts of names, suffixes or comments', () => {
  assert.equal(lines('let N4 = N + 4u + xN; // N', { N: 8, u: 3 }), ['let N4 = 8 + 4u + xN; // N']);
});

test('the first branch whose condition holds is taken, else the last', () => {
  const source = '#if A == 1 && !B\none\n#elif A > 1 || C\ntwo\n#else\nthree\n#endif';
  assert.equal(lines(source, { A: 1 }), ['one']);
  assert.equal(lines(source, { A: 1, B: 1 }), ['three']);
  assert.equal(lines(source, { A: 2 }), ['two']);
  assert.equal(lines(source, { C: 1 }), ['two']);
});

test('conditions nest, and what is not taken is not read', () => {
  const source = '#if A\n#if B\nboth\n#else\nonly a\n#endif\n#endif\n#if C\n#for i 1 / 0\n#end\n#endif';
  assert.equal(lines(source, { A: 1 }), ['only a']);
  assert.equal(lines(source, { A: 1, B: 1 }), ['both']);
});

test('a loop is written out, its name replaced and pasted', () => {
  const source = '#for i N / 2\nvar v##i = f(i);\n#for j 2\nv##i##_##j;\n#end\n#end';
  assert.equal(lines(source, { N: 2 }), ['var v0 = f(0);', 'v0_0;', 'v0_1;']);
});

test('what is broken is told with its file and line', () => {
  for (const [source, message] of [
    ['\n#if 1\nx', /x\.wgsl:2: #if without #endif/],
    ['#for i 2\nx', /x\.wgsl:1: #for without #end/],
    ['#if (1\n#endif', /bracket is not closed/],
    ['#if 1 2\n#endif', /cannot read/],
    ['#include y', /unknown directive #include/],
  ] as const)
    assert.throws(
      () => preprocess('x.wgsl', source, {}),
      (error: Error) => message.test(error.message),
    );
});
