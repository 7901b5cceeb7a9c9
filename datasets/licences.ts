// Whether an SPDX expression lets the text be copied and changed with no more than credit. Pure.

/** Licences that ask for no more than their notice. */
const permissive = new Set(
  'MIT MIT-0 Apache-2.0 BSD-2-Clause BSD-3-Clause ISC Zlib 0BSD Unlicense BSL-1.0 CC0-1.0'.split(' '),
);

/**
 * True when some choice that the expression leaves is permissive. `/` is cargo's old way to write OR. Parentheses are not
 * read: an expression with them counts as not permissive.
 */
export function isPermissive(expression: string): boolean {
  return expression
    .split(/\s+OR\s+|\s*\/\s*/)
    .some((choice) => choice.split(/\s+AND\s+/).every((one) => permissive.has(one.trim())));
}
