// A state of the crate in the search: the user's texts plus the edits made so far. Reading them from disk is the world's work.
import { RustaError } from '../schemas/errors.ts';
import { sha256, shortHash } from '../schemas/hash.ts';
import type { Edit } from '../schemas/types.ts';
import { SourceFile } from '../tools/index/source.ts';
import { applyEdits } from '../tools/patch/edits.ts';

/** The user's Rust files as they were at Sense, by path relative to the workspace root. */
export class Snapshot {
  readonly texts: ReadonlyMap<string, string>;
  readonly paths: readonly string[];
  /** Parsed once per distinct text of a path, over all states of the search. */
  private readonly parsed = new Map<string, SourceFile>();

  constructor(texts: ReadonlyMap<string, string>) {
    this.texts = texts;
    this.paths = [...texts.keys()].sort();
  }

  /** sha256 of a file's text, null when there is no such file. */
  hash(path: string): string | null {
    const text = this.texts.get(path);
    return text === undefined ? null : sha256(text);
  }

  parse(path: string, text: string): SourceFile {
    const key = `${path}\0${text === this.texts.get(path) ? '' : sha256(text)}`;
    let file = this.parsed.get(key);
    if (file === undefined) {
      file = new SourceFile(path, text);
      this.parsed.set(key, file);
    }
    return file;
  }
}

/** The snapshot with some files changed; immutable. */
export class CrateState {
  readonly snapshot: Snapshot;
  /** Changed files only. */
  readonly changed: ReadonlyMap<string, string>;
  /** Content hash of the changes: equal for equal texts, however they came about. */
  readonly id: string;

  constructor(snapshot: Snapshot, changed: ReadonlyMap<string, string> = new Map()) {
    this.snapshot = snapshot;
    this.changed = new Map(
      [...changed].filter(([path, text]) => snapshot.texts.get(path) !== text).sort(([a], [b]) => (a < b ? -1 : 1)),
    );
    this.id = shortHash(...[...this.changed].flat());
  }

  text(path: string): string | null {
    return this.changed.get(path) ?? this.snapshot.texts.get(path) ?? null;
  }

  source(path: string): SourceFile | null {
    const text = this.text(path);
    return text === null ? null : this.snapshot.parse(path, text);
  }

  /** The state after `edits`. Throws `RustaError` where they overlap or leave the text. */
  edited(edits: readonly Edit[]): CrateState {
    const byFile = new Map<string, Edit[]>();
    for (const edit of edits) byFile.set(edit.file, [...(byFile.get(edit.file) ?? []), edit]);
    const changed = new Map(this.changed);
    for (const [path, own] of byFile) {
      const text = this.text(path);
      if (text === null) {
        throw new RustaError(`${path} is not one of the crate's source files`, { code: 'edit-outside', op: 'edit' });
      }
      changed.set(path, Buffer.from(applyEdits(Buffer.from(text), own)).toString('utf8'));
    }
    return new CrateState(this.snapshot, changed);
  }

  /** The bytes that a worker's mirror must hold for this state. */
  overlay(): ReadonlyMap<string, Uint8Array> {
    return new Map([...this.changed].map(([path, text]) => [path, Buffer.from(text)]));
  }
}
