// Anchors that were shown, by their id, with the text they stood for: what `rusta anchor` looks up. Finding a span again is
// tools/docs/anchor.ts's work.
import type { Anchor } from '../schemas/types.ts';
import { validate } from '../schemas/validate.ts';
import type { Database } from './table.ts';

export interface AnchorRecord {
  readonly anchor: Anchor;
  /** The span's text when it was cited. */
  readonly text: string;
  /** Folder that a code anchor's file is in; null for the documentation. */
  readonly root: string | null;
}

export interface Anchors {
  putAnchors(records: readonly AnchorRecord[]): Promise<void>;
  /** Anchors whose id starts so, in order of id. */
  anchors(start: string): AnchorRecord[];
}

export function anchors(database: Database): Anchors {
  const table = database.table<AnchorRecord>('anchors');
  return {
    putAnchors: (records) =>
      database.write(() => {
        for (const record of records) table.put(record.anchor.id, record);
      }),
    anchors: (start) =>
      table
        .entries('')
        .flatMap(({ key, value }) =>
          key.startsWith(start) ? [{ ...value, anchor: validate('anchor', value.anchor, `stored anchor ${key}`) }] : [],
        ),
  };
}
