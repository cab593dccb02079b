import { aaguidLabel, NO_AAGUID } from '../attestation/aaguids.ts';
import type { AuthenticatorFlags } from '../attestation/authenticator-data.ts';
import { toHex } from '../attestation/bytes.ts';
import { readClientDataBytes } from '../attestation/client-data.ts';
import { algorithmWords, type CoseKey, coseAlgorithm } from '../attestation/cose-key.ts';
import { isUnreadable, readRegistration, statementFormats } from '../attestation/statement.ts';
import { fromBase64Url } from '../base64url.ts';
import { readChallenge } from '../ceremony.ts';

/** One thing that a message shows, decoded. */
export interface Fact {
  readonly name: string;
  readonly value: string;
}

/** What is known beside the message: the place that it is about. */
export interface Site {
  readonly origin: string;
}

/**
 * Shows one value of a message. Whatever it is given, it answers with words of its own, numbers and sizes: no text of the value
 * ever passes, so that a secret that got into the wrong field is not shown there either.
 */
export type Show = (value: unknown, site: Site) => readonly Fact[];

const fact = (name: string, value: string): readonly Fact[] => [{ name, value }];
const NOTHING: readonly Fact[] = [];

const bytesOf = (value: unknown): Uint8Array<ArrayBuffer> | null =>
  typeof value === 'string' ? fromBase64Url(value) : null;

/** One of the words that it can be. */
export const word =
  (name: string, words: readonly string[]): Show =>
  (value) =>
    typeof value === 'string' && words.includes(value) ? fact(name, value) : NOTHING;

/** One of the words of a table, as people read it. */
export const wording =
  (name: string, words: Readonly<Record<string, string>>): Show =>
  (value) =>
    typeof value === 'string' && Object.hasOwn(words, value) ? fact(name, words[value] ?? '') : NOTHING;

export const count =
  (name: string): Show =>
  (value) =>
    Array.isArray(value) ? fact(name, String(value.length)) : NOTHING;

export const milliseconds =
  (name: string): Show =>
  (value) =>
    typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
      ? fact(name, `${value / 1000} s`)
      : NOTHING;

export const whole =
  (name: string): Show =>
  (value) =>
    typeof value === 'number' && Number.isSafeInteger(value) && Math.abs(value) < 1e6
      ? fact(name, String(value))
      : NOTHING;

export const yesNo =
  (name: string): Show =>
  (value) =>
    typeof value === 'boolean' ? fact(name, value ? 'yes' : 'no') : NOTHING;

/** Bytes that are sent and not shown: how many they are. */
export const size =
  (name: string): Show =>
  (value) => {
    const bytes = bytesOf(value);
    return bytes === null ? NOTHING : fact(name, `${bytes.length} bytes`);
  };

/** The kinds of public keys that are asked for, by their COSE algorithms. */
export const algorithms: Show = (value) => {
  if (!Array.isArray(value)) return NOTHING;
  const ids = value.flatMap((each: { alg?: unknown } | null) =>
    typeof each?.alg === 'number' && coseAlgorithm(each.alg) !== null ? [each.alg] : [],
  );
  return ids.length === 0 ? NOTHING : fact('Algorithms', ids.map(algorithmWords).join(', '));
};

/** A sealed challenge: what it is for and for how long, and enough of its nonce to know it again. */
export const challenge: Show = (value) => {
  const bytes = bytesOf(value);
  return bytes === null ? NOTHING : challengeFacts(bytes);
};

function challengeFacts(bytes: Uint8Array): readonly Fact[] {
  const read = readChallenge(bytes);
  if (read === null) return fact('Challenge', `${bytes.length} bytes, not one of ours`);
  const { purpose, issuedAt, expiresAt, nonce, ticket } = read.challenge;
  return [
    {
      name: 'Challenge',
      value: `${bytes.length} bytes, nonce ${toHex(nonce.subarray(0, 4))}…`,
    },
    { name: 'Challenge is for', value: purpose },
    { name: 'Challenge lives', value: `${(expiresAt.getTime() - issuedAt.getTime()) / 1000} s` },
    ...(ticket === null ? [] : fact('Challenge carries', 'the ticket of a PIN try')),
  ];
}

/** The relying party ID: ours, or another one. */
export const relyingParty: Show = (value, { origin }) => {
  if (typeof value !== 'string') return NOTHING;
  const { hostname } = new URL(origin);
  const ours = value !== '' && (hostname === value || hostname.endsWith(`.${value}`));
  return fact('Relying party ID', ours ? value : 'another host');
};

/** Where a browser is sent to sign in (OpenID Connect Core 3.1.2.1): what it asks with there, and neither whom nor where. */
export const authorizationRequest: Show = (value, site) => {
  if (typeof value !== 'string' || !URL.canParse(value)) return NOTHING;
  const asked = new URL(value).searchParams;
  return [
    ...word('Response type', ['code'])(asked.get('response_type'), site),
    ...word('PKCE', ['S256'])(asked.get('code_challenge_method'), site),
    ...size('PKCE challenge')(asked.get('code_challenge'), site),
    ...size('Nonce')(asked.get('nonce'), site),
    ...yesNo('State, sealed for this browser')(asked.has('state'), site),
    ...yesNo('MFA is asked for')(asked.get('prompt') === 'login', site),
  ];
};

/** `clientDataJSON` (WebAuthn L3 5.8.1). */
export const clientData: Show = (value, site) => {
  const bytes = bytesOf(value);
  return bytes === null ? NOTHING : clientDataFacts(bytes, site);
};

const clientDataTypes = ['webauthn.create', 'webauthn.get'];

function clientDataFacts(bytes: Uint8Array, { origin }: Site): readonly Fact[] {
  const read = readClientDataBytes(bytes);
  const sized = fact('Client data', `${bytes.length} bytes of JSON`);
  if (read === null) return sized;
  return [
    ...sized,
    { name: 'Type', value: clientDataTypes.includes(read.type) ? read.type : 'another type' },
    { name: 'Origin', value: read.origin === origin ? origin : 'another origin' },
    { name: 'Cross-origin', value: read.crossOrigin ? 'yes' : 'no' },
    ...challengeFacts(read.challenge),
  ];
}

const flagNames: Readonly<Record<keyof AuthenticatorFlags, string>> = {
  userPresent: 'UP, somebody is there',
  userVerified: 'UV, it is them',
  backupEligible: 'BE, may be synced',
  backedUp: 'BS, is synced',
  attestedCredential: 'AT, holds a new key',
  extensions: 'ED, holds extensions',
};
const flagBits: Readonly<Record<keyof AuthenticatorFlags, number>> = {
  userPresent: 0x01,
  userVerified: 0x04,
  backupEligible: 0x08,
  backedUp: 0x10,
  attestedCredential: 0x40,
  extensions: 0x80,
};
const flags = Object.keys(flagNames) as (keyof AuthenticatorFlags)[];

/** The head of all authenticator data (WebAuthn L3 6.1): 32 bytes of hash, the flags, the counter. */
const HEAD_BYTES = 37;

/** Authenticator data of an assertion. */
export const authenticatorData: Show = (value) => {
  const bytes = bytesOf(value);
  return bytes === null ? NOTHING : authenticatorFacts(bytes);
};

function authenticatorFacts(bytes: Uint8Array): readonly Fact[] {
  const sized = fact('Authenticator data', `${bytes.length} bytes`);
  if (bytes.length < HEAD_BYTES) return sized;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const set = view.getUint8(32);
  return [
    ...sized,
    ...flags.map((flag) => ({ name: flagNames[flag], value: (set & flagBits[flag]) === 0 ? '0' : '1' })),
    { name: 'Counter', value: String(view.getUint32(33)) },
  ];
}

const curves: Readonly<Record<number, string>> = { 1: 'P-256', 2: 'P-384', 3: 'P-521', 6: 'Ed25519' };

function keyWords(key: CoseKey): string {
  const algorithm =
    coseAlgorithm(key.algorithm) === null ? 'another algorithm' : algorithmWords(key.algorithm);
  if (key.type === 'rsa') return `RSA, ${key.modulus.length * 8} bits, ${algorithm}`;
  return `${key.type.toUpperCase()}, ${curves[key.curve] ?? 'another curve'}, ${algorithm}`;
}

function modelOf(aaguid: string): string {
  if (aaguid === NO_AAGUID) return 'none named';
  const label = aaguidLabel(aaguid);
  return label === aaguid ? 'one without a name here' : label;
}

/** The `response` of a registration: client data, authenticator data, the new public key and its statement. */
export const registration: Show = (value, site) => {
  const { clientDataJSON, attestationObject } = (value ?? {}) as Readonly<Record<string, unknown>>;
  const [client, object] = [bytesOf(clientDataJSON), bytesOf(attestationObject)];
  if (client === null || object === null) return NOTHING;
  const shown = [...clientDataFacts(client, site), ...fact('Attestation object', `${object.length} bytes`)];
  const read = readRegistration(object, client);
  if (isUnreadable(read)) return shown;
  const { authData, format, statement } = read;
  const chain = statement !== null && 'x5c' in statement ? statement.x5c : null;
  return [
    ...shown,
    ...authenticatorFacts(authData.bytes),
    { name: 'AAGUID says', value: modelOf(authData.aaguid) },
    { name: 'Credential ID', value: `${authData.credentialId.length} bytes` },
    { name: 'Public key', value: keyWords(authData.publicKey) },
    {
      name: 'Attestation format',
      value: (statementFormats as readonly string[]).includes(format) ? format : 'another format',
    },
    ...(chain === null ? [] : fact('Certificates', String(chain.length))),
  ];
};
