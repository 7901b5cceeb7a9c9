// The flags by which a command chooses the device that it runs on, and what is said of the choice.
import type { Device, DeviceKind } from '../engine/device.ts';
import { RustaError } from '../schemas/errors.ts';
import type { Args, Flag } from './command.ts';
import type { Terminal } from './terminal.ts';

export const deviceKinds: readonly DeviceKind[] = ['auto', 'webgpu', 'wasm', 'reference'];

export const deviceFlags: readonly Flag[] = [
  {
    name: 'device',
    kind: 'text',
    value: 'KIND',
    choices: deviceKinds,
    describe: 'where it runs (auto: a GPU where there is one)',
  },
  { name: 'adapter', kind: 'text', value: 'NAME', describe: 'which GPU: part of its name, or software (the fastest)' },
  { name: 'threads', kind: 'text', value: 'N', describe: 'threads of the processor (all cores)' },
];

export interface Asked {
  readonly device: DeviceKind;
  readonly threads?: number;
  readonly adapter?: string;
}

/** What the flags say. @throws RustaError `usage` */
export function askedOf(args: Args): Asked {
  const threads = args.text('threads');
  if (threads !== null && !/^[1-9]\d?$/.test(threads))
    throw new RustaError(`--threads should be a whole number from 1 to 99, found ${JSON.stringify(threads)}`, {
      code: 'usage',
      op: 'device',
      exit: 'usage',
    });
  const device = (args.text('device') ?? 'auto') as Asked['device'];
  const adapter = args.text('adapter');
  if (adapter !== null && device !== 'webgpu')
    throw new RustaError('--adapter goes with --device webgpu', { code: 'usage', op: 'device', exit: 'usage' });
  return {
    device,
    ...(threads === null ? {} : { threads: Number(threads) }),
    ...(adapter === null ? {} : { adapter }),
  };
}

/** Opens it, and says what was chosen where that was left open. @throws RustaError `no-device`. */
export async function deviceOf(args: Args, terminal: Terminal): Promise<Device> {
  const { openDevice } = await import('../engine/device.ts');
  const asked = askedOf(args);
  const device = await openDevice(asked);
  if (asked.device === 'auto') {
    const [choice] = device.info().choices;
    if (choice !== undefined) terminal.err(`${choice.what}: ${choice.chosen} (${choice.why})\n`);
  }
  return device;
}
