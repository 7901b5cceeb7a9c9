// The WebGPU backend in a page: bundled by esbuild, on the software adapter of a headless Chromium, it trains a small model
// and gives what it gives in Node on SwiftShader.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Browser } from 'playwright-core';
import { launchChromium } from '../../support/chromium.ts';
import { assert, test } from '../../support/harness.ts';
import { onSwiftshader } from '../../support/swiftshader.ts';
import { job } from './job.ts';

await onSwiftshader();

/** Both compile some 120 pipelines, 140 to 240 ms each. */
export const timeoutMs = 600_000;

let browser: Browser;
let server: Server;

test.before(async () => {
  const bundled = await build({
    entryPoints: { page: fileURLToPath(new URL('./page.ts', import.meta.url)) },
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    outdir: '/',
    write: false,
    logLevel: 'error',
  });
  const files = new Map(bundled.outputFiles.map(({ path, contents }) => [path, contents]));
  server = createServer(({ url = '/' }, response) => {
    const script = files.get(url);
    response.writeHead(200, { 'Content-Type': script === undefined ? 'text/html' : 'text/javascript' });
    response.end(script ?? '<!doctype html><meta charset="utf-8"><script type="module" src="/page.js"></script>');
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  browser = await launchChromium({ webgpu: true });
});
test.after(async () => {
  await browser?.close();
  server?.close();
});

test('three steps of training and the logits are the same bytes in a page and in Node', async () => {
  const page = await browser.newPage();
  const said: string[] = [];
  page.on('console', (message) => said.push(message.text()));
  page.on('pageerror', (error) => said.push(String(error)));
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  await page.waitForFunction(() => 'job' in globalThis, null, { timeout: 30_000 });
  const there = await page
    .evaluate(() => (globalThis as unknown as { job: typeof job }).job('webgpu', 1))
    .catch((error: Error) => {
      throw new Error(`${error.message}\n${said.join('\n')}`);
    });
  const here = await job('webgpu', 1);
  assert.match(there.device, /swiftshader/i);
  assert.ok((there.losses[1] as number) < (there.losses[0] as number), 'it learns');
  assert.equal(there.losses, here.losses);
  assert.is(there.digest, here.digest);
});
