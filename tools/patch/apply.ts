// Putting a bundle into the user's tree and taking it out again: every check first, then journal.ts changes all files or none.
// Which bundles may be applied is conductor's and cli's rule; git has no part in it.
import { randomUUID } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { RustaError } from '../../schemas/errors.ts';
import { sha256 } from '../../schemas/hash.ts';
import type { ByteEdit, PatchBundle } from '../../schemas/types.ts';
import { diskFault } from './disk.ts';
import { applyByteEdits, invertEdits } from './edits.ts';
import { carryOut, type FileChange, type OnStep, recoverLocked } from './journal.ts';
import { locked } from './lock.ts';
import { resolveTarget } from './target.ts';

export interface ApplyOptions {
  /** Folder of the journals, in the state folder; made when missing. */
  readonly journalDir: string;
  /** Called before each step, for tests that end the process there. */
  readonly onStep?: OnStep;
}

export interface Applied {
  /** Paths changed, as the bundle names them. */
  readonly files: readonly string[];
}

/** What the two directions share: a file goes from one hash to another by edits. */
interface Step {
  readonly path: string;
  readonly from: string;
  readonly to: string;
  readonly edits: readonly ByteEdit[];
}

/**
 * Writes the bundle's files, all or none. Modes, owners where allowed, and line endings stay; a link inside the tree stays a link.
 * Throws RustaError: `pre-image-changed` (names the file), `already-applied`, `path-outside`, `file-missing`, `not-a-file`,
 * `read-only`, `disk-full`, `patch-locked`, `bundle-inconsistent`.
 */
export function applyBundle(bundle: PatchBundle, options: ApplyOptions): Promise<Applied> {
  const steps = bundle.files.map(({ path, pre_sha256: from, post_sha256: to, edits }) => ({ path, from, to, edits }));
  return change('patch apply', bundle, steps, options, {
    done: { code: 'already-applied', says: 'already holds this patch' },
    changed: 'changed since this patch was made',
    hint: 'run `rusta fix` again: a patch is only proved for the text it was made for',
  });
}

/** Gives every file of an applied bundle its former bytes, all or none. Throws `edited-since`, `not-applied` and what applying throws. */
export function rollbackBundle(bundle: PatchBundle, options: ApplyOptions): Promise<Applied> {
  const steps = bundle.files.map(({ path, pre_sha256: to, post_sha256: from, edits }) => ({
    path,
    from,
    to,
    edits: invertEdits(edits),
  }));
  return change('patch rollback', bundle, steps, options, {
    done: { code: 'not-applied', says: 'does not hold this patch: it is as before' },
    changed: 'was edited since the patch was applied',
    hint: 'undo that edit first, or take the patch out by hand: `rusta show` prints it',
  });
}

interface Words {
  readonly done: { readonly code: string; readonly says: string };
  readonly changed: string;
  readonly hint: string;
}

async function change(
  op: string,
  bundle: PatchBundle,
  steps: readonly Step[],
  options: ApplyOptions,
  words: Words,
): Promise<Applied> {
  const { journalDir, onStep = () => undefined } = options;
  if (steps.length === 0) {
    throw new RustaError(`bundle ${bundle.id} changes no file`, { code: 'bundle-empty', op, exit: 'refused' });
  }
  try {
    await mkdir(journalDir, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw diskFault(error, op, journalDir);
  }
  return locked(op, journalDir, async () => {
    await recoverLocked(journalDir, onStep);
    const changes: FileChange[] = [];
    const contents: Uint8Array[] = [];
    for (const step of steps) {
      const { content, ...target } = await prepared(op, bundle.root, step, words);
      if (changes.some(({ real }) => real === target.real)) {
        throw new RustaError(`two paths of the bundle are the same file: ${target.real}`, {
          code: 'bundle-inconsistent',
          op,
          exit: 'refused',
        });
      }
      changes.push({ ...target, ...step, temporary: join(dirname(target.real), `.rusta-${randomUUID()}`) });
      contents.push(content);
    }
    try {
      await carryOut(journalDir, bundle.id, changes, contents, onStep);
    } catch (error) {
      throw diskFault(error, op, (error as NodeJS.ErrnoException).path ?? bundle.root);
    }
    return { files: steps.map(({ path }) => path) };
  });
}

/** The file's new content, after every check that can be made without writing. */
async function prepared(op: string, root: string, { path, from, to, edits }: Step, words: Words) {
  const target = await resolveTarget(op, root, path);
  const bytes = await readFile(target.real).catch((error: unknown) => {
    throw diskFault(error, op, target.real);
  });
  const now = sha256(bytes);
  if (now !== from) {
    const done = now === to;
    throw new RustaError(`${path} ${done ? words.done.says : words.changed}; nothing was changed`, {
      code: done ? words.done.code : op === 'patch apply' ? 'pre-image-changed' : 'edited-since',
      op,
      exit: 'refused',
      ...(done ? {} : { expected: `sha256 ${from.slice(0, 16)}`, got: now.slice(0, 16), hint: words.hint }),
    });
  }
  const content = applyByteEdits(bytes, edits);
  if (sha256(content) !== to) {
    throw new RustaError(`the edits of ${path} do not give the content they promise; nothing was changed`, {
      code: 'bundle-inconsistent',
      op,
      expected: `sha256 ${to.slice(0, 16)}`,
      got: sha256(content).slice(0, 16),
      exit: 'refused',
    });
  }
  return { ...target, content };
}
