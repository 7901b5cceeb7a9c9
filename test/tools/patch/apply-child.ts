// Applies a bundle in a process of its own and prints how it ended: `apply-child.ts BUNDLE JOURNALS [STEP]`, which kills itself
// (SIGKILL) before the step of that number. Where the bundle's root is empty it is filled from the folder `crate` beside it.

import { createHash } from 'node:crypto';
import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RustaError } from '../../../schemas/errors.ts';
import { applyBundle } from '../../../tools/patch/apply.ts';

const [bundlePath = '', journalDir = '', stop = '-1'] = process.argv.slice(2);
const bundle = JSON.parse(readFileSync(bundlePath, 'utf8'));
if (readdirSync(bundle.root).length === 0) cpSync(join(bundle.root, '..', 'crate'), bundle.root, { recursive: true });

const holdings = (): string =>
  readdirSync(bundle.root, { recursive: true, encoding: 'utf8' })
    .sort()
    .map((path) => {
      try {
        return `${path} ${createHash('sha256')
          .update(readFileSync(join(bundle.root, path)))
          .digest('hex')}`;
      } catch {
        return path;
      }
    })
    .join('\n');

let step = 0;
const onStep = (): void => {
  if (step === Number(stop)) process.kill(process.pid, 'SIGKILL');
  step += 1;
};
const before = holdings();
try {
  await applyBundle(bundle, { journalDir, onStep });
  process.stdout.write(JSON.stringify({ code: 'applied', message: '', changed: true, steps: step }));
} catch (error) {
  if (!(error instanceof RustaError)) throw error;
  const { code, message } = error;
  process.stdout.write(JSON.stringify({ code, message, changed: holdings() !== before, steps: step }));
}
