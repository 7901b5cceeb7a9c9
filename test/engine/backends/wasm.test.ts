// The suite that backends run, on WebAssembly.
import { open } from '../../../engine/backends/wasm.ts';
import { conformance } from '../support/conformance.ts';

conformance('wasm, 1 thread', { open: () => open({ threads: 1 }) });
conformance('wasm, 3 threads', { open: () => open({ threads: 3 }) });
