// The kernels' tests once more on code that is well compiled from the first call on; in V8 13 as the CLI runs it, with 128-bit
// operations joined to 256 bits, and with the wide tiles that this is for.
import { setFlagsFromString } from 'node:v8';
import { defaults } from './support/machine.ts';

setFlagsFromString('--no-liftoff');
if (process.versions.v8.startsWith('13.')) setFlagsFromString('--experimental-wasm-revectorize');
defaults.wide = true;
for (const name of ['int8', 'dense', 'rows']) await import(`./${name}.test.ts`);
