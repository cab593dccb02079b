import type { DoorPath, FormName, MessageId } from './messages.ts';

/** Ceremonies as they go when nothing is refused. */

const door = <P extends DoorPath>(path: P) => [`asks ${path}`, `answers ${path}`] as const;

const form = <F extends FormName>(name: F) => [`sends ${name}`, `gets ${name}`] as const;

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
  pass: 'Temporary Access Pass',
  password: 'Sign-in with a password',
  confirmation: 'Step-up with password and code',
  phone: 'Approval on a phone',
  federated: 'Sign-in at the identity provider',
  'policy-refresh': 'Policy refresh',
} as const;
export type RunName = keyof typeof runTitles;

/** The ceremonies that a form may be part of. Where none of them is going on, it begins the first. */
export const runsOfForm = {
  pass: ['pass'],
  password: ['password'],
  code: ['password'],
  'new-password': ['password'],
  confirmation: ['confirmation'],
  federated: ['federated'],
  'federated-unlock': ['federated'],
  'phone-request': ['phone', 'password'],
  'phone-look': ['phone', 'password'],
  'phone-answer': ['phone', 'password'],
  'phone-withdrawal': ['phone', 'password'],
  'policy-refresh': ['policy-refresh'],
} as const satisfies Record<FormName, readonly [RunName, ...RunName[]]>;

interface Story {
  readonly title: string;
  readonly parts: readonly { readonly title: string; readonly steps: readonly MessageId[] }[];
}

const pass = { title: runTitles.pass, steps: form('pass') } as const;
/** The same in a browser that is registered already, which proves that it is. */
const passOnDevice = {
  title: runTitles.pass,
  steps: [...door(`${DEVICE}/options`), ...proof, ...form('pass')],
} as const;
const provisioning = [
  { title: runTitles['register-device'], steps: registerDevice },
  { title: runTitles['make-key'], steps: makeKey },
  { title: 'First sign-in', steps: bySystem },
] as const;

/** The ceremonies that the documentation draws, by file name. */
export const stories = {
  'provisioning-managed': {
    title: 'Provisioning with managed authentication',
    parts: [pass, ...provisioning],
  },
  'provisioning-federated': {
    title: 'Provisioning with federated authentication',
    parts: [
      {
        title: runTitles.federated,
        steps: [
          ...form('federated'),
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
  'phone-approval': {
    title: 'Sign-in with a password and a phone',
    parts: [
      {
        title: runTitles.password,
        steps: [
          ...form('password'),
          ...form('phone-request'),
          'phoneAsks',
          'phoneAnswers',
          ...form('phone-answer'),
        ],
      },
    ],
  },
  'pin-reset-destructive': {
    title: 'Destructive PIN reset',
    parts: [passOnDevice, { title: runTitles['pin-reset'], steps: makeKey }],
  },
  'pin-reset-non-destructive': {
    title: 'Non-destructive PIN reset',
    parts: [
      passOnDevice,
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
