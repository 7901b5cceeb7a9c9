// Which backends there are. Each is loaded when it is asked for: a page that computes on the GPU loads no WebAssembly.
import { RustaError } from '../../schemas/errors.ts';
import type { Backend, BackendInfo, BackendKind, BackendOptions, OpenBackend } from './backend.ts';

const loaders: { readonly [K in BackendKind]?: () => Promise<{ readonly open: OpenBackend }> } = {
  wasm: () => import('./wasm.ts'),
  reference: () => import('./reference.ts'),
  webgpu: () => import('./webgpu.ts'),
};

/** What `auto` tries, in order. Never the reference: it is there to be compared with, and thousands of times slower. */
const automatic: readonly BackendKind[] = ['webgpu', 'wasm'];

type Choice = BackendInfo['choices'][number];

/** Opens a backend by name, or the best that works here, and says why it is this one. */
export async function openBackend(
  device: BackendKind | 'auto',
  options: BackendOptions,
): Promise<{ readonly backend: Backend; readonly choice: Choice }> {
  if (device !== 'auto') {
    const backend = await load(device)(options);
    return { backend, choice: { what: 'device', chosen: device, why: 'asked for by name' } };
  }
  const refused: string[] = [];
  for (const kind of automatic) {
    if (loaders[kind] === undefined) continue;
    try {
      const backend = await load(kind)({ ...options, auto: true });
      const why = refused.length === 0 ? 'the fastest kind there is' : refused.join('; ');
      return { backend, choice: { what: 'device', chosen: kind, why } };
    } catch (error) {
      if (!(error instanceof RustaError)) throw error;
      refused.push(`${kind}: ${error.message.replace(`${error.op}: `, '')}`);
    }
  }
  throw new RustaError(`no device works here (${refused.join('; ')})`, {
    code: 'no-device',
    op: 'openDevice',
    hint: "openDevice({ device: 'reference' }) always works, slowly",
  });
}

function load(kind: BackendKind): OpenBackend {
  const loader = loaders[kind];
  if (loader === undefined) {
    const known = Object.keys(loaders).join(', ');
    throw new RustaError(`there is no device '${kind}'`, {
      code: 'no-device',
      op: 'openDevice',
      expected: `auto, ${known}`,
      got: String(kind),
    });
  }
  return async (options) => (await loader()).open(options);
}
