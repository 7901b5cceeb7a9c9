// The suite that backends run, on WebGPU: SwiftShader here, the machine's own adapter with RUSTA_GPU=1 (npm run test:gpu).
import { open } from '../../../engine/backends/webgpu.ts';
import { onSwiftshader } from '../../support/swiftshader.ts';
import { conformance } from '../support/conformance.ts';

await onSwiftshader();

/** A pipeline takes a software adapter 140 to 240 ms to compile. */
export const timeoutMs = 900_000;

const probe = await open();
const { f16 } = probe.can;
await probe.close();

conformance('webgpu', { open: () => open(), f16, edgeRuns: 3 });
