import type { DoorPath, MessageId } from './messages.ts';

/** Ceremonies as they go when nothing is refused. */

const door = <P extends DoorPath>(path: P) => [`asks ${path}`, `answers ${path}`] as const;

const AUTHENTICATION = '/api/authentication';
const DEVICE = '/api/device-registration';
const CONTAINER = '/api/key-container';

const proof = ['prove', 'proven'] as const;
const bySystem = [
  ...door(`${AUTHENTICATION}/options`),
  'get',
  'gesture',
  'signed',
  ...proof,
  ...door(`${AUTHENTICATION}/verification`),
] as const;
const byContainer = [
  ...door(`${CONTAINER}/options`),
  'pin',
  ...proof,
  ...door(`${CONTAINER}/evaluation`),
  ...door(`${AUTHENTICATION}/options`),
  'get',
  'signed',
  ...proof,
  ...door(`${AUTHENTICATION}/verification`),
] as const;
const registerDevice = [...door(`${DEVICE}/options`), ...proof, ...door(`${DEVICE}/verification`)] as const;
const makeKey = [
  ...door('/api/registration/options'),
  'create',
  'gesture',
  'created',
  ...proof,
  ...door('/api/registration/verification'),
] as const;

/** What a page can start, as the live view names it. */
export const runTitles = {
  'register-device': 'Device registration',
  'add-browser': 'Add this browser to a device',
  'recognise-device': 'Recognise this device',
  'make-key': 'Make a key',
  'sign-in': 'Sign-in',
  unlock: 'Unlock',
  'step-up': 'Step-up',
  'pin-change': 'PIN change',
  'pin-reset': 'Destructive PIN reset',
  'pin-recovery': 'Non-destructive PIN reset',
  'add-opener': 'Let a passkey open the key',
  'remove-opener': 'Take back what opens the key',
  'add-phone': 'Add a phone',
  'answer-phone': 'Approve on a phone',
} as const;
export type RunName = keyof typeof runTitles;

interface Story {
  readonly title: string;
  readonly parts: readonly { readonly title: string; readonly steps: readonly MessageId[] }[];
}

const provisioning = [
  { title: runTitles['register-device'], steps: registerDevice },
  { title: runTitles['make-key'], steps: makeKey },
  { title: 'First sign-in', steps: bySystem },
] as const;

/** The ceremonies that the documentation draws, by file name. */
export const stories = {
  'provisioning-managed': {
    title: 'Provisioning with managed authentication',
    parts: [{ title: 'Temporary Access Pass', steps: ['pass', 'registering'] }, ...provisioning],
  },
  'provisioning-federated': {
    title: 'Provisioning with federated authentication',
    parts: [
      {
        title: 'Sign-in at the identity provider',
        steps: [
          'redirect',
          'upstreamAsks',
          'upstreamProof',
          'upstreamAnswers',
          'callback',
          'redeem',
          'idToken',
          'federatedSession',
        ],
      },
      ...provisioning,
    ],
  },
  'sign-in': {
    title: 'Sign-in with Windows Hello',
    parts: [{ title: runTitles['sign-in'], steps: bySystem }],
  },
  unlock: {
    title: 'Unlock with a PIN of this browser',
    parts: [{ title: runTitles.unlock, steps: byContainer }],
  },
  'pin-reset-destructive': {
    title: 'Destructive PIN reset',
    parts: [{ title: runTitles['pin-reset'], steps: makeKey }],
  },
  'pin-reset-non-destructive': {
    title: 'Non-destructive PIN reset',
    parts: [
      {
        title: runTitles['pin-recovery'],
        steps: [
          ...door(`${CONTAINER}/recovery`),
          ...door('/api/pin-reset-service/recovery'),
          ...door(`${CONTAINER}/change`),
          ...byContainer,
        ],
      },
    ],
  },
} as const satisfies Record<string, Story>;
export type StoryName = keyof typeof stories;
