// Stores that cannot be used, and patches that do not fit any more: nothing is written, nothing is lost.
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { openDatabase } from '../../memory/store.ts';
import { assert, test } from '../support/harness.ts';
import { broken, Place, says } from './support.ts';

const needs = ['bubblewrap', 'cargo'] as const;

/** A place of its own for each: a store is opened once a process. */
async function within(use: (place: Place) => Promise<void>): Promise<void> {
  const place = new Place();
  try {
    await use(place);
  } finally {
    place.remove();
  }
}

test('a store of a newer version is refused by name', () =>
  within(async (place) => {
    const { database, close } = await openDatabase(place.path('.state/rusta'));
    await database.write(() => database.table<number>('meta').put('version', 99));
    await close();
    const said = await place.run('log');
    says(said, 5, /store open: .*written by a newer Rusta.*version 99/);
    says(said, 5, /hint: use the Rusta that wrote it, or set XDG_STATE_HOME/);
  }));

test('a store that is damaged is refused, and nothing of it is deleted', () =>
  within(async (place) => {
    const path = place.write('.state/rusta/store.mdb', Buffer.alloc(20_000, 'x'));
    place.crate('crate', { 'src/lib.rs': broken });
    const said = await place.fix('crate');
    says(said, 5, /error: store open: the files in .*\.state\/rusta are damaged: /);
    says(said, 5, /hint: move that folder away and run again/);
    assert.ok(readFileSync(path).equals(Buffer.alloc(20_000, 'x')));
  }));

test('a state folder that is a file is refused', () =>
  within(async (place) => {
    place.write('.state', '');
    says(await place.run('log'), 2, /store open: cannot write in .*\.state\/rusta/);
  }));

test('without a bundle there is nothing to apply', () =>
  within(async (place) => {
    for (const command of ['apply', 'rollback', 'show']) says(await place.run(command), 2, /there is no bundle yet$/);
  }));

test.needs(needs, 'a patch is applied once, taken back once, and never over an edit', () =>
  within(async (place) => {
    place.crate('crate', { 'src/lib.rs': broken });
    const file = place.path('crate/src/lib.rs');
    says(await place.fix('crate'), 0, /^fixed: /);
    says(await place.run('apply'), 0, /^applied .* to 1 file in .*: src\/lib\.rs$/);
    says(await place.run('apply'), 5, /src\/lib\.rs already holds this patch; nothing was changed$/);
    says(await place.run('rollback'), 0, /^took .* back from 1 file/);
    assert.is(readFileSync(file, 'utf8'), broken);
    says(await place.run('rollback'), 5, /does not hold this patch: it is as before; nothing was changed$/);
    appendFileSync(file, '// an edit\n');
    says(await place.run('apply'), 5, /src\/lib\.rs changed since this patch was made; nothing was changed$/);
    assert.is(readFileSync(file, 'utf8'), `${broken}// an edit\n`);
    writeFileSync(file, broken);
    says(await place.run('apply'), 0, /^applied/);
    appendFileSync(file, '// an edit\n');
    says(await place.run('rollback'), 5, /src\/lib\.rs was edited since the patch was applied; nothing was changed$/);
    assert.match(readFileSync(file, 'utf8'), /sum\n}[\s\S]*\/\/ an edit\n$/);
  }),
);

test.needs(needs, 'what is unsure or partial is never written by --apply, and partial not by apply', () =>
  within(async (place) => {
    place.crate('unsure', { 'src/lib.rs': broken });
    says(await place.fix('unsure', '--apply', '--unsure-below', '1'), 1, /^unsure: /);
    place.crate('partial', { 'src/lib.rs': `mod absent_module;\n${broken}` });
    says(await place.fix('partial', '--apply', '--budget', '60'), 1, /^partial: /);
    says(await place.run('apply'), 5, /is not for applying: it is partial$/);
  }),
);
