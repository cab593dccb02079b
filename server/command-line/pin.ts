import 'server-only';
import { normaliseUpn } from '#domain/identity';
import type { Result } from '#domain/result';
import { deviceNamesOf } from '../device.ts';
import { findUser } from '../identity.ts';
import { type ContainerState, listContainers } from '../key-container.ts';
import { clearPinTries, requirePinChange } from '../pin-help.ts';
import type { Runtime } from '../runtime.ts';
import type { Command } from './command.ts';
import { UsageError } from './usage.ts';

export const pinCommands: Readonly<Record<string, Command>> = {
  'pin clear-tries': {
    usage: 'pin clear-tries <upn> [--device <name or ID>]',
    about: "Forget what was tried at the PINs of a person's software keys, or of the one on a device",
    run: async (runtime, [upn], { device }) => {
      const lines: string[] = [];
      for (const { id, counter, where } of await pinsOf(runtime, upn, device)) {
        value(await clearPinTries(runtime, null, { containerId: id }));
        lines.push(`${where}\ttries cleared: ${counter.tries}`);
      }
      return lines.join('\n');
    },
  },
  'pin require-change': {
    usage: 'pin require-change <upn> [--device <name or ID>]',
    about: "Ask for a new PIN at the next use of a person's software keys, or of the one on a device",
    run: async (runtime, [upn], { device }) => {
      const lines: string[] = [];
      for (const { id, where } of await pinsOf(runtime, upn, device)) {
        value(await requirePinChange(runtime, null, { containerId: id }));
        lines.push(`${where}\tnew PIN asked for`);
      }
      return lines.join('\n');
    },
  },
};

/** The software keys of a person with the names of their devices; those on one device where it is named. */
async function pinsOf(
  runtime: Runtime,
  upn: string | undefined,
  device: string | boolean | undefined,
): Promise<readonly (ContainerState & { readonly where: string })[]> {
  if (upn === undefined) throw new UsageError('A UPN is needed, such as mia@tidewater.example.');
  const user = await findUser(runtime, normaliseUpn(upn));
  if (user === null) throw new UsageError(`There is nobody called ${upn}.`);
  const containers = await listContainers(runtime, { userId: user.id });
  const names = await deviceNamesOf(
    runtime,
    containers.map(({ deviceId }) => deviceId),
  );
  const all = containers.map((each) => ({ ...each, where: names.get(each.deviceId) ?? each.deviceId }));
  const meant = all.filter(
    ({ deviceId, where }) => device === undefined || deviceId === device || where === device,
  );
  if (meant.length > 0) return meant;
  const theirs = all.map(({ where }) => where).join(', ');
  if (theirs === '') throw new UsageError(`No browser keeps a software key of ${upn}.`);
  throw new UsageError(`No browser of ${device} keeps a software key of ${upn}. Theirs are on: ${theirs}.`);
}

function value<T>(result: Result<T>): T {
  if (!result.ok) throw new UsageError(`${result.problem.title} ${result.problem.detail}`);
  return result.value;
}
