import { statementFormats } from '../attestation/statement.ts';
import { approvalDecisions, approvalStates, phoneAnswers } from '../authenticator.ts';
import { protectionWords } from '../credential.ts';
import { problemCodes } from '../problem.ts';
import {
  algorithms,
  authenticatorData,
  authorizationRequest,
  challenge,
  clientData,
  count,
  milliseconds,
  registration,
  relyingParty,
  size,
  whole,
  word,
  wording,
  yesNo,
} from './fact.ts';
import type { Field, Message } from './message.ts';

/** Every message of a ceremony, once. */

const assertion: readonly Field[] = [
  ['response.id', size('Credential ID')],
  ['response.response.clientDataJSON', clientData],
  ['response.response.authenticatorData', authenticatorData],
  ['response.response.signature', size('Signature')],
  ['response.response.userHandle', size('User handle')],
];
const proof: readonly Field[] = [['device.signature', size('Device proof')]];
/** Who answered for a key: what the browser asked for it, or the container of this browser. */
const keptBy: Field = [
  'keptBy',
  wording('Key kept by', { authenticator: 'An authenticator', container: 'The container of this browser' }),
];
const within = (path: string, fields: readonly Field[]): readonly Field[] =>
  fields.map(([name, show]) => [name.slice(path.length + 1), show]);

interface Half {
  readonly name: string;
  readonly fields: readonly Field[];
}

interface Door {
  readonly to?: Message['to'];
  readonly aside?: true;
  readonly asks: Half;
  readonly answers: Half;
}

/** What the doors carry, both ways. No token, code, ticket, wrapped key or element is in any list. */
export const doors = {
  '/api/authentication/options': {
    asks: {
      name: 'Ask for a challenge',
      fields: [['purpose', word('Purpose', ['sign-in', 'unlock', 'step-up', 'add-browser'])]],
    },
    answers: {
      name: 'Options with a challenge',
      fields: [
        ['challenge', challenge],
        ['rpId', relyingParty],
        ['allowCredentials', count('Allowed credentials')],
        ['userVerification', word('User verification', ['required', 'preferred', 'discouraged'])],
        ['timeout', milliseconds('Timeout')],
      ],
    },
  },
  '/api/authentication/verification': {
    asks: { name: 'Assertion and device proof', fields: [...assertion, ...proof] },
    answers: {
      name: 'Verified, session rotated',
      fields: [
        ['purpose', word('Purpose', ['sign-in', 'unlock', 'step-up'])],
        ['kind', word('Kind of key', ['hello', 'passkey'])],
        ['pinReset', word('PIN reset protector', ['prepare', 'drop'])],
      ],
    },
  },
  '/api/device-registration/options': {
    asks: {
      name: 'Ask for a challenge',
      fields: [['purpose', word('Purpose', ['register-device', 'recognise-device'])]],
    },
    answers: {
      name: 'Challenge',
      fields: [
        ['challenge', challenge],
        ['timeout', milliseconds('Timeout')],
      ],
    },
  },
  '/api/device-registration/verification': {
    asks: {
      name: 'Public device key and proof',
      fields: [
        ['publicKey', size('Public key of this browser')],
        ['challenge', challenge],
        ['signature', size('Device proof')],
        ['joinType', word('Join type', ['joined', 'registered'])],
        ['platformAuthenticator', word('Platform authenticator', ['yes', 'no', 'not_tested'])],
      ],
    },
    answers: { name: 'Device registered', fields: [['thumbprint', size('Thumbprint')]] },
  },
  '/api/device-registration/profile': {
    asks: {
      name: 'Assertion and public device key',
      fields: [
        ...assertion,
        ['publicKey', size('Public key of this browser')],
        ['signature', size('Device proof')],
      ],
    },
    answers: { name: 'Browser added', fields: [['thumbprint', size('Thumbprint')]] },
  },
  '/api/registration/options': {
    asks: {
      name: 'Ask to make a key',
      fields: [
        ['purpose', word('Purpose', ['hello', 'passkey', 'pin-reset'])],
        ['attestation', word('Attestation', ['direct', 'none'])],
      ],
    },
    answers: {
      name: 'Options with a challenge',
      fields: [
        ['challenge', challenge],
        ['rp.id', relyingParty],
        ['user.id', size('User handle')],
        ['pubKeyCredParams', algorithms],
        ['excludeCredentials', count('Excluded credentials')],
        [
          'authenticatorSelection.authenticatorAttachment',
          word('Attachment', ['platform', 'cross-platform']),
        ],
        [
          'authenticatorSelection.residentKey',
          word('Resident key', ['required', 'preferred', 'discouraged']),
        ],
        [
          'authenticatorSelection.userVerification',
          word('User verification', ['required', 'preferred', 'discouraged']),
        ],
        ['attestation', word('Attestation', ['direct', 'none', 'indirect', 'enterprise'])],
        ['timeout', milliseconds('Timeout')],
      ],
    },
  },
  '/api/registration/verification': {
    asks: {
      name: 'Public key, attestation and device proof',
      fields: [
        ['response.response', registration],
        ['response.authenticatorAttachment', word('Attachment', ['platform', 'cross-platform'])],
        ['response.response.transports', count('Transports')],
        ...proof,
      ],
    },
    answers: {
      name: 'Key registered',
      fields: [
        ['kind', word('Kind of key', ['hello', 'passkey'])],
        ['attestation', word('Attestation format', statementFormats)],
        ['protection', wording('Attestation verdict', protectionWords)],
        ['backupEligible', yesNo('May be synced')],
        ['warnings', count('Warnings')],
      ],
    },
  },
  '/api/credential/signals': {
    aside: true,
    asks: { name: 'Ask which keys count', fields: [] },
    answers: {
      name: 'Accepted keys',
      fields: [['account.allAcceptedCredentialIds', count('Accepted keys')]],
    },
  },
  '/api/ceremony-reports': {
    asks: {
      name: 'What went wrong',
      fields: [
        ['ceremony', word('While', ['creating', 'asking', 'unlock'])],
        ['windows', yesNo('On Windows')],
      ],
    },
    answers: { name: 'Noted', fields: [] },
  },
  '/api/key-container/creation': {
    asks: { name: 'Ask for a container', fields: [] },
    answers: {
      name: 'Protector to use',
      fields: [['protector.publicKey', size('Public key of the server’s half')]],
    },
  },
  '/api/key-container/options': {
    asks: { name: 'Ask to try a PIN', fields: [] },
    answers: { name: 'Challenge', fields: [['challenge', challenge]] },
  },
  '/api/key-container/evaluation': {
    asks: {
      name: 'Blinded PIN and device proof',
      fields: [['challenge', challenge], ['element', size('Blinded element')], ...proof],
    },
    answers: {
      name: 'The server’s half, with a proof',
      fields: [
        ['proof', size('Proof')],
        ['ladder.triesLeft', whole('Tries left if it was wrong')],
        ['ladder.waitSeconds', whole('Wait if it was wrong, in seconds')],
      ],
    },
  },
  '/api/key-container/change': {
    asks: { name: 'Ask for another PIN', fields: [['reset', yesNo('PIN forgotten')]] },
    answers: {
      name: 'Protector to use',
      fields: [['protector.publicKey', size('Public key of the server’s half')]],
    },
  },
  '/api/key-container/history': {
    asks: { name: 'Blinded PINs', fields: [['elements', count('Blinded elements')]] },
    answers: {
      name: 'The server’s half, with a proof',
      fields: [
        ['elements', count('Elements')],
        ['proof', size('Proof')],
      ],
    },
  },
  '/api/key-container/prf-protector': {
    asks: { name: 'Note of a passkey that opens', fields: [['stored', yesNo('Opens the container')]] },
    answers: { name: 'Noted', fields: [['stored', yesNo('Opens the container')]] },
  },
  '/api/key-container/recovery': {
    asks: {
      name: 'Ask for a PIN reset ticket',
      fields: [['thumbprint', size('Thumbprint of the one-time key')]],
    },
    answers: { name: 'Ticket for this tab', fields: [] },
  },
  '/api/key-container/reset-protector': {
    asks: { name: 'Note of the PIN reset protector', fields: [] },
    answers: { name: 'Noted', fields: [] },
  },
  '/api/pin-reset-service/key': {
    to: 'pin-reset-service',
    asks: { name: 'Ask for the public key', fields: [] },
    answers: { name: 'Public key', fields: [['publicKey', size('Public key')]] },
  },
  '/api/pin-reset-service/recovery': {
    to: 'pin-reset-service',
    asks: { name: 'Ticket and sealed secret', fields: [['oneTimeKey', size('One-time public key')]] },
    answers: { name: 'Secret, sealed for this tab', fields: [] },
  },
  '/api/authenticator/options': {
    asks: { name: 'Ask for a challenge', fields: [] },
    answers: { name: 'Challenge', fields: [['challenge', challenge]] },
  },
  '/api/authenticator/registration': {
    asks: {
      name: 'Public key of this phone, and proof',
      fields: [
        ['publicKey', size('Public key of this phone')],
        ['challenge', challenge],
        ['signature', size('Signature')],
      ],
    },
    answers: { name: 'Phone kept', fields: [] },
  },
  '/api/authenticator/answer': {
    asks: {
      name: 'Signed answer',
      fields: [
        ['decision', word('Decision', approvalDecisions)],
        ['signature', size('Signature')],
        ['verification.response.authenticatorData', authenticatorData],
      ],
    },
    answers: { name: 'Answer taken', fields: [] },
  },
  '/api/authenticator/verification': {
    asks: {
      name: 'How this phone verifies who holds it',
      fields: [
        ['challenge', challenge],
        ['signature', size('Signature')],
        ['response.response', registration],
      ],
    },
    answers: { name: 'Kept with the phone', fields: [] },
  },
  '/api/authenticator/subscription': {
    asks: {
      name: 'Where this phone is woken',
      fields: [
        ['challenge', challenge],
        ['signature', size('Signature')],
      ],
    },
    answers: { name: 'Kept with the phone, sealed', fields: [] },
  },
} as const satisfies Record<string, Door>;
export type DoorPath = keyof typeof doors;

export function isDoor(path: string): path is DoorPath {
  return Object.hasOwn(doors, path);
}

/** One half of a door as a message. */
export function doorMessage(path: DoorPath, carrier: 'asks' | 'answers'): Message {
  const { to: server = 'latchkey', aside, ...halves }: Door = doors[path];
  const ends =
    carrier === 'asks'
      ? ({ from: 'browser', to: server } as const)
      : ({ from: server, to: 'browser' } as const);
  return { ...ends, carrier, ...halves[carrier], ...(aside && { aside }) };
}

const recognition: readonly Field[] = [
  ['device.challenge', challenge],
  ['device.signature', size('Device proof')],
];
const signedInOrNot: readonly Field[] = [['next', word('Next', ['code', 'new_password', 'signed_in'])]];

interface Form {
  readonly aside?: true;
  readonly sends: Half & { readonly stays: string };
  readonly gets: Half;
}

/** The forms of pages, both ways. Of what is typed into them not even the size is in any list. */
export const forms = {
  pass: {
    sends: {
      name: 'Account and Temporary Access Pass',
      fields: recognition,
      stays: 'The pass is never shown.',
    },
    gets: {
      name: 'Session that only registers',
      fields: [['leadsTo', word('Leads to', ['provisioning', 'pin_reset'])]],
    },
  },
  password: {
    sends: { name: 'Account and password', fields: recognition, stays: 'The password is never shown.' },
    gets: { name: 'What comes next', fields: signedInOrNot },
  },
  code: {
    sends: { name: 'Code of the authenticator app', fields: recognition, stays: 'The code is never shown.' },
    gets: { name: 'What comes next', fields: signedInOrNot },
  },
  'new-password': {
    sends: { name: 'New password', fields: recognition, stays: 'The password is never shown.' },
    gets: { name: 'What comes next', fields: signedInOrNot },
  },
  confirmation: {
    sends: { name: 'Password and code', fields: recognition, stays: 'Neither is ever shown.' },
    gets: { name: 'Confirmed', fields: [] },
  },
  federated: {
    sends: {
      name: 'Account, to find where it signs in',
      fields: recognition,
      stays: 'The account is never shown.',
    },
    gets: {
      name: 'To the identity provider, with state and nonce',
      fields: [['address', authorizationRequest]],
    },
  },
  'federated-unlock': {
    sends: {
      name: 'Ask to unlock at the identity provider',
      fields: [],
      stays: 'The account is the one of the session.',
    },
    gets: {
      name: 'To the identity provider, with state and nonce',
      fields: [['address', authorizationRequest]],
    },
  },
  'phone-request': {
    sends: {
      name: 'Ask my phone',
      fields: recognition,
      stays: 'The number to enter there is never shown.',
    },
    gets: { name: 'Waits for a phone', fields: [['phones', count('Phones that are asked')]] },
  },
  'phone-look': {
    aside: true,
    sends: { name: 'Has it answered?', fields: [], stays: 'The request is one of this browser.' },
    gets: { name: 'How it stands', fields: [['state', word('State', approvalStates)]] },
  },
  'phone-answer': {
    sends: {
      name: 'Take what the phone said',
      fields: recognition,
      stays: 'The request is one of this browser.',
    },
    gets: {
      name: 'Confirmed by the phone',
      fields: [
        ['state', word('State', approvalStates)],
        ['next', word('Next', ['wait', 'new_password', 'signed_in'])],
        ['leadsTo', word('Leads to', ['provisioning', 'pin_reset'])],
      ],
    },
  },
  'phone-withdrawal': {
    sends: { name: 'Ask no more', fields: [], stays: 'The request is one of this browser.' },
    gets: { name: 'The phone is not asked any more', fields: [] },
  },
  'policy-refresh': {
    sends: { name: 'Ask for policy', fields: [], stays: 'The device is the one of the session.' },
    gets: { name: 'Policy of this device', fields: [['changed', count('Changed settings')]] },
  },
} as const satisfies Record<string, Form>;
export type FormName = keyof typeof forms;

/** One half of a form as a message. */
export function formMessage(name: FormName, carrier: 'sends' | 'gets'): Message {
  const { aside, sends, gets }: Form = forms[name];
  return {
    ...(carrier === 'sends'
      ? ({ from: 'browser', to: 'latchkey', carrier, ...sends } as const)
      : ({ from: 'latchkey', to: 'browser', carrier, ...gets } as const)),
    ...(aside && { aside }),
  };
}

/** What stays on the device, what redirects carry, and what passes between others. */
export const steps = {
  create: {
    from: 'browser',
    to: 'authenticator',
    name: 'Make a key',
    carrier: 'local',
    fields: [['challenge', challenge]],
  },
  get: {
    from: 'browser',
    to: 'authenticator',
    name: 'Sign the challenge',
    carrier: 'local',
    fields: [
      ['challenge', challenge],
      ['allowCredentials', count('Allowed credentials')],
    ],
  },
  gesture: {
    from: 'person',
    to: 'authenticator',
    name: 'Face, finger or PIN',
    carrier: 'local',
    fields: [],
    stays: 'Checked here. No byte of it is in any message.',
  },
  pin: {
    from: 'person',
    to: 'browser',
    name: 'PIN',
    carrier: 'local',
    fields: [],
    stays: 'Stretched and blinded here. It is in no message.',
  },
  created: {
    from: 'authenticator',
    to: 'browser',
    name: 'Public key and attestation',
    carrier: 'local',
    fields: [['response', registration], keptBy],
    stays: 'The private key stays where it was made.',
  },
  signed: {
    from: 'authenticator',
    to: 'browser',
    name: 'Assertion',
    carrier: 'local',
    fields: [...within('response', assertion), keptBy],
    stays: 'The private key signed, and stayed.',
  },
  prove: {
    from: 'browser',
    to: 'device-key',
    name: 'Sign the challenge',
    carrier: 'local',
    fields: [['challenge', challenge]],
  },
  proven: {
    from: 'device-key',
    to: 'browser',
    name: 'Device proof',
    carrier: 'local',
    fields: [['signature', size('Device proof')]],
    stays: 'The key of this browser cannot be exported.',
  },
  upstreamAsks: {
    from: 'browser',
    to: 'upstream',
    name: 'Authorization request (PKCE)',
    carrier: 'page',
    fields: [['address', authorizationRequest]],
  },
  upstreamProof: {
    from: 'person',
    to: 'browser',
    name: 'Sign-in over there',
    carrier: 'page',
    fields: [],
  },
  upstreamAnswers: {
    from: 'upstream',
    to: 'browser',
    name: 'Authorization code',
    carrier: 'page',
    fields: [],
  },
  callback: {
    from: 'browser',
    to: 'latchkey',
    name: 'Authorization code and state',
    carrier: 'page',
    fields: [],
  },
  redeem: { from: 'latchkey', to: 'upstream', name: 'Code and PKCE verifier', carrier: 'told', fields: [] },
  idToken: {
    from: 'upstream',
    to: 'latchkey',
    name: 'ID token, and whether MFA was done',
    carrier: 'told',
    fields: [['method', word('Counts as', ['federated', 'federated-mfa'])]],
  },
  federatedSession: {
    from: 'latchkey',
    to: 'browser',
    name: 'Session',
    carrier: 'page',
    fields: [['kind', word('Kind of session', ['ordinary'])]],
  },
  upstreamRefused: {
    from: 'latchkey',
    to: 'browser',
    name: 'Back from the identity provider, and refused',
    carrier: 'page',
    fields: [['problem', word('Problem', problemCodes)]],
  },
  phoneAsks: { from: 'latchkey', to: 'phone', name: 'Is it you?', carrier: 'told', fields: [] },
  phoneAnswers: {
    from: 'phone',
    to: 'latchkey',
    name: 'Signed answer',
    carrier: 'told',
    fields: [['state', word('Answer', phoneAnswers)]],
    stays: 'The phone’s key signed it, and stayed there.',
  },
} as const satisfies Record<string, Message>;
export type Step = keyof typeof steps;

/** One message, by name: a step, or a half of a door or form. */
export type MessageId =
  | Step
  | `asks ${DoorPath}`
  | `answers ${DoorPath}`
  | `sends ${FormName}`
  | `gets ${FormName}`;

/** The message of a name; null for what this version does not know. */
export function messageOf(id: string): Message | null {
  if (Object.hasOwn(steps, id)) return steps[id as Step];
  const [carrier, path = ''] = id.split(' ');
  if (carrier === 'asks' || carrier === 'answers') return isDoor(path) ? doorMessage(path, carrier) : null;
  if (carrier === 'sends' || carrier === 'gets')
    return Object.hasOwn(forms, path) ? formMessage(path as FormName, carrier) : null;
  return null;
}
