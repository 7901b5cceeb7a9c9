// A real headless Chromium for tests, without any system package: as @sparticuz/chromium ships it, unpacked once for each of
// its versions, driven by playwright-core.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliDecompressSync } from 'node:zlib';
import { type Browser, chromium } from 'playwright-core';

const packed = fileURLToPath(new URL('../../node_modules/@sparticuz/chromium', import.meta.url));

/** The folder that holds the browser and the libraries that it may lack. */
function unpacked(): string {
  const { version } = JSON.parse(readFileSync(join(packed, 'package.json'), 'utf8')) as { version: string };
  const folder = join(tmpdir(), `rusta-chromium-${version}-${process.getuid?.() ?? 0}`);
  if (existsSync(folder)) return folder;
  const staging = `${folder}.${process.pid}`;
  mkdirSync(staging, { recursive: true });
  const bytes = (name: string): Buffer => brotliDecompressSync(readFileSync(join(packed, 'bin', name)));
  writeFileSync(join(staging, 'chromium'), bytes('chromium.br'), { mode: 0o755 });
  for (const name of ['al2023.tar.br', 'swiftshader.tar.br', 'fonts.tar.br']) {
    const { status, stderr } = spawnSync('tar', ['-xf', '-', '-C', staging], { input: bytes(name) });
    if (status !== 0) throw new Error(`cannot unpack ${name}: ${stderr}`);
  }
  try {
    renameSync(staging, folder);
  } catch {
    // Another process was first.
    rmSync(staging, { recursive: true, force: true });
  }
  return folder;
}

/** @param webgpu with its WebGPU on the software adapter. */
export async function launchChromium({ webgpu = false }: { readonly webgpu?: boolean } = {}): Promise<Browser> {
  const folder = unpacked();
  const paths = [join(folder, 'lib'), folder, process.env.LD_LIBRARY_PATH].filter((path) => path !== undefined);
  return chromium.launch({
    executablePath: join(folder, 'chromium'),
    args: [
      '--no-sandbox',
      '--headless=shell',
      ...(webgpu ? ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'] : ['--disable-gpu']),
    ],
    env: { ...process.env, LD_LIBRARY_PATH: paths.join(':'), FONTCONFIG_PATH: folder },
  });
}
