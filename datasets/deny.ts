// The list of what no builder may read: content hashes and names. A source with one such file is left out whole.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { RustaError } from '../schemas/errors.ts';
import { sha256 } from '../schemas/hash.ts';
import type { ArchiveFile } from './archive.ts';

export interface DenyList {
  readonly hashes: ReadonlySet<string>;
  readonly names: ReadonlySet<string>;
}

/** Files that evaluation keeps apart, by hash. */
export const defaultDenyList: string = fileURLToPath(new URL('deny-sha256.txt', import.meta.url));

/** A line is a sha256 or a name; `#` starts a comment. Throws RustaError `deny-broken`. */
export function readDenyLists(paths: readonly string[]): DenyList {
  const hashes = new Set<string>();
  const names = new Set<string>();
  for (const path of paths) {
    let text: string;
    try {
      text = readFileSync(path, 'utf8');
    } catch (cause) {
      throw new RustaError(`${path} cannot be read`, { code: 'deny-broken', op: 'data', exit: 'usage', cause });
    }
    for (const line of text.split('\n')) {
      const word = line.replace(/#.*/, '').trim();
      if (/^[0-9a-f]{64}$/i.test(word)) hashes.add(word.toLowerCase());
      else if (/^[\w.+-]+$/.test(word)) names.add(word);
      else if (word !== '') {
        throw new RustaError(`${path}: ${JSON.stringify(word.slice(0, 60))} is neither a sha256 nor a name`, {
          code: 'deny-broken',
          op: 'data',
          exit: 'usage',
        });
      }
    }
  }
  return { hashes, names };
}

/** The first file that the list names; null where there is none. */
export function deniedFile(list: DenyList, files: readonly ArchiveFile[]): string | null {
  return files.find(({ bytes }) => list.hashes.has(sha256(bytes)))?.path ?? null;
}
