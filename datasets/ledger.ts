// The ledger: one record a source, as YAML that a person can read and a diff can show. Reading and writing alone; what is in
// it is decided by snapshot.ts.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { RustaError } from '../schemas/errors.ts';
import type { LedgerRecord } from '../schemas/types.ts';
import { validate } from '../schemas/validate.ts';

/** File of the ledger that a record stands in. */
export function ledgerFile({ how, split }: LedgerRecord): string {
  if (split === 'none') return 'refused.yaml';
  return how === 'rust-docs' ? 'rust-docs.yaml' : 'crates.yaml';
}

const heads: Readonly<Record<string, string>> = {
  'crates.yaml':
    'Crates that are read. Written by `trainer data snapshot`; the licence gate runs over it in the tests.',
  'refused.yaml': 'Sources that are left out, each with the reason.',
  'rust-docs.yaml': 'What is read of the installed documentation (component rust-docs).',
};

/** All records of the ledger in `folder`, by file and then as written. Throws RustaError for what breaks the schema. */
export function readLedger(folder: string): LedgerRecord[] {
  if (!existsSync(folder)) {
    throw new RustaError(`there is no ledger at ${folder}`, {
      code: 'ledger-missing',
      op: 'data',
      hint: 'trainer data snapshot makes it',
      exit: 'usage',
    });
  }
  return readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .sort()
    .flatMap((name) => readLedgerText(join(folder, name), readFileSync(join(folder, name), 'utf8')));
}

export function readLedgerText(name: string, text: string): LedgerRecord[] {
  let records: unknown;
  try {
    records = parse(text);
  } catch (cause) {
    throw new RustaError(`${name} is not YAML`, { code: 'ledger-broken', op: 'data', cause });
  }
  if (!Array.isArray(records)) {
    throw new RustaError(`${name} holds no list of records`, { code: 'ledger-broken', op: 'data' });
  }
  return records.map((record, index) => validate('ledger_record', record, `${name}, record ${index + 1}`));
}

/** Writes the whole ledger, a record a line, in order of name and version. */
export function writeLedger(folder: string, records: readonly LedgerRecord[]): void {
  mkdirSync(folder, { recursive: true });
  const files = new Map(Object.keys(heads).map((name) => [name, [] as LedgerRecord[]]));
  for (const record of records) files.get(ledgerFile(record))?.push(record);
  for (const [name, held] of files) {
    const lines = held
      .toSorted((a, b) => order(a.name, b.name) || order(a.version, b.version))
      .map(
        (record) =>
          `- { ${Object.entries(record)
            .map(([key, value]) => `${key}: ${scalar(value)}`)
            .join(', ')} }\n`,
      );
    writeFileSync(join(folder, name), `# ${heads[name]}\n${lines.length === 0 ? '[]\n' : lines.join('')}`);
  }
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** JSON is YAML; plain where no reader could take it for something else. */
function scalar(value: unknown): string {
  return typeof value === 'string' &&
    /^[A-Za-z][A-Za-z0-9/_-]*(?: [A-Za-z][A-Za-z0-9/_.-]*)*$/.test(value) &&
    !/^(?:true|false|null|yes|no|on|off|y|n)$/i.test(value)
    ? value
    : JSON.stringify(value);
}
