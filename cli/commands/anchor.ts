// `rusta anchor resolve ID`, `rusta anchor check FILE`: is what was cited still there, and what does it say?
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { exitCodes, RustaError } from '../../schemas/errors.ts';
import type { Anchor } from '../../schemas/types.ts';
import { type Command, type Context, jsonFlag } from '../command.ts';
import { harmless, oneLine } from '../text.ts';

export const anchor: Command = {
  name: 'anchor',
  describe: 'resolve a citation, or check those of a bundle, an entry or an explanation',
  positionals: [
    { name: 'action', describe: 'resolve or check', required: true, completes: ['resolve', 'check'] },
    {
      name: 'what',
      describe: "resolve: an anchor's id or the start of it; check: a JSON file",
      required: true,
      completes: 'path',
    },
  ],
  flags: [
    {
      name: 'root',
      kind: 'text',
      value: 'DIR',
      describe: "check: the crate that the file's anchors into code are about",
    },
    jsonFlag,
    { name: 'debug', kind: 'switch', describe: 'show where an internal error came from' },
  ],

  async run(args, context): Promise<number> {
    const action = args.text('action');
    const what = args.text('what') as string;
    if (action !== 'resolve' && action !== 'check') {
      throw new RustaError(`unexpected ${JSON.stringify(action)}`, {
        code: 'usage',
        op: 'anchor',
        hint: 'resolve or check',
        exit: 'usage',
      });
    }
    const found =
      action === 'resolve' ? await stored(what) : anchorsIn(resolve(context.cwd, what), args.text('root'), context);
    const { resolveIn } = await import('../../tools/docs/resolve.ts');
    const reader = await import('../../tools/docs/resolve.ts').then(({ installedTexts }) =>
      installedTexts(context.cwd),
    );
    const results = found.map(({ anchor: one, root }) => ({ anchor: one, ...resolveIn(one, root, reader) }));
    const lost = results.filter(({ state }) => state === 'lost');
    if (args.on('json')) context.terminal.out(`${JSON.stringify({ v: 1, type: 'anchors', anchors: results })}\n`);
    else {
      for (const result of results) {
        const { anchor: one, state } = result;
        const where = state === 'lost' ? '' : `  bytes ${result.start}-${result.end}`;
        context.terminal.out(`${state.padEnd(6)}${one.id}  ${one.kind}  ${oneLine(one.source)}${where}\n`);
        if (action === 'resolve' && state !== 'lost') context.terminal.out(`${harmless(result.text)}\n`);
        if (state === 'lost') context.terminal.out(`      ${oneLine(result.why)}\n`);
      }
      if (action === 'check')
        context.terminal.out(`${results.length - lost.length} of ${results.length} anchors are true\n`);
    }
    return lost.length === 0 ? exitCodes.ok : exitCodes.notFixed;
  },
};

interface Wanted {
  readonly anchor: Anchor;
  readonly root: string | null;
}

async function stored(start: string): Promise<Wanted[]> {
  const { openStore } = await import('../../memory/store.ts');
  const store = await openStore();
  try {
    const found = /^[0-9a-f]{4,16}$/.test(start) ? store.anchors(start) : [];
    const inBundles = store
      .workspaces()
      .flatMap((root) =>
        store
          .bundles(root)
          .flatMap(({ bundle }) =>
            bundle.anchors.filter(({ id }) => id.startsWith(start)).map((one) => ({ anchor: one, root })),
          ),
      );
    const all = new Map([...inBundles, ...found].map((one) => [one.anchor.id, one]));
    if (all.size === 1) return [...all.values()];
    throw new RustaError(
      all.size === 0 ? `there is no anchor ${JSON.stringify(start)}` : `${start} is the start of ${all.size} anchors`,
      {
        code: 'anchor-unknown',
        op: 'anchor',
        hint: '`rusta explain --why` lists the anchors of an answer',
        exit: 'usage',
      },
    );
  } finally {
    await store.close();
  }
}

/** Every anchor in a JSON document, wherever it stands. */
function anchorsIn(path: string, root: string | null, { cwd }: Context): Wanted[] {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new RustaError(`${path} is not JSON that can be read`, {
      code: 'file-broken',
      op: 'anchor check',
      exit: 'usage',
      cause,
    });
  }
  const found: Wanted[] = [];
  const own = (value as { root?: unknown }).root;
  const base = root !== null ? resolve(cwd, root) : typeof own === 'string' ? own : cwd;
  const visit = (one: unknown): void => {
    if (Array.isArray(one)) for (const inner of one) visit(inner);
    else if (typeof one === 'object' && one !== null) {
      const { span_sha256: span, id, source } = one as Partial<Anchor>;
      if (typeof span === 'string' && typeof id === 'string' && typeof source === 'string')
        found.push({ anchor: one as Anchor, root: base });
      else for (const inner of Object.values(one)) visit(inner);
    }
  };
  visit(value);
  if (found.length === 0)
    throw new RustaError(`${path} holds no anchors`, { code: 'file-broken', op: 'anchor check', exit: 'usage' });
  return found;
}
