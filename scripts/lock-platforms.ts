// Adds to package-lock.json the optional packages of other platforms that npm left out (it does where a registry does not
// serve them), without which `npm ci` refuses the lock. Run after `npm install`; test/house/package.test.ts notices.
import { readFileSync, writeFileSync } from 'node:fs';

interface Entry {
  version?: string;
  optionalDependencies?: Record<string, string>;
  [field: string]: unknown;
}

const path = new URL('../package-lock.json', import.meta.url);
const lock = JSON.parse(readFileSync(path, 'utf8')) as { packages: Record<string, Entry> };
let added = 0;
for (const [owner, entry] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const key = `node_modules/${name}`;
    if (owner === '' || lock.packages[key] !== undefined) continue;
    const [, os, cpu, libc] = /(android|darwin|linux|win32)-(arm64|arm|x64|ia32)(?:-(musl))?$/.exec(name) ?? [];
    if (os === undefined || cpu === undefined) continue;
    lock.packages[key] = {
      version,
      cpu: [cpu],
      ...(entry.dev === true ? { dev: true } : {}),
      ...(libc === undefined ? {} : { libc: [libc] }),
      ...(entry.license === undefined ? {} : { license: entry.license }),
      optional: true,
      os: [os],
    };
    added += 1;
  }
}
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`);
console.log(`package-lock.json: ${added} platform package(s) added`);
