import type { RegistrationState } from '#server/pin-reset-registration';

export const TITLE = 'PIN reset service';
export const PURPOSE =
  'Lets people replace a forgotten PIN without losing the key: a service of its own opens what their device prepared.';

export const stateWords: Readonly<Record<RegistrationState, string>> = {
  not_registered: 'Not registered',
  registered: 'Registered',
  incomplete: 'Not complete',
  unreachable: 'Cannot be reached',
};

/** The two consents that Windows has for it, and what each of them grants to whom. Source: "PIN reset", Microsoft Learn. */
export const consents = [
  {
    name: 'Microsoft Pin Reset Service Production',
    role: 'The service',
    grants:
      'It opens a secret for a device of this organisation, when the organisation signed a ticket for it.',
    can: [
      'Open the secret of one protector, once a ticket, for the one tab that the ticket names.',
      'See the IDs of the organisation, the person, the device and the container in a ticket.',
    ],
    cannot: [
      'Use a key of anybody: it never gets a container, and the secret alone opens nothing.',
      'Act without a ticket that is signed here and at most five minutes old.',
      'See a PIN.',
    ],
  },
  {
    name: 'Microsoft Pin Reset Client Production',
    role: 'The organisation and its devices',
    grants:
      'Latchkey signs tickets in the name of this organisation, for people who have just proved who they are another way.',
    can: [
      'Let a device whose policy has PIN recovery on prepare a protector.',
      'Sign a ticket for that person, that device and that container, after a proof at most ten minutes old.',
    ],
    cannot: [
      'See the secret: it is encrypted to the service, and the answer to the tab.',
      'Open a protector by itself, or one of another device.',
      'Help where nothing was prepared before the PIN was forgotten.',
    ],
  },
] as const;
