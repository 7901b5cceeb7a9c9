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

/**
 * Starts this test file's process again with SwiftShader as its adapter and passes on what that one reports; returns only
 * in the process that has it. With RUSTA_GPU=1 the machine's own adapter is taken, and elsewhere than on Linux too.
 */
export async function onSwiftshader(): Promise<void> {
  if (process.env.RUSTA_GPU === '1' || process.env.RUSTA_SWIFTSHADER === '1' || process.platform !== 'linux') return;
  const { spawn } = await import('node:child_process');
  const again = spawn(process.execPath, [...process.execArgv, ...process.argv.slice(1)], {
    env: { ...process.env, ...swiftshaderEnv(), RUSTA_SWIFTSHADER: '1' },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  again.on('message', (event) => process.send?.(event as Parameters<NonNullable<typeof process.send>>[0]));
  const code = await new Promise<number>((done) => again.on('exit', (status) => done(status ?? 1)));
  process.exit(code);
}
