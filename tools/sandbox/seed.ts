// Seeds a target folder from another: what cargo needs to call dependencies fresh, with its times, never by hard link.
import { constants, existsSync } from 'node:fs';
import { copyFile, lstat, mkdir, readdir, utimes } from 'node:fs/promises';
import { join, resolve } from 'node:path';

/** Bytes copied at most; the newest files go first. A library left out is only built again. */
const seedBound = 3 * 1024 ** 3;
const copiesAtOnce = 8;

interface Found {
  readonly path: string;
  readonly size: number;
  readonly mtime: number;
  readonly atime: number;
}

/**
 * Copies the debug profile of target folder `from` to `to`: all but incremental state, and, unless `whole`, but programs.
 * Returns the bytes copied.
 */
export async function seedTarget(from: string, to: string, whole = false): Promise<number> {
  const profiles = ['debug'];
  for (const name of await names(from))
    if ((await names(join(from, name))).includes('debug')) profiles.push(join(name, 'debug'));
  for (const file of ['.rustc_info.json', 'CACHEDIR.TAG'])
    await copyFile(join(from, file), join(to, file)).catch(() => {});
  let room = seedBound;
  // Fingerprints first: cargo writes them last, so that what they speak of is whole even if a build runs meanwhile.
  for (const part of ['.fingerprint', 'build', 'deps']) {
    for (const profile of profiles)
      room -= await copyNewest(
        join(from, profile, part),
        join(to, profile, part),
        (name) => whole || wanted(part, name),
        room,
      );
  }
  return seedBound - room;
}

async function copyNewest(from: string, to: string, wants: (name: string) => boolean, room: number): Promise<number> {
  const files: Found[] = [];
  const folders: string[] = [''];
  const walk = async (relative: string): Promise<void> => {
    for (const item of await readdir(join(from, relative), { withFileTypes: true }).catch(() => [])) {
      const path = join(relative, item.name);
      if (item.isDirectory()) {
        folders.push(path);
        await walk(path);
      } else if (item.isFile() && wants(item.name)) {
        const stat = await lstat(join(from, path)).catch(() => null);
        if (stat !== null)
          files.push({ path, size: stat.size, mtime: stat.mtimeMs / 1000, atime: stat.atimeMs / 1000 });
      }
    }
  };
  await walk('');
  if (files.length === 0) return 0;
  for (const folder of folders) await mkdir(join(to, folder), { recursive: true });
  files.sort((a, b) => b.mtime - a.mtime);
  let bytes = 0;
  const chosen: Found[] = [];
  for (const file of files) {
    if (bytes + file.size > room) continue;
    bytes += file.size;
    chosen.push(file);
  }
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let file = chosen[next++]; file !== undefined; file = chosen[next++]) {
      const target = join(to, file.path);
      try {
        await copyFile(join(from, file.path), target, constants.COPYFILE_FICLONE);
        await utimes(target, file.atime, file.mtime);
      } catch {
        // gone or unreadable: cargo builds it again
      }
    }
  };
  await Promise.all(Array.from({ length: copiesAtOnce }, lane));
  return bytes;
}

/** In `deps`, programs (no extension) are test and bin builds of the workspace: large, and built again in any case. */
function wanted(part: string, name: string): boolean {
  return part !== 'deps' || name.includes('.');
}

async function names(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}

/** The user's own target folder for a workspace: `CARGO_TARGET_DIR`, or `target` in it; null when there is none. */
export function seedTargetOf(root: string): string | null {
  const named = process.env.CARGO_TARGET_DIR;
  const folder = named === undefined || named === '' ? join(root, 'target') : resolve(root, named);
  return existsSync(join(folder, 'CACHEDIR.TAG')) || existsSync(join(folder, '.rustc_info.json')) ? folder : null;
}
