// The kernels' tests once more on code that is well compiled from the first call on; in V8 13 as the CLI runs it, with 128-bit
// operations joined to 256 bits.
import { setFlagsFromString } from 'node:v8';

setFlagsFromString('--no-liftoff');
if (process.versions.v8.startsWith('13.')) setFlagsFromString('--experimental-wasm-revectorize');
for (const name of ['int8', 'dense', 'rows']) await import(`./${name}.test.ts`);
