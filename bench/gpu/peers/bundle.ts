// The peers' libraries as files that need no package manager: one module each, and the WebAssembly that onnxruntime-web loads.
//   bundle.ts OUT
// What is rehearsed here and what `trainer pack` takes to a bare host are the same files.
import { existsSync } from 'node:fs';
import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const folder = fileURLToPath(new URL('.', import.meta.url));

/** @returns whether the packages were there: `npm ci --ignore-scripts` in this folder installs them. */
export async function bundlePeers(out: string): Promise<boolean> {
  const modules = join(folder, 'node_modules');
  if (!existsSync(join(modules, 'onnxruntime-web'))) return false;
  await mkdir(out, { recursive: true });
  const entries = {
    jax: "export * from '@jax-js/jax';",
    tfjs: "export * from '@tensorflow/tfjs-core'; export { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';",
  };
  // tfjs takes Node's own modules where it finds itself in Node; jax-js is made for pages.
  for (const [name, contents] of Object.entries(entries))
    await build({
      stdin: { contents, resolveDir: folder },
      outfile: join(out, `${name}.mjs`),
      bundle: true,
      minify: true,
      platform: name === 'tfjs' ? 'node' : 'browser',
      mainFields: ['module', 'main'],
      format: 'esm',
      target: 'node20',
      logLevel: 'error',
      banner: {
        js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
      },
    });
  const onnx = join(modules, 'onnxruntime-web/dist');
  await copyFile(join(onnx, 'ort.webgpu.bundle.min.mjs'), join(out, 'onnx.mjs'));
  await copyFile(join(onnx, 'ort-wasm-simd-threaded.asyncify.wasm'), join(out, 'onnx.wasm'));
  return true;
}

const [, program, out] = process.argv;
if (program === fileURLToPath(import.meta.url) && out !== undefined && !(await bundlePeers(out))) {
  console.error('they are not installed: npm ci --ignore-scripts in bench/gpu/peers');
  process.exit(1);
}
