// Pages of the compiler's error index, from the installed documentation. Searching it is not done here.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Toolchain } from '../sandbox/types.ts';

/** The page of an error code as installed with the toolchain (component rust-docs); null without it. */
export function readErrorPage(
  toolchain: Toolchain,
  code: string,
): { readonly source: string; readonly text: string } | null {
  if (!/^E\d{4}$/.test(code)) return null;
  const source = `error_codes/${code}.html`;
  try {
    return { source, text: readFileSync(join(toolchain.sysroot, 'share/doc/rust/html', source), 'utf8') };
  } catch {
    return null;
  }
}
