// Which split a source belongs to: by the hash of its family's name, so that no crate is on both sides. Pure.
import { createHash } from 'node:crypto';

export type Split = 'train' | 'val' | 'test';

/** Shares in percent; the rest trains. 3% of some 600 families is about 6 MB, enough to measure bits per byte to 0.005. */
const testShare = 3;
const valShare = 2;

/**
 * What a crate belongs with: its repository, or its name's stem without one. Crates of one repository copy each other.
 * `https://github.com/serde-rs/serde.git` and `.../serde/tree/main/derive` are both `serde-rs/serde`.
 */
export function familyOf(name: string, repository: string | null): string {
  const found = /^(?:git\+)?(?:https?|git|ssh):\/\/(?:[^@/]*@)?[^/]+\/([^/?#]+)\/([^/?#]+)/.exec(repository ?? '');
  if (found === null) return name.split(/[-_]/)[0] ?? name;
  return `${found[1]}/${(found[2] as string).replace(/\.git$/, '')}`.toLowerCase();
}

export function splitOf(family: string): Split {
  const place = createHash('sha256').update(`split:${family}`).digest().readUInt32LE(0) % 100;
  return place < testShare ? 'test' : place < testShare + valShare ? 'val' : 'train';
}
