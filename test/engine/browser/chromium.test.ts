// The engine in a page: bundled by esbuild, run in a real headless Chromium, with cross-origin isolation (threads over
// shared memory) and without. It gives the same bytes as in Node.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { build } from 'esbuild';
import type { Browser } from 'playwright-core';
import { launchChromium } from '../../support/chromium.ts';
import { assert, test } from '../../support/harness.ts';
import { type JobResult, job } from './job.ts';

// Node 20 has relaxed SIMD behind a flag, which Chromium and Node 24 do not need: products are fused there and here alike.
setFlagsFromString('--experimental-wasm-relaxed-simd');

export const timeoutMs = 300_000;

const source = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const pages = { '/isolated': true, '/plain': false };

let files = new Map<string, Uint8Array>();
let browser: Browser;
let server: Server;
let origin = '';

test.before(async () => {
  const bundled = await build({
    entryPoints: { page: source('./page.ts'), worker: source('../../../engine/backends/wasm/worker.ts') },
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    outdir: '/',
    write: false,
    logLevel: 'error',
  });
  files = new Map(bundled.outputFiles.map(({ path, contents }) => [path, contents]));
  server = createServer(({ url = '/' }, response) => {
    const script = files.get(url);
    const isolation = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };
    if (script !== undefined) {
      // A worker of an isolated page has to say that it is isolated too.
      response.writeHead(200, { 'Content-Type': 'text/javascript', ...isolation }).end(script);
    } else if (url in pages) {
      const headers = pages[url as keyof typeof pages] ? isolation : {};
      response.writeHead(200, { 'Content-Type': 'text/html', ...headers });
      response.end('<!doctype html><meta charset="utf-8"><script type="module" src="/page.js"></script>');
    } else response.writeHead(404).end();
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  browser = await launchChromium();
});
test.after(async () => {
  await browser?.close();
  server?.close();
});

async function inPage(path: keyof typeof pages, device: 'reference' | 'wasm', threads: number): Promise<JobResult> {
  const page = await browser.newPage();
  const said: string[] = [];
  page.on('console', (message) => said.push(message.text()));
  page.on('pageerror', (error) => said.push(String(error)));
  try {
    await page.goto(origin + path);
    await page.waitForFunction(() => 'job' in globalThis, null, { timeout: 20_000 });
    assert.is(await page.evaluate(() => crossOriginIsolated), pages[path]);
    return await page.evaluate(
      ([device, threads]) => (globalThis as unknown as { job: typeof job }).job(device, threads),
      [device, threads] as const,
    );
  } catch (error) {
    throw new Error(`${said.join('\n')}\n${error instanceof Error ? error.message : error}`);
  } finally {
    await page.close();
  }
}

test('nothing that a page loads asks for Node', () => {
  for (const [path, contents] of files) {
    const text = new TextDecoder().decode(contents);
    assert.not.match(text, /from\s*["']node:|import\(["']node:|require\(["']/, path);
  }
});

test('the reference gives the same bytes in a page as in Node', async () => {
  const here = await job('reference', 1);
  const there = await inPage('/plain', 'reference', 1);
  assert.is(there.digest, here.digest);
  assert.ok((there.losses[1] as number) < (there.losses[0] as number), 'it learns');
});

test('in an isolated page WebAssembly computes on two threads, and gives the same bytes as Node', async () => {
  const here = await job('wasm', 2);
  const there = await inPage('/isolated', 'wasm', 2);
  assert.match(there.device, /2 threads/);
  assert.is(there.digest, here.digest);
});

test('in a page that is not isolated it computes on one thread, and gives the same bytes', async () => {
  const here = await job('wasm', 1);
  const there = await inPage('/plain', 'wasm', 2);
  assert.match(there.device, /1 thread\b/);
  assert.is(there.digest, here.digest);
});
