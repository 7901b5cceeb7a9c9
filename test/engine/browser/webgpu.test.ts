// The WebGPU backend in a page: bundled by esbuild, on the software adapter of a headless Chromium, it trains a small model
// and generates bytes, and gives what it gives in Node on SwiftShader.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Browser, Page } from 'playwright-core';
import { launchChromium } from '../../support/chromium.ts';
import { assert, test } from '../../support/harness.ts';
import { onSwiftshader } from '../../support/swiftshader.ts';
import { job, written } from './job.ts';

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

/** Calls what the page's script has, by name; what the page said goes with a failure. */
async function inPage<T>(call: (page: Page) => Promise<T>): Promise<T> {
  const page = await browser.newPage();
  const said: string[] = [];
  page.on('console', (message) => said.push(message.text()));
  page.on('pageerror', (error) => said.push(String(error)));
  try {
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    await page.waitForFunction(() => 'job' in globalThis, null, { timeout: 30_000 });
    return await call(page);
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : error}\n${said.join('\n')}`);
  } finally {
    await page.close();
  }
}

test('three steps of training and the logits are the same bytes in a page and in Node', async () => {
  const there = await inPage((page) =>
    page.evaluate(() => (globalThis as unknown as { job: typeof job }).job('webgpu', 1)),
  );
  const here = await job('webgpu', 1);
  assert.match(there.device, /swiftshader/i);
  assert.ok((there.losses[1] as number) < (there.losses[0] as number), 'it learns');
  assert.equal(there.losses, here.losses);
  assert.is(there.digest, here.digest);
});

test('a checkpoint writes the same bytes on the GPU of a page, on the GPU in Node, and on the processor', async () => {
  const there = await inPage((page) =>
    page.evaluate(() => (globalThis as unknown as { written: typeof written }).written('webgpu', 1)),
  );
  assert.equal(
    there.map(({ length }) => length),
    [12, 12],
  );
  assert.ok(new Set(there.flat()).size > 4, 'not one byte again and again');
  assert.equal(await written('webgpu', 1), there);
  assert.equal(await written('wasm', 1), there);
});
