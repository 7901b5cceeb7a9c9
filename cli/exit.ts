// The exit code of a result. Errors carry their own kind (schemas/errors.ts).
import type { EpisodeResult } from '../conductor/result.ts';
import { exitCodes } from '../schemas/errors.ts';

/** 0 fixed or clean; else what ended the search if something did, else 1; 5 refused. `chosen`: a person took the patch. */
export function exitCode(result: EpisodeResult, chosen: boolean): number {
  if (result.budget === 'interrupted') return exitCodes.interrupted;
  switch (result.status) {
    case 'fixed':
    case 'clean':
      return exitCodes.ok;
    case 'refused':
      return exitCodes.refused;
    case 'partial':
    case 'unsure':
    case 'unfixed':
      if (chosen) return exitCodes.ok;
      return result.budget === null ? exitCodes.notFixed : exitCodes.budget;
  }
}
