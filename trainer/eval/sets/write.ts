// Writes cases in the layout that trainer/eval/layout.ts reads, and remembers which parts of a set are made already.
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RustaError } from '../../../schemas/errors.ts';
import { type CaseMeta, loneFile, type Texts } from '../layout.ts';
import { writeTexts } from '../workbench.ts';

export interface NewCase {
  readonly name: string;
  readonly kind: 'file' | 'crate';
  readonly broken: Texts;
  readonly fixed: Texts | null;
  readonly hidden: Texts | null;
  readonly meta: CaseMeta;
}

/** A set being made: `part`s (a crate, a page) are made whole, or not at all. */
export class CaseSet {
  private readonly folder: string;
  private readonly done: string;

  private constructor(folder: string) {
    this.folder = folder;
    this.done = join(folder, '.made');
  }

  /** Opens a new set, or one begun with the same options. Throws RustaError (`usage`) when it was begun with others. */
  static async open(folder: string, options: Readonly<Record<string, unknown>>): Promise<CaseSet> {
    const set = new CaseSet(folder);
    const expected = `${JSON.stringify(options)}\n`;
    const about = join(folder, '.options.json');
    const found = await readFile(about, 'utf8').catch(() => null);
    if (found !== null && found !== expected) {
      throw new RustaError(`${folder} holds a set made with other options: ${found.trim()}`, {
        code: 'other-set',
        op: 'eval',
        hint: 'name another folder with --out, or remove this one',
        exit: 'usage',
      });
    }
    if (found === null && (await readdir(folder).catch(() => [])).length > 0) {
      throw new RustaError(`${folder} is not empty, and no set was begun in it`, {
        code: 'other-set',
        op: 'eval',
        exit: 'usage',
      });
    }
    await mkdir(set.done, { recursive: true });
    await writeFile(about, expected);
    return set;
  }

  /** What `finish` was told of a part; null when it is not made yet. */
  async made<T>(part: string): Promise<T | null> {
    const text = await readFile(join(this.done, `${part}.json`), 'utf8').catch(() => null);
    return text === null ? null : (JSON.parse(text) as T);
  }

  async finish(part: string, summary: unknown): Promise<void> {
    const path = join(this.done, `${part}.json`);
    await writeFile(`${path}.new`, JSON.stringify(summary));
    await rename(`${path}.new`, path);
  }

  write(one: NewCase): Promise<void> {
    return writeCase(this.folder, one);
  }
}

export async function writeCase(folder: string, one: NewCase): Promise<void> {
  const at = (role: string): string => join(folder, `${one.name}${role}`);
  const states = [
    ['', one.broken],
    ['.fixed', one.fixed],
    ['.hidden', one.hidden],
  ] as const;
  await mkdir(folder, { recursive: true });
  for (const [role, texts] of states) {
    if (texts === null) continue;
    if (one.kind === 'file') await writeFile(at(`${role}.rs`), texts.get(loneFile) ?? '');
    else {
      await rm(at(role), { recursive: true, force: true });
      await writeTexts(at(role), texts);
    }
  }
  await writeFile(at('.json'), `${JSON.stringify(one.meta, null, 1)}\n`);
}
