// Changing several files as one: a journal in the state folder from which a crash at any point is finished or undone.
//
// A change goes through four durable steps: the journal in phase `prepare`; the new content of each file, flushed, in a
// temporary file beside it; the journal in phase `commit`; the renames. Before `commit` nothing of the user's is touched, and
// recovery removes the temporary files. After it, recovery finishes the renames, or puts back those done when some file was
// edited in between: what a file held before is computed from the edits.
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { RustaError } from '../../schemas/errors.ts';
import type { ByteEdit } from '../../schemas/types.ts';
import { diskFault, type FileLook, hashOf, removeIfThere, replaceFile, syncFolder, writeNew } from './disk.ts';
import { applyByteEdits, invertEdits } from './edits.ts';
import { locked } from './lock.ts';

/** One file of a change: from the content with hash `from` to that with hash `to`. */
export interface FileChange extends FileLook {
  /** The file itself, canonical. */
  readonly real: string;
  /** Its path as the bundle names it. */
  readonly path: string;
  readonly from: string;
  readonly to: string;
  readonly edits: readonly ByteEdit[];
  /** Where the new content waits. */
  readonly temporary: string;
}

interface JournalFile {
  readonly v: 1;
  readonly bundle: string;
  readonly phase: 'prepare' | 'commit';
  readonly changes: readonly FileChange[];
}

export interface Recovery {
  readonly bundle: string;
  readonly outcome: 'finished' | 'undone';
  readonly files: readonly string[];
}

/** Called before each step, for tests that end the process there. */
export type OnStep = (step: string) => void;

/** Carries out the changes, all or none; the journal folder's lock is held. `contents` are the new bytes, in order. */
export async function carryOut(
  journalDir: string,
  bundle: string,
  changes: readonly FileChange[],
  contents: readonly Uint8Array[],
  onStep: OnStep,
): Promise<void> {
  const journal = join(journalDir, `${bundle}.json`);
  try {
    onStep('journal prepare');
    await writeJournal(journal, { v: 1, bundle, phase: 'prepare', changes });
    for (const [index, change] of changes.entries()) {
      onStep(`stage ${change.path}`);
      await writeNew(change.temporary, contents[index] as Uint8Array, change);
      await syncFolder(dirname(change.temporary));
    }
    onStep('journal commit');
    await writeJournal(journal, { v: 1, bundle, phase: 'commit', changes });
    for (const change of changes) {
      onStep(`rename ${change.path}`);
      if ((await hashOf(change.real)) !== change.from) throw edited(change.path);
      await replaceFile(change.temporary, change.real);
    }
  } catch (error) {
    try {
      await undo(changes);
      await dropJournal(journal);
    } catch (cause) {
      throw new RustaError(
        `bundle ${bundle} is half applied: ${(error as Error).message}; then ${(cause as Error).message}`,
        {
          code: 'patch-half-done',
          op: 'patch apply',
          hint: `it is finished or undone when Rusta starts next; ${journal} says which files`,
          cause,
        },
      );
    }
    throw error;
  }
  onStep('journal remove');
  await dropJournal(journal);
}

/** Finishes or undoes what crashes left, in this journal folder. Call it at start; applying does so too. */
export async function recoverJournals(journalDir: string): Promise<Recovery[]> {
  if ((await journalsIn(journalDir)).length === 0) return [];
  return locked('patch recover', journalDir, () => recoverLocked(journalDir, () => undefined));
}

export async function recoverLocked(journalDir: string, onStep: OnStep): Promise<Recovery[]> {
  const done: Recovery[] = [];
  for (const name of await journalsIn(journalDir)) {
    const path = join(journalDir, name);
    // A journal is put in place by rename: one that is not whole is its own temporary file.
    if (!name.endsWith('.json')) {
      await removeIfThere(path);
      continue;
    }
    const journal = await readJournal(path);
    done.push(await recover(path, journal, onStep));
  }
  return done;
}

async function recover(path: string, journal: JournalFile, onStep: OnStep): Promise<Recovery> {
  try {
    onStep(`recover ${journal.bundle}`);
    const finish = journal.phase === 'commit' && (await canFinish(journal.changes));
    if (finish) {
      for (const change of journal.changes) {
        onStep(`finish ${change.path}`);
        if ((await hashOf(change.real)) !== change.to) await replaceFile(change.temporary, change.real);
        else await removeIfThere(change.temporary);
      }
    } else {
      await undo(journal.changes);
    }
    await dropJournal(path);
    const files = journal.changes.map((change) => change.path);
    return { bundle: journal.bundle, outcome: finish ? 'finished' : 'undone', files };
  } catch (error) {
    throw diskFault(error, 'patch recover', (error as NodeJS.ErrnoException).path ?? path);
  }
}

/** Every file is either changed already, or as it was with its new content waiting. */
async function canFinish(changes: readonly FileChange[]): Promise<boolean> {
  for (const { real, temporary, from, to } of changes) {
    const now = await hashOf(real);
    if (now !== to && !(now === from && (await hashOf(temporary)) === to)) return false;
  }
  return true;
}

/** Puts back every file that was changed, and leaves alone one that somebody edited since. */
async function undo(changes: readonly FileChange[]): Promise<void> {
  for (const change of changes) {
    await removeIfThere(change.temporary);
    if ((await hashOf(change.real)) !== change.to) continue;
    const before = applyByteEdits(await readFile(change.real), invertEdits(change.edits));
    await writeNew(change.temporary, before, change);
    await replaceFile(change.temporary, change.real);
  }
}

async function journalsIn(journalDir: string): Promise<string[]> {
  const names = await readdir(journalDir).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return names.filter((name) => /^[0-9a-f]{16}\.json(\.new)?$/.test(name)).sort();
}

async function writeJournal(path: string, journal: JournalFile): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await removeIfThere(`${path}.new`);
  const look = { mode: 0o600, uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  await writeNew(`${path}.new`, Buffer.from(JSON.stringify(journal)), look);
  await replaceFile(`${path}.new`, path);
}

async function dropJournal(path: string): Promise<void> {
  await removeIfThere(`${path}.new`);
  await removeIfThere(path);
  await syncFolder(dirname(path));
}

async function readJournal(path: string): Promise<JournalFile> {
  const unreadable = (what: string): RustaError =>
    new RustaError(`${path}: ${what}`, {
      code: 'journal-damaged',
      op: 'patch recover',
      hint: 'compare the files it names with your version control, then remove it',
      exit: 'refused',
    });
  let journal: Partial<JournalFile>;
  try {
    journal = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw unreadable((error as Error).message);
  }
  if (journal.v !== 1) throw unreadable(`a journal of version ${String(journal.v)}; this Rusta reads version 1`);
  if ((journal.phase !== 'prepare' && journal.phase !== 'commit') || !Array.isArray(journal.changes)) {
    throw unreadable('not a journal');
  }
  return journal as JournalFile;
}

export function edited(path: string): RustaError {
  return new RustaError(`${path} was edited while the bundle was being applied; nothing was changed`, {
    code: 'pre-image-changed',
    op: 'patch apply',
    hint: 'run `rusta fix` again',
    exit: 'refused',
  });
}
