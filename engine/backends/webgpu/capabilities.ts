// What an adapter can do. Which kernel variants that allows is the table's word (variants.ts).
import type { Preferred } from './variants.ts';

export interface Capabilities {
  readonly f16: boolean;
  /** Subgroups are always this wide; 0 where there are none or where the width varies. */
  readonly subgroup: number;
  /** f16 x f16 -> f32 matrices of 16 x 16 x 16. */
  readonly matrix: boolean;
  /** Dot products of four packed bytes. */
  readonly packed: boolean;
  /** Bytes of workgroup memory. */
  readonly workgroupBytes: number;
  readonly storageBuffers: number;
  /** Bytes that one binding may cover. */
  readonly bindingBytes: number;
  /** Workgroups that one dispatch may have along an axis. */
  readonly groupsPerAxis: number;
  /** Whether the adapter is software: small tiles compile sooner there. */
  readonly software: boolean;
  /** Milliseconds that one submission should take at most. */
  readonly submissionMs: number;
  /** Parameters of kernels forced for a search or a test, over those that the lowering would choose. */
  readonly force: Readonly<Record<string, number>>;
  /** Kernel variants asked for by name, over those that the table would choose. */
  readonly preferred: Preferred;
}
