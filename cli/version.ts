// The package's version, read from package.json: beside cli/ in the source tree, one folder further up in dist/.
import { readFileSync } from 'node:fs';

export function version(): string {
  const path = import.meta.url.endsWith('.ts') ? '../package.json' : '../../package.json';
  const text = readFileSync(new URL(path, import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
