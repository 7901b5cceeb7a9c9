// What the commands of `npm run eval` share in reading their words.
import { RustaError } from '../../schemas/errors.ts';
import type { Args } from '../command.ts';

/** A flag that takes a whole number from 1; null when it is not given. Throws RustaError (`usage`). */
export function count(args: Args, command: string, name: string): number | null {
  const written = args.text(name);
  if (written === null) return null;
  if (/^[1-9][0-9]{0,5}$/.test(written)) return Number(written);
  throw usage(command, `--${name} should be a whole number from 1, found ${JSON.stringify(written)}`);
}

export function usage(command: string, message: string): RustaError {
  return new RustaError(message, {
    code: 'usage',
    op: command,
    hint: `npm run eval -- ${command} --help`,
    exit: 'usage',
  });
}
