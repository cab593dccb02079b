import type { BrowserError } from './doctor.ts';
import type { ProblemCode } from './problem.ts';

/**
 * The codes that Windows shows while a PIN is made ("Windows Hello errors during PIN creation"), with their causes and
 * what helps. `here` is the answer of Latchkey to the same fact; null is documented only: Latchkey never meets it.
 */
export interface WindowsError {
  readonly code: string;
  readonly cause: string;
  /** Null where Microsoft names no mitigation. */
  readonly mitigation: string | null;
  readonly here: ProblemCode | BrowserError | null;
}

const SIGN_AGAIN = 'Sign out, sign in again, and try again.';
const REJOIN = 'Unjoin the device from Microsoft Entra ID and rejoin it.';

const mitigated: readonly (readonly [
  code: string,
  cause: string,
  mitigation: string,
  here: WindowsError['here'],
])[] = [
  ['0x80090005', 'NTE_BAD_DATA', REJOIN, null],
  ['0x8009000F', 'The container or key already exists', REJOIN, 'InvalidStateError'],
  ['0x80090011', 'The container or key was not found', REJOIN, 'NotAllowedError'],
  [
    '0x80090029',
    'The TPM is not set up',
    'As an administrator, open tpm.msc and choose Prepare the TPM.',
    null,
  ],
  ['0x8009002A', 'NTE_NO_MEMORY', 'Close programs that take up memory and try again.', null],
  [
    '0x80090031',
    'NTE_AUTHENTICATION_IGNORED: the TPM is locked for a while',
    'Restart the device. If it happens again, reset or clear the TPM.',
    'UnknownError',
  ],
  [
    '0x80090035',
    'Policy requires a TPM and the device has none',
    'Change the policy so that it is not required.',
    null,
  ],
  [
    '0x80090036',
    'The user cancelled an interactive dialog',
    'The user is asked to try again.',
    'NotAllowedError',
  ],
  [
    '0x801C0003',
    'The user is not authorised to enrol',
    'Check whether the user is allowed to set up a key.',
    'provisioning_disabled',
  ],
  [
    '0x801C000E',
    'The registration quota is reached',
    'Remove another device, or raise the number of devices per user.',
    'device_limit_reached',
  ],
  ['0x801C000F', 'It succeeded, and the device must restart', 'Restart the device.', null],
  ['0x801C0010', 'The AIK certificate is not valid or not trusted', SIGN_AGAIN, null],
  [
    '0x801C0011',
    'The attestation statement of the transport key is not valid',
    SIGN_AGAIN,
    'attestation_unverifiable',
  ],
  ['0x801C0012', 'The discovery request is malformed', SIGN_AGAIN, null],
  ['0x801C0015', 'The device must be joined to a domain', 'Join it to Active Directory.', null],
  [
    '0x801C0016',
    "The federation provider's configuration is empty",
    'Check FPURL.xml of the client configuration.',
    null,
  ],
  ['0x801C0017', "The federation provider's domain is empty", 'Check the element FPDOMAINNAME.', null],
  ['0x801C0018', "The federation provider's address is empty", 'Check the element CLIENTCONFIG.', null],
  ['0x801C03E9', 'The answer of the server is not valid', SIGN_AGAIN, 'offline'],
  [
    '0x801C03EA',
    'The server did not authorise the user or the device',
    'Check the token, and whether the user may register keys.',
    'device_disabled',
  ],
  ['0x801C03EB', "The server's HTTP status is not valid", SIGN_AGAIN, 'store_unavailable'],
  ['0x801C03EC', 'An exception on the server', SIGN_AGAIN, 'internal_error'],
  [
    '0x801C03ED',
    'Multi-factor authentication is required for ProvisionKey and was not done',
    'Sign out, sign in again with it, and try again; else rejoin the device.',
    'proof_required',
  ],
  ['0x801C03EE', 'The attestation failed', SIGN_AGAIN, 'registration_refused'],
  ['0x801C03EF', 'The AIK certificate is no longer valid', SIGN_AGAIN, null],
  [
    '0x801C03F2',
    'The key could not be registered: a duplicate attribute in the directory',
    'Remove the duplicate proxyAddresses value.',
    null,
  ],
  ['0x801C044D', 'The token carries no device ID', REJOIN, 'device_required'],
  ['0x801C044E', "The user's credential was not received", SIGN_AGAIN, 'NotAllowedError'],
  [
    '0xC00000BB',
    'The domain controller does not support this way of signing in',
    'Sign in another way; correct the certificate of the domain controller.',
    null,
  ],
];

const unmitigated: readonly (readonly [code: string, cause: string, here: WindowsError['here']])[] = [
  ['0x80070057', 'A parameter is not valid', 'bad_request'],
  ['0x80072F0C', 'Unknown', null],
  ['0x80072F8F', 'The clocks do not match (TLS)', null],
  ['0x80090010', 'NTE_PERM', null],
  ['0x80090020', 'NTE_FAIL', null],
  ['0x80090027', 'The caller passed a wrong parameter', null],
  ['0x8009002D', 'NTE_INTERNAL_ERROR', null],
  ['0x801C0001', "The registration service's answer is badly formed", null],
  ['0x801C0002', 'The server did not authenticate the user', 'sign_in_required'],
  ['0x801C0006', 'An exception on the server', 'internal_error'],
  ['0x801C000B', 'The server leads to a host that is not well known', null],
  ['0x801C000C', 'The discovery failed', null],
  ['0x801C0013', 'No tenant ID in the token', null],
  ['0x801C0014', "No user's SID in the token", null],
  ['0x801C0019', "The federation provider's client configuration is empty", null],
  ['0x801C001A', 'The endpoint of the registration service is empty', null],
  ['0x801C001B', 'The device certificate was not found', null],
  ['0x801C001D', 'The service connection point is not configured correctly', null],
  ['0x801C0021', 'The discovery failed while joining', null],
  ['0x801C03F0', 'No key is registered for the user', null],
  ['0x801C03F1', 'No UPN in the token', null],
  ['0x801C044C', 'No core window for the thread', null],
  ['0x801C004D', 'DSREG_NO_DEFAULT_ACCOUNT: no account to ask for the token with', null],
];

export const windowsErrors: readonly WindowsError[] = [
  ...mitigated.map(([code, cause, mitigation, here]) => ({ code, cause, mitigation, here })),
  ...unmitigated.map(([code, cause, here]) => ({ code, cause, mitigation: null, here })),
];

/** The codes by which Windows tells the same fact. */
export function windowsErrorsOf(here: ProblemCode | BrowserError): readonly WindowsError[] {
  return windowsErrors.filter((each) => each.here === here);
}
