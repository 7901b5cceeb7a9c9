// Bundles for the tests of tools/patch and tools/git, made of texts before and after. Not a test.
import { sha256, shortHash } from '../../../schemas/hash.ts';
import type { PatchBundle } from '../../../schemas/types.ts';
import { countLines, type TextChange, unifiedDiff } from '../../../tools/patch/diff.ts';
import { diffEdits } from '../../../tools/patch/edits.ts';

export function bundleOf(root: string, changes: readonly TextChange[]): PatchBundle {
  const lines = countLines(changes);
  return {
    v: 1,
    id: shortHash(root, JSON.stringify(changes)),
    episode: 'episode-0001',
    root,
    toolchain: 'rustc 1.0.0',
    status: 'fixed',
    files: changes.map(({ path, before, after }) => ({
      path,
      pre_sha256: sha256(before),
      post_sha256: sha256(after),
      edits: diffEdits(before, after) as PatchBundle['files'][number]['edits'],
    })),
    diff: unifiedDiff(changes),
    lines_added: lines.added,
    lines_removed: lines.removed,
    errors_before: 1,
    errors_after: 0,
    tests_before: null,
    tests_after: { passed: 2, failed: 0, ignored: 0 },
    fixes: [],
    candidates: [],
    anchors: [],
    confidence: 0.9,
    features: {},
    risks: [],
    known_failing: [],
  };
}
