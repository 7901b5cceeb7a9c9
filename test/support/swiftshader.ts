// A software GPU for tests, without any system package: SwiftShader and a Vulkan loader as @sparticuz/chromium ships them.
// The loader is found through variables that must be set before a process starts: tests run in a child that has them.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';

const require = createRequire(import.meta.url);

/** Folder of the unpacked libraries; unpacked once for each version of the package. */
export function swiftshaderFolder(): string {
  const main = require.resolve('@sparticuz/chromium');
  const root = main.slice(0, main.lastIndexOf('chromium') + 'chromium'.length);
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  const folder = join(tmpdir(), `rusta-swiftshader-${version}-${process.getuid?.() ?? 0}`);
  if (existsSync(join(folder, 'vk_swiftshader_icd.json'))) return folder;
  const staging = `${folder}.${process.pid}`;
  mkdirSync(staging, { recursive: true });
  const archive = brotliDecompressSync(readFileSync(join(root, 'bin/swiftshader.tar.br')));
  const tar = spawnSync('tar', ['-xf', '-', '-C', staging], { input: archive });
  if (tar.status !== 0) throw new Error(`cannot unpack SwiftShader: ${tar.stderr}`);
  try {
    renameSync(staging, folder);
  } catch {
    rmSync(staging, { recursive: true, force: true }); // Another process was first.
  }
  return folder;
}

/** Variables with which a process finds SwiftShader and no other adapter. */
export function swiftshaderEnv(): Record<string, string> {
  const folder = swiftshaderFolder();
  const paths = [folder, process.env.LD_LIBRARY_PATH].filter((path) => path !== undefined && path !== '');
  return { LD_LIBRARY_PATH: paths.join(':'), VK_DRIVER_FILES: join(folder, 'vk_swiftshader_icd.json') };
}

