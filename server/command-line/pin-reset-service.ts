import 'server-only';
import type { Result } from '#domain/result';
import {
  type RegistrationState,
  readPinResetService,
  registerPinResetService,
  rotatePinResetService,
  withdrawPinResetService,
} from '../pin-reset-registration.ts';
import type { Command } from './command.ts';
import { UsageError } from './usage.ts';

export const pinResetServiceCommands: Readonly<Record<string, Command>> = {
  'pin-reset-service status': {
    usage: 'pin-reset-service status [--json]',
    about: 'Whether the PIN reset service is registered, and its keys',
    run: async (runtime, _words, options) => {
      const service = await readPinResetService(runtime);
      if (options.json === true) return JSON.stringify(service);
      const { state, registeredAt, by, ticketKey, keys, protectors } = service;
      return [
        stateWords[state],
        ...(registeredAt === null ? [] : [`Registered ${registeredAt.toISOString()} by ${by}`]),
        ...(ticketKey === null ? [] : [`Key for tickets\t${ticketKey}`]),
        `Devices with a protector\t${protectors}`,
        ...(keys ?? []).map(
          ({ kid, createdAt }, at) =>
            `Key\t${kid}\t${createdAt}\t${at === 0 ? 'for new protectors' : 'for old protectors'}`,
        ),
      ].join('\n');
    },
  },
  'pin-reset-service register': {
    usage: 'pin-reset-service register',
    about: 'Give both consents: people may keep their key through a PIN reset, where EnablePinRecovery is on',
    run: async (runtime) => {
      value(await registerPinResetService(runtime, null));
      return 'The PIN reset service is registered. Devices use it where EnablePinRecovery is on: a value of the organisation reaches those that are enrolled after it, a policy source all others.';
    },
  },
  'pin-reset-service withdraw': {
    usage: 'pin-reset-service withdraw',
    about: 'Take both consents back: no ticket is signed any more, and no protector counts',
    run: async (runtime) => {
      const { told, protectors } = value(await withdrawPinResetService(runtime, null));
      const lost = `Withdrawn. Protectors that count no more: ${protectors}.`;
      return told
        ? lost
        : `${lost}\nThe service could not be told; the key for tickets is destroyed all the same.`;
    },
  },
  'pin-reset-service rotate': {
    usage: 'pin-reset-service rotate',
    about: 'Give the service a new key for new protectors; the old keys open the old ones',
    run: async (runtime) => `New key ${value(await rotatePinResetService(runtime, null)).kid}`,
  },
};

const stateWords: Readonly<Record<RegistrationState, string>> = {
  not_registered: 'The PIN reset service is not registered: pin-reset-service register',
  registered: 'The PIN reset service is registered.',
  incomplete:
    "The PIN reset service does not know this organisation's key: pin-reset-service register tells it again.",
  unreachable: 'The PIN reset service is registered and cannot be reached.',
};

function value<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  if (result.problem.code === 'not_found') throw new UsageError('The PIN reset service is not registered.');
  throw new UsageError(`${result.problem.title} ${result.problem.detail}`);
}
