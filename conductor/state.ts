// A state of the crate in the search: the user's texts plus the edits made so far. Reading them from disk is the world's work.
import { setImmediate as yieldTurn } from 'node:timers/promises';
import { RustaError } from '../schemas/errors.ts';
import { sha256, shortHash } from '../schemas/hash.ts';
import type { Edit } from '../schemas/types.ts';
import { SourceFile } from '../tools/index/source.ts';
import { applyEdits } from '../tools/patch/edits.ts';

/** Characters of changed texts that are kept parsed: candidates of one error differ from each other in a few lines. */
const mostKept = 2_000_000;
/** Characters that are parsed ahead: half a second's work. */
const mostAhead = 1_000_000;

/** The user's Rust files as they were at Sense, by path relative to the workspace root. */
export class Snapshot {
  readonly texts: ReadonlyMap<string, string>;
  readonly paths: readonly string[];
  private readonly own = new Map<string, SourceFile>();
  /** Other texts of these files, over all states of the search; the one asked for longest ago goes first. */
  private readonly others = new Map<string, SourceFile>();
  private othersLength = 0;

  constructor(texts: ReadonlyMap<string, string>) {
    this.texts = texts;
    this.paths = [...texts.keys()].sort();
  }

  /** sha256 of a file's text, null when there is no such file. */
  hash(path: string): string | null {
    const text = this.texts.get(path);
    return text === undefined ? null : sha256(text);
  }

  /** Parsed once for each text of a path, while there is room for it. */
  parse(path: string, text: string): SourceFile {
    const own = this.texts.get(path);
    if (text === own) return this.parseOwn(path, text);
    const key = `${path}\0${sha256(text)}`;
    const file =
      this.others.get(key) ?? new SourceFile(path, text, own === undefined ? null : this.parseOwn(path, own));
    if (!this.others.delete(key)) this.othersLength += text.length;
    this.others.set(key, file);
    for (const [oldest, { text: old }] of this.others) {
      if (this.othersLength <= mostKept || oldest === key) break;
      this.others.delete(oldest);
      this.othersLength -= old.length;
    }
    return file;
  }

  /** Parses file after file before anybody asks for one, while it is `wanted`, and lets others have their turn between them. */
  async readAhead(wanted: () => boolean): Promise<void> {
    let left = mostAhead;
    for (const [path, text] of this.texts) {
      left -= text.length;
      if (left < 0 || !wanted()) return;
      void this.parseOwn(path, text).root;
      await yieldTurn();
    }
  }

  private parseOwn(path: string, text: string): SourceFile {
    let file = this.own.get(path);
    if (file === undefined) {
      file = new SourceFile(path, text);
      this.own.set(path, file);
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
