// Opens a file of the installed documentation in whatever shows pages here.
import { pathToFileURL } from 'node:url';
import { RustaError } from '../../schemas/errors.ts';
import { run } from '../process.ts';

/** Ms that the program may take to hand the page over. */
const timeMs = 5000;

/** Throws RustaError `no-browser` with the address, so that a person can open it by hand. */
export async function openFile(path: string, browser: string | undefined = process.env.BROWSER): Promise<void> {
  const command =
    browser !== undefined && browser !== '' ? browser : process.platform === 'darwin' ? 'open' : 'xdg-open';
  const address = pathToFileURL(path).href;
  const result = await run(command, [address], { timeMs }).catch(() => null);
  if (result?.code === 0 || result?.timedOut === true) return;
  throw new RustaError(`${command} did not open ${address}`, {
    code: 'no-browser',
    op: 'explain',
    hint: 'set BROWSER, or open it by hand',
    exit: 'notFixed',
  });
}
