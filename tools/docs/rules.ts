// The rules behind an error code, as anchors for a bundle: read from the index where there is one already. A repair does not
// wait for one to be built; `rusta explain` builds it.
import { RustaError } from '../../schemas/errors.ts';
import type { Anchor } from '../../schemas/types.ts';
import { cacheFolder } from '../sandbox/cache.ts';
import type { Toolchain } from '../sandbox/types.ts';
import { explainCode } from './explain.ts';
import { type Docs, isBuilt, openDocs } from './index/open.ts';

const opened = new Map<string, Promise<Docs | null>>();

/** Sentences of the Reference, the Book or the Nomicon; none without an index. */
export async function rulesBehind(toolchain: Toolchain, code: string): Promise<Anchor[]> {
  const { sysroot, rustc, version } = toolchain;
  const docs = await (opened.get(sysroot) ?? open({ cache: cacheFolder(), sysroot, rustc, version }));
  if (docs === null) return [];
  try {
    return explainCode(docs, code)
      .claims.flatMap(({ role, anchors }) => (role === 'rule' ? anchors : []))
      .filter(({ source }) => !source.startsWith('error_codes/'));
  } catch (error) {
    if (error instanceof RustaError && error.code === 'index-damaged') return [];
    throw error;
  }
}

function open(options: Parameters<typeof openDocs>[0]): Promise<Docs | null> {
  // What is damaged is left to `rusta explain`, which says so and builds it again.
  const docs = Promise.resolve()
    .then(() => (isBuilt(options) ? openDocs({ ...options, build: false }) : null))
    .catch(() => null);
  opened.set(options.sysroot, docs);
  return docs;
}
