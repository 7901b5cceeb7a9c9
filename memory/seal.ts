// Whether the store's file is as the last process left it in order: then its pages need not be looked at again.
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';

/** Notes the file's state. Only saves time: that it cannot be written is no fault. */
export function seal(path: string): void {
  try {
    writeFileSync(`${path}-seal`, stateOf(path), { mode: 0o600 });
  } catch {
    rmSync(`${path}-seal`, { force: true });
  }
}

/** True when nobody has written to the file since it was sealed. */
export function isSealed(path: string): boolean {
  try {
    return readFileSync(`${path}-seal`, 'utf8') === stateOf(path);
  } catch {
    return false;
  }
}

function stateOf(path: string): string {
  const { ino, size, mtimeNs, ctimeNs } = statSync(path, { bigint: true });
  return `${ino} ${size} ${mtimeNs} ${ctimeNs}\n`;
}
