// The GPU's rows as one program for a bare host: rows.mjs [--filter WORD] [--quick] [--seconds N] [--robust] [--json FILE].
// --robust leaves Dawn's bounds checks on, as in a page, which cannot turn them off.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { gpuRows } from './measure.ts';

const { values } = parseArgs({
  options: {
    filter: { type: 'string' },
    quick: { type: 'boolean', default: false },
    seconds: { type: 'string', default: '300' },
    robust: { type: 'boolean', default: false },
    json: { type: 'string' },
  },
});
const rows = await gpuRows({
  ...(values.filter === undefined ? {} : { filter: values.filter }),
  quick: values.quick,
  seconds: Number(values.seconds),
  open: values.robust ? { toggles: ['allow_unsafe_apis', 'vulkan_enable_f16_on_nvidia'] } : {},
  say: (line) => console.log(line),
});
if (values.json !== undefined) writeFileSync(values.json, JSON.stringify(rows, null, 1));
process.exit(rows.length > 0 ? 0 : 1);
