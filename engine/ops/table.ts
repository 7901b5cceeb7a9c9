// The one table of ops: what each means, how its gradient is built, and the cases that it is tried on.
import { attentions } from './attention.ts';
import type { OpTable } from './def.ts';
import { elementwise } from './elementwise.ts';
import { embeddings } from './embedding.ts';
import { layout } from './layout.ts';
import { products } from './matmul.ts';
import { norms } from './norm.ts';
import { quantised } from './quantised.ts';
import { random } from './random.ts';
import { reductions } from './reduce.ts';
import { ropes } from './rope.ts';
import { distributions } from './softmax.ts';
import { updates } from './update.ts';

export const table: OpTable = {
  ...elementwise,
  ...layout,
  ...reductions,
  ...products,
  ...distributions,
  ...norms,
  ...ropes,
  ...attentions,
  ...embeddings,
  ...random,
  ...updates,
  ...quantised,
} satisfies OpTable;
