// What the crash tests write and expect back. Not a test.

export const crashRoot = '/workspace of the crash tests';

/** Message of part `part` of append `n`: of a length that varies from a few bytes to several pages. */
export function message(n: number, part: number): string {
  return `${n}.${part} ${'x'.repeat((n * 7919 + part * 104729) % 9000)}`;
}
