// Between what a proposer asks and what it reads: places in bytes, several questions in one run, names with their types.
import { askedExpected, askedNames, askedType } from '../../conductor/proposers/support/asked.ts';
import { writeType } from '../../conductor/proposers/support/rust-type.ts';
import { answerNames, answerTypes, questionAction } from '../../conductor/questions.ts';
import type { ProbeRequest, ProposeInput } from '../../conductor/types.ts';
import type { Observation } from '../../schemas/types.ts';
import { loadGrammar, SourceFile } from '../../tools/index/source.ts';
import { checkAction } from '../../tools/registry.ts';
import { assert, test } from '../support/harness.ts';
import { localWorker, unitOf } from '../support/local-worker.ts';

const file = new SourceFile(
  'src/lib.rs',
  `// é🦀: bytes and indices part here
fn scale(width: f64, by: u8) -> f64 { width * f64::from(by) }

pub fn area(width: f64) -> f64 {
    let factor = "ab".len();
    scale(width, unknown)
}
`,
);
const state = '0123456789abcdef';
const range = (text: string, after = ''): { start: number; end: number } => {
  const start = file.text.indexOf(text, file.text.indexOf(after));
  return { start, end: start + text.length };
};

test('a question becomes an action of the registry, with byte offsets', () => {
  const place = range('factor');
  const bytes = Buffer.byteLength(file.text.slice(0, place.start));
  assert.not.equal(bytes, place.start);
  const requests: ProbeRequest[] = [
    { kind: 'type', file: file.path, ...place },
    { kind: 'type', file: file.path, ...place, want: 'expected' },
    { kind: 'names', file: file.path, at: place.start },
  ];
  const actions = requests.map((request) => questionAction(request, file, state, 'p/lib/p'));
  for (const action of actions) checkAction(action);
  assert.equal(actions[0]?.args, {
    state,
    file: file.path,
    start: bytes,
    end: bytes + 'factor'.length,
    unit: 'p/lib/p',
  });
  assert.is(actions[1]?.args.want, 'expected');
  assert.equal(actions[2]?.args, { state, file: file.path, at: bytes });
  assert.throws(() => checkAction({ ...actions[1], args: { ...actions[1]?.args, want: 'all' } } as never));
});

test.needs('cargo', 'questions of one state share runs of rustc, and proposers read the answers', async () => {
  await loadGrammar();
  const worker = await localWorker();
  try {
    const places = [range('factor'), range('width', 'scale(width'), range('unknown')] as const;
    const wants = ['type', 'type', 'expected'] as const;
    const actions = places.map((place, index) =>
      questionAction({ kind: 'type', file: file.path, ...place, want: wants[index] as 'type' }, file, state, undefined),
    );
    const overlay = new Map([[file.path, Buffer.from(file.text)]]);
    const context = { worker, unit: unitOf(worker, file.path), overlay, source: () => file };
    const types = await answerTypes(
      context,
      actions.map(({ args }) => args),
    );
    // One run for the types, one for what is expected.
    assert.is(worker.runs(), 2);
    const at = range('unknown').start;
    const sources = { files: [file.path], source: () => file };
    const names = answerNames(
      sources,
      questionAction({ kind: 'names', file: file.path, at }, file, state, undefined).args,
    );
    const observe = (tool: string, data: object): Observation => ({
      v: 1,
      action: state,
      tool,
      ok: true,
      elapsed_ms: 0,
      toolchain: '',
      data: { ...data },
    });
    const input = {
      ...sources,
      observations: [...types.map((data) => observe('probe_type', data)), observe('probe_names', names)],
    } as unknown as ProposeInput;
    const [factor, width, unknown] = places;
    const said = [askedType(input, file, factor), askedType(input, file, width), askedExpected(input, file, unknown)];
    assert.equal(
      said.map((type) => type && writeType(type)),
      ['usize', 'f64', 'u8'],
    );
    assert.is(askedType(input, file, unknown), null, 'what was not asked has no answer');
    const known = askedNames(input, file, at);
    assert.equal(
      known,
      askedNames({ ...input, observations: [] }, file, at),
      'without an answer the index says the same',
    );
    const local = known.find(({ name }) => name === 'factor');
    assert.equal(local?.declared && file.range(local.declared), factor);
  } finally {
    await worker.close();
  }
});
