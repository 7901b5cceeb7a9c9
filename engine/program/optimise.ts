// From what was recorded to what a backend is given.
import { fuse } from './fuse.ts';
import { seal } from './seal.ts';
import { withoutDeadCode, withoutRepeats } from './simplify.ts';
import type { Program } from './types.ts';

export function optimise(program: Program): Program {
  return seal(fuse(withoutDeadCode(withoutRepeats(program))));
}
