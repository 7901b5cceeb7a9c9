// Content hashes: the one way this tree names a text, a file or a decision.
import { createHash } from 'node:crypto';

/** sha256 in 64 lower-case hex digits; a string is hashed as UTF-8. */
export function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

/** First 16 hex digits of the sha256 over `parts`, each preceded by its length so that no two lists collide. */
export function shortHash(...parts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:`).update(part);
  return hash.digest('hex').slice(0, 16);
}
