// The file that somebody is at work on, as far as the disk tells: what is explained first while cargo builds.
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** The Rust file under a crate's `src` that was changed last; the file itself where one is given; null where there is none. */
export function lastEdited(path: string): string | null {
  if (statSync(path).isFile()) return path;
  const source = join(path, 'src');
  if (!existsSync(source)) return null;
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.rs'))
    .map((name) => join(source, name));
  const times = new Map(files.map((file) => [file, statSync(file).mtimeMs]));
  return files.sort((a, b) => (times.get(b) as number) - (times.get(a) as number))[0] ?? null;
}
