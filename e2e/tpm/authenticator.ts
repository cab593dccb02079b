/**
 * A WebAuthn platform authenticator on a TPM, as Windows Hello is one: its keys are made, kept and used by the TPM, the
 * person's PIN is their authorisation value, and the TPM's own dictionary attack protection counts wrong ones.
 *
 * By default it is as Windows 11 is: an attestation key RSA-2048 that signs with RSASSA and SHA-1 (COSE -65535), keys for
 * ES256 with the attributes 0x00040072, AAGUID 08987058-cadc-4b81-b6e1-30de50dcbe96, flags 0x45, at most 32 wrong PINs.
 *
 * It answers options in WebAuthn's JSON forms (L3 5.4 and 5.5) for an origin, without a browser; `fixture.ts` puts it
 * behind a page.
 */
import { createPublicKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { encodeCBOR } from '@levischuck/tiny-cbor';
import {
  ALG,
  ATTRIBUTE,
  type Bytes,
  concat,
  decodePublic,
  encodePublic,
  HIERARCHY,
  hash,
  NOTHING,
  nameOf,
  type Public,
  type Scheme,
  type Signature,
  sized,
  u16,
  u32,
} from './structures.ts';
import { type AikCertificate, createTestCa, type TestCa } from './test-ca.ts';
import {
  type Blob,
  commandDigest,
  type DictionaryAttack,
  type Loaded,
  signedCommandPolicy,
  type Tpm,
  TpmError,
} from './tpm.ts';

/** Windows Hello, hardware. */
export const WINDOWS_HELLO_AAGUID = '08987058-cadc-4b81-b6e1-30de50dcbe96';
const NO_AAGUID = '00000000-0000-0000-0000-000000000000';

/** COSE (RFC 9053, RFC 8812). */
export const COSE = { ES256: -7, RS256: -257, RS1: -65535 } as const;
export type KeyAlgorithm = typeof COSE.ES256 | typeof COSE.RS256;

/** fixedTPM, fixedParent, sensitiveDataOrigin, userWithAuth, sign; under dictionary attack protection. */
export const HELLO_KEY_ATTRIBUTES = 0x0004_0072;

type Lockout = Pick<DictionaryAttack, 'maxTries' | 'recoverySeconds' | 'lockoutRecoverySeconds'>;
export const LOCKOUT = {
  /** As Windows sets a TPM up, with the ten minutes of its first lockout. */
  windows: { maxTries: 32, recoverySeconds: 600, lockoutRecoverySeconds: 600 },
  /** For tests that wait for recovery. */
  fast: { maxTries: 5, recoverySeconds: 10, lockoutRecoverySeconds: 10 },
} as const satisfies Record<string, Lockout>;

/** Attestation keys by name: as Windows, the same with SHA-256, and on a curve. */
const ATTESTATION_KEYS = {
  RS1: { type: ALG.RSA, scheme: { algorithm: ALG.RSASSA, hash: ALG.SHA1 }, cose: COSE.RS1 },
  RS256: { type: ALG.RSA, scheme: { algorithm: ALG.RSASSA, hash: ALG.SHA256 }, cose: COSE.RS256 },
  ES256: { type: ALG.ECC, scheme: { algorithm: ALG.ECDSA, hash: ALG.SHA256 }, cose: COSE.ES256 },
} as const;
export type AttestationKey = keyof typeof ATTESTATION_KEYS;

/** A person's PIN where a test does not care. */
export const PIN = '482915';

export type AuthenticatorOptions = {
  /** Whose certificate the attestation key has; one of its own by default. */
  ca?: TestCa;
  aikCertificate?: AikCertificate;
  attestationKey?: AttestationKey;
  /** Which keys it can make; before Windows 11 22H2 that was RS256 alone. The page's order decides. */
  algorithms?: KeyAlgorithm[];
  lockout?: Lockout;
  /** The PIN that the person chose when the device was set up, `PIN` by default. */
  pin?: string;
  /** Whose approval sets a new PIN without the old one. */
  pinResetService?: PinResetService;
};

/** What a page asks for: the JSON forms of WebAuthn L3, in the parts that matter here. */
export type CreationOptions = {
  challenge: string;
  rp: { id?: string | undefined; name: string };
  user: { id: string; name: string; displayName: string };
  pubKeyCredParams: { type: string; alg: number }[];
  excludeCredentials?: { id: string }[] | undefined;
  authenticatorSelection?: { authenticatorAttachment?: string | undefined } | undefined;
  attestation?: string | undefined;
  extensions?: { credProps?: boolean | undefined } | undefined;
};
export type RequestOptions = {
  challenge: string;
  rpId?: string | undefined;
  allowCredentials?: { id: string }[] | undefined;
};

/** Where a page stands, as the browser says it. */
export type ClientContext = {
  origin: string;
  /** The origin of the tab, where the page is in another origin's frame. */
  topOrigin?: string | undefined;
};

export type Ceremony = ClientContext & { pin: string };

/** RegistrationResponseJSON. */
export type RegistrationResponse = {
  id: string;
  rawId: string;
  type: 'public-key';
  authenticatorAttachment: 'platform';
  clientExtensionResults: { credProps?: { rk: boolean } };
  response: {
    clientDataJSON: string;
    attestationObject: string;
    authenticatorData: string;
    transports: ['internal'];
    publicKey: string;
    publicKeyAlgorithm: KeyAlgorithm;
  };
};
/** AuthenticationResponseJSON. */
export type AuthenticationResponse = {
  id: string;
  rawId: string;
  type: 'public-key';
  authenticatorAttachment: 'platform';
  clientExtensionResults: Record<string, never>;
  response: { clientDataJSON: string; authenticatorData: string; signature: string; userHandle: string };
};

/**
 * What a TPM can be made to say that Windows would not; each field left out is as Windows has it. What needs no TPM
 * (other certificates, bytes changed after signing) is for the test to do.
 */
export type Deviation = {
  /** TPMA_OBJECT of the new key, such as without fixedTPM. */
  attributes?: number;
  /** A scheme of its own, which is legal. */
  scheme?: Scheme;
  /** A key that was made outside and loaded (EC only): neither fixedTPM nor sensitiveDataOrigin can be true. */
  imported?: boolean;
  /** What the AK signs about: changes the hash over authenticator and client data. */
  extraData?: (extraData: Bytes) => Uint8Array;
  flags?: number;
  aaguid?: string;
  counter?: number;
  /** The client data's other fields, such as `{ crossOrigin: true }`. */
  clientData?: Record<string, unknown>;
  /** `none`, although more was asked for: a TPM that cannot attest, or not yet. */
  attestation?: 'none';
  aikCertificate?: AikCertificate | undefined;
};

/** Why a ceremony ended without a key or a signature; pages see `name` alone. */
export type Refusal =
  | 'wrong_pin'
  | 'locked_out'
  | 'tpm_refused'
  | 'no_credential'
  | 'excluded'
  | 'foreign_rp_id'
  | 'no_algorithm'
  | 'other_attachment'
  | 'cancelled';

/** The DOMException that a browser throws for a refusal (WebAuthn L3 5.1.3, 5.1.4). */
const EXCEPTION: Readonly<
  Record<Refusal, 'NotAllowedError' | 'InvalidStateError' | 'SecurityError' | 'NotSupportedError'>
> = {
  wrong_pin: 'NotAllowedError',
  locked_out: 'NotAllowedError',
  tpm_refused: 'NotAllowedError',
  no_credential: 'NotAllowedError',
  excluded: 'InvalidStateError',
  foreign_rp_id: 'SecurityError',
  no_algorithm: 'NotSupportedError',
  other_attachment: 'NotAllowedError',
  cancelled: 'NotAllowedError',
};

export class AuthenticatorError extends Error {
  override readonly name: (typeof EXCEPTION)[Refusal];
  readonly refusal: Refusal;
  /** The TPM's word, such as `TPM_RC_AUTH_FAIL`. */
  readonly tpm: string | undefined;

  constructor(refusal: Refusal, cause?: TpmError) {
    super(`The authenticator refused: ${refusal}${cause ? ` (${cause.message})` : ''}`, { cause });
    this.name = EXCEPTION[refusal];
    this.refusal = refusal;
    this.tpm = cause?.response;
  }
}

/** A key as it lies on the disk: the TPM's two areas and what the system keeps beside them. */
export type StoredKey = {
  id: string;
  rpId: string;
  userHandle: string;
  userName: string;
  algorithm: KeyAlgorithm;
  counter: number;
  blob: Blob;
};

/** Who may approve a new PIN: a key, and what it says to a request. */
export type PinResetService = {
  publicKey: KeyObject;
  /** Signs a SHA-256 digest, ECDSA on P-256, as r || s. */
  approve: (request: { nonceTpm: Uint8Array; cpHash: Uint8Array }) => Uint8Array;
};

/** A PIN reset service with a key of its own that approves everything. */
export function createPinResetService(): PinResetService {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    publicKey,
    // The digest is SHA-256 of this; node's sign hashes by itself.
    approve: ({ nonceTpm, cpHash }) =>
      sign('sha256', concat(nonceTpm, u32(0), cpHash), { key: privateKey, dsaEncoding: 'ieee-p1363' }),
  };
}

export type Authenticator = Awaited<ReturnType<typeof createAuthenticator>>;

const STORAGE_ROOT = 0x8100_0001;
const ATTESTATION = 0x8101_0002;

const ATTESTATION_ATTRIBUTES =
  ATTRIBUTE.fixedTPM |
  ATTRIBUTE.fixedParent |
  ATTRIBUTE.sensitiveDataOrigin |
  ATTRIBUTE.userWithAuth |
  ATTRIBUTE.noDA |
  ATTRIBUTE.restricted |
  ATTRIBUTE.sign;
const STORAGE_ATTRIBUTES = (ATTESTATION_ATTRIBUTES & ~ATTRIBUTE.sign) | ATTRIBUTE.decrypt;

const EMPTY = { [ALG.RSA]: { n: NOTHING }, [ALG.ECC]: { x: NOTHING, y: NOTHING } } as const;

const template = (type: Public['type'], attributes: number, more: Partial<Public> = {}): Public => ({
  type,
  nameAlg: ALG.SHA256,
  attributes,
  authPolicy: NOTHING,
  symmetric: false,
  scheme: null,
  unique: EMPTY[type],
  ...more,
});

const KEY_TYPE = { [COSE.ES256]: ALG.ECC, [COSE.RS256]: ALG.RSA } as const;
const SIGNING = {
  [COSE.ES256]: { algorithm: ALG.ECDSA, hash: ALG.SHA256 },
  [COSE.RS256]: { algorithm: ALG.RSASSA, hash: ALG.SHA256 },
} as const satisfies Record<KeyAlgorithm, Scheme>;

const sha256 = (...parts: Uint8Array[]) => hash(ALG.SHA256, ...parts);
const utf8 = (text: string) => new TextEncoder().encode(text);
const base64url = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url');
const authValueOf = (pin: string) => sha256(utf8(pin));

/** A TPM's key as a `KeyObject`. */
export function publicKeyOf(publicArea: Uint8Array): KeyObject {
  const { unique } = decodePublic(publicArea);
  const key =
    'n' in unique
      ? { kty: 'RSA', n: base64url(unique.n), e: 'AQAB' }
      : { kty: 'EC', crv: 'P-256', x: base64url(unique.x), y: base64url(unique.y) };
  return createPublicKey({ key, format: 'jwk' });
}

/** The public area that a foreign EC key has when it is loaded. */
function externalArea(key: KeyObject, more: Partial<Public> = {}): Bytes {
  const { x = '', y = '' } = key.export({ format: 'jwk' });
  return encodePublic(
    template(ALG.ECC, ATTRIBUTE.userWithAuth | ATTRIBUTE.sign, {
      unique: {
        x: new Uint8Array(Buffer.from(x, 'base64url')),
        y: new Uint8Array(Buffer.from(y, 'base64url')),
      },
      ...more,
    }),
  );
}

/** COSE_Key (RFC 9052 7) in canonical order. */
function coseKey(publicArea: Uint8Array): Uint8Array {
  const { unique } = decodePublic(publicArea);
  return encodeCBOR(
    'n' in unique
      ? new Map<number, number | Uint8Array>([
          [1, 3],
          [3, COSE.RS256],
          [-1, unique.n],
          [-2, Uint8Array.of(1, 0, 1)],
        ])
      : new Map<number, number | Uint8Array>([
          [1, 2],
          [3, COSE.ES256],
          [-1, 1],
          [-2, unique.x],
          [-3, unique.y],
        ]),
  );
}

/** An unsigned INTEGER in DER. */
function derInteger(bytes: Uint8Array): Bytes {
  const first = bytes.findIndex((byte) => byte !== 0);
  const significant = first < 0 ? Uint8Array.of(0) : bytes.slice(first);
  const value = (significant[0] ?? 0) > 0x7f ? concat(Uint8Array.of(0), significant) : significant;
  return concat(Uint8Array.of(0x02, value.length), value);
}

/** A signature as WebAuthn wants it (L3 6.5.5): ECDSA as a DER sequence, RSA as it is. */
function webauthnSignature(signature: Signature): Bytes {
  if (signature.algorithm === ALG.RSASSA) return new Uint8Array(signature.signature);
  const body = concat(derInteger(signature.r), derInteger(signature.s));
  return concat(Uint8Array.of(0x30, body.length), body);
}

/** r || s as the TPM's structure. */
const tpmSignature = (signature: Uint8Array): Signature => ({
  algorithm: ALG.ECDSA,
  hash: ALG.SHA256,
  r: signature.slice(0, 32),
  s: signature.slice(32),
});

/** WebAuthn L3 5.8.1, in the order in which browsers write it. */
function clientDataJSON(
  type: 'webauthn.create' | 'webauthn.get',
  challenge: string,
  { origin, topOrigin }: ClientContext,
  deviation: Deviation,
): Bytes {
  const crossOrigin = topOrigin !== undefined && topOrigin !== origin;
  return utf8(
    JSON.stringify({
      type,
      challenge,
      origin,
      crossOrigin,
      ...(crossOrigin && { topOrigin }),
      ...deviation.clientData,
    }),
  );
}

/** The RP ID for an origin: its host, or a parent of it (L3 5.1.3 step 8; public suffixes are not known here). */
function rpIdFor(asked: string | undefined, origin: string): string {
  const { hostname } = new URL(origin);
  if (asked === undefined || asked === hostname) return hostname;
  if (!asked.includes('.') || !hostname.endsWith(`.${asked}`)) throw new AuthenticatorError('foreign_rp_id');
  return asked;
}

/** Ceremonies need a loaded key or two of the three places: they wait for each other. */
function queue() {
  let last: Promise<unknown> = Promise.resolve();
  return <T>(work: () => Promise<T>): Promise<T> => {
    const done = last.then(work);
    last = done.catch(() => undefined);
    return done;
  };
}

/** What a refusal of the TPM means to the person. */
function refusalOf(error: unknown): unknown {
  if (!(error instanceof TpmError)) return error;
  const refusals: Record<string, Refusal> = { TPM_RC_AUTH_FAIL: 'wrong_pin', TPM_RC_LOCKOUT: 'locked_out' };
  return new AuthenticatorError(refusals[error.response] ?? 'tpm_refused', error);
}

/**
 * Sets an authenticator up on a fresh TPM: lockout parameters, storage root, attestation key with its certificate, and
 * the person's PIN.
 */
export async function createAuthenticator(tpm: Tpm, options: AuthenticatorOptions = {}) {
  const { attestationKey = 'RS1', algorithms = [COSE.ES256, COSE.RS256], pin: firstPin = PIN } = options;
  const { lockout = LOCKOUT.windows, pinResetService = createPinResetService() } = options;
  const attestation = ATTESTATION_KEYS[attestationKey];
  const ca = options.ca ?? (await createTestCa());

  await tpm.dictionaryAttackParameters(lockout);
  const storageTemplate = template(ALG.ECC, STORAGE_ATTRIBUTES, { symmetric: true });
  const storageArea = await persist(tpm, HIERARCHY.owner, storageTemplate, STORAGE_ROOT);
  const ak = publicKeyOf(
    await persist(
      tpm,
      HIERARCHY.endorsement,
      template(attestation.type, ATTESTATION_ATTRIBUTES, { scheme: attestation.scheme }),
      ATTESTATION,
    ),
  );
  const x5c = await ca.chain(ak, options.aikCertificate);
  const resetArea = externalArea(pinResetService.publicKey);
  const authPolicy = signedCommandPolicy(nameOf(resetArea), 'ObjectChangeAuth');

  const inTurn = queue();
  const keys = new Map<string, StoredKey>();
  const keyTemplate = (algorithm: KeyAlgorithm, deviation: Deviation = {}) =>
    template(KEY_TYPE[algorithm], deviation.attributes ?? HELLO_KEY_ATTRIBUTES, {
      authPolicy,
      ...(deviation.scheme && { scheme: deviation.scheme }),
    });
  /** The PIN by itself, so that it is checked before the first key is made. */
  let pinKey = await tpm.create(STORAGE_ROOT, keyTemplate(COSE.ES256), authValueOf(firstPin));

  async function withLoaded<T>(blob: Blob, use: (loaded: Loaded) => Promise<T>): Promise<T> {
    const loaded = await tpm.load(STORAGE_ROOT, blob);
    try {
      return await use(loaded);
    } finally {
      await tpm.flushContext(loaded.handle);
    }
  }

  const checkPin = (pin: string) =>
    withLoaded(pinKey, ({ handle }) =>
      tpm.sign({ handle, authorization: { value: authValueOf(pin) } }, sha256(NOTHING), SIGNING[COSE.ES256]),
    );

  /** Changes every private area or none: what one key had refused, no key has done. */
  async function reseal(change: (loaded: Loaded) => Promise<Bytes>): Promise<void> {
    const resealed = async (blob: Blob): Promise<Blob> => ({
      ...blob,
      privateArea: await withLoaded(blob, change),
    });
    const newPinKey = await resealed(pinKey);
    const changed: StoredKey[] = [];
    for (const key of keys.values()) changed.push({ ...key, blob: await resealed(key.blob) });
    // The old private areas still open with the old PIN: they are dropped here, and nowhere kept.
    pinKey = newPinKey;
    for (const key of changed) keys.set(key.id, key);
  }

  /** A new key in the TPM, with the AK's statement about it. */
  async function attested(
    algorithm: KeyAlgorithm,
    authValue: Uint8Array,
    deviation: Deviation,
    extraDataFor: (publicArea: Bytes) => Uint8Array,
  ) {
    const certify = async (publicArea: Bytes, loaded: Loaded) => {
      const object = { handle: loaded.handle, authorization: { value: authValue } };
      return await tpm.certify(object, ATTESTATION, extraDataFor(publicArea));
    };
    if (!deviation.imported) {
      const blob = await tpm.create(STORAGE_ROOT, keyTemplate(algorithm, deviation), authValue);
      return { blob, ...(await withLoaded(blob, (loaded) => certify(blob.publicArea, loaded))) };
    }
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const publicArea = externalArea(publicKey, { authPolicy });
    const d = Buffer.from(privateKey.export({ format: 'jwk' }).d ?? '', 'base64url');
    const loaded = await tpm.loadExternal(publicArea, { d, authValue });
    try {
      // It has no private area: what is outside the TPM cannot be loaded below its root.
      return { blob: { publicArea, privateArea: NOTHING }, ...(await certify(publicArea, loaded)) };
    } finally {
      await tpm.flushContext(loaded.handle);
    }
  }

  async function create(
    asked: CreationOptions,
    ceremony: Ceremony,
    deviation: Deviation = {},
  ): Promise<RegistrationResponse> {
    const rpId = rpIdFor(asked.rp.id, ceremony.origin);
    const algorithm = asked.pubKeyCredParams
      .filter(({ type }) => type === 'public-key')
      .map(({ alg }) => algorithms.find((own) => own === alg))
      .find((known) => known !== undefined);
    if (algorithm === undefined) throw new AuthenticatorError('no_algorithm');
    if (asked.authenticatorSelection?.authenticatorAttachment === 'cross-platform')
      throw new AuthenticatorError('other_attachment');
    const known = [...keys.values()].filter((key) => key.rpId === rpId);
    const excluded = new Set(asked.excludeCredentials?.map(({ id }) => id));
    if (known.some(({ id }) => excluded.has(id))) throw new AuthenticatorError('excluded');

    await checkPin(ceremony.pin);
    const credentialId = randomBytes(32);
    const id = base64url(credentialId);
    const clientData = clientDataJSON('webauthn.create', asked.challenge, ceremony, deviation);
    const attests = deviation.attestation !== 'none' && (asked.attestation ?? 'none') !== 'none';
    const authData = (publicArea: Bytes) =>
      authenticatorData(rpId, deviation.flags ?? 0x45, deviation.counter ?? 0, {
        // Windows hides the model where nothing vouches for it.
        aaguid: deviation.aaguid ?? (attests ? WINDOWS_HELLO_AAGUID : NO_AAGUID),
        credentialId,
        publicArea,
      });
    const made = await attested(algorithm, authValueOf(ceremony.pin), deviation, (publicArea) => {
      const extraData = hash(attestation.scheme.hash, authData(publicArea), sha256(clientData));
      return deviation.extraData?.(extraData) ?? extraData;
    });
    const { publicArea } = made.blob;
    const statement = attests
      ? new Map<string, unknown>([
          ['alg', attestation.cose],
          ['sig', webauthnSignature(made.signature)],
          ['ver', '2.0'],
          ['x5c', deviation.aikCertificate ? await ca.chain(ak, deviation.aikCertificate) : x5c],
          ['pubArea', publicArea],
          ['certInfo', made.certInfo],
        ])
      : new Map<string, unknown>();
    const attestationObject = encodeCBOR(
      new Map<string, unknown>([
        ['fmt', attests ? 'tpm' : 'none'],
        ['attStmt', statement],
        ['authData', authData(publicArea)],
      ]) as Parameters<typeof encodeCBOR>[0],
    );

    // Platform keys are discoverable, and one account has one here (w3c/webauthn#1457).
    for (const old of known) if (old.userHandle === asked.user.id) keys.delete(old.id);
    const { id: userHandle, name: userName } = asked.user;
    keys.set(id, { id, rpId, userHandle, userName, algorithm, counter: 1, blob: made.blob });
    return {
      id,
      rawId: id,
      type: 'public-key',
      authenticatorAttachment: 'platform',
      clientExtensionResults: asked.extensions?.credProps ? { credProps: { rk: true } } : {},
      response: {
        clientDataJSON: base64url(clientData),
        attestationObject: base64url(attestationObject),
        authenticatorData: base64url(authData(publicArea)),
        transports: ['internal'],
        publicKey: base64url(publicKeyOf(publicArea).export({ format: 'der', type: 'spki' })),
        publicKeyAlgorithm: algorithm,
      },
    };
  }

  async function get(
    asked: RequestOptions,
    ceremony: Ceremony,
    deviation: Deviation = {},
  ): Promise<AuthenticationResponse> {
    const rpId = rpIdFor(asked.rpId, ceremony.origin);
    const key = keysFor(rpId, asked.allowCredentials).at(-1);
    if (key === undefined) throw new AuthenticatorError('no_credential');
    const clientData = clientDataJSON('webauthn.get', asked.challenge, ceremony, deviation);
    const authData = authenticatorData(rpId, deviation.flags ?? 0x05, deviation.counter ?? key.counter);
    const digest = sha256(authData, sha256(clientData));
    const signature = await withLoaded(key.blob, ({ handle }) =>
      tpm.sign(
        { handle, authorization: { value: authValueOf(ceremony.pin) } },
        digest,
        SIGNING[key.algorithm],
      ),
    );
    keys.set(key.id, { ...key, counter: key.counter + 1 });
    return {
      id: key.id,
      rawId: key.id,
      type: 'public-key',
      authenticatorAttachment: 'platform',
      clientExtensionResults: {},
      response: {
        clientDataJSON: base64url(clientData),
        authenticatorData: base64url(authData),
        signature: base64url(webauthnSignature(signature)),
        userHandle: key.userHandle,
      },
    };
  }

  /** The keys that may answer, the newest last; an empty list of allowed ones allows all (discoverable). */
  function keysFor(rpId: string, allowed: { id: string }[] = []): StoredKey[] {
    return [...keys.values()].filter(
      (key) => key.rpId === rpId && (allowed.length === 0 || allowed.some(({ id }) => id === key.id)),
    );
  }

  /** The old PIN is not needed, nor does a lockout stand in the way; it stays in force, though. */
  async function resetPin(newPin: string, approve: PinResetService['approve']): Promise<void> {
    const authValue = authValueOf(newPin);
    const parent = nameOf(storageArea);
    await reseal(async (loaded) => {
      const session = await tpm.startPolicySession(randomBytes(32));
      const cpHash = commandDigest('ObjectChangeAuth', [loaded.name, parent], sized(authValue));
      const authority = await tpm.loadExternal(resetArea);
      try {
        const signature = tpmSignature(approve({ nonceTpm: session.nonceTpm, cpHash }));
        await tpm
          .policySigned(authority.handle, session.handle, { nonceTpm: session.nonceTpm, cpHash, signature })
          .finally(() => tpm.flushContext(authority.handle));
        await tpm.policyCommandCode(session.handle, 'ObjectChangeAuth');
        const object = { handle: loaded.handle, authorization: { policySession: session.handle } };
        return await tpm.objectChangeAuth(object, STORAGE_ROOT, authValue);
      } catch (error) {
        // A session that authorised something ends with it; one that failed stays.
        await tpm.flushContext(session.handle);
        throw error;
      }
    });
  }

  const ceremony = <T>(work: () => Promise<T>): Promise<T> =>
    inTurn(work).catch((error: unknown) => {
      throw refusalOf(error);
    });

  return {
    /** Whose certificate the attestation key has. */
    ca,
    attestationKey: ak,

    /** Answers `navigator.credentials.create`. Refuses with an `AuthenticatorError`. */
    create: (asked: CreationOptions, given: Ceremony, deviation?: Deviation) =>
      ceremony(() => create(asked, given, deviation)),

    /** Answers `navigator.credentials.get` with the newest key that may. Refuses with an `AuthenticatorError`. */
    get: (asked: RequestOptions, given: Ceremony, deviation?: Deviation) =>
      ceremony(() => get(asked, given, deviation)),

    /** A new PIN for every key, by the old one. Public keys and credential IDs stay. */
    changePin: (oldPin: string, newPin: string) =>
      ceremony(() =>
        reseal(({ handle }) => {
          const object = { handle, authorization: { value: authValueOf(oldPin) } };
          return tpm.objectChangeAuth(object, STORAGE_ROOT, authValueOf(newPin));
        }),
      ),

    /** A new PIN without the old one, by an approval of the PIN reset service that is good for this PIN and once. */
    resetPin: (newPin: string, approve = pinResetService.approve) =>
      ceremony(() => resetPin(newPin, approve)),

    /** How many wrong PINs the TPM remembers, and whether it is locked. */
    lockout: (): Promise<DictionaryAttack> => tpm.dictionaryAttack(),

    /** What the owner of the TPM may do: forget the wrong PINs. */
    clearLockout: (): Promise<void> => tpm.dictionaryAttackLockReset(),

    /** The keys as they lie on the disk, in the order in which they were made. */
    keys: (): StoredKey[] => [...keys.values()],

    /** Puts a copy of a key on this disk: of an old state, or from another machine. */
    restore: (key: StoredKey): void => {
      keys.set(key.id, key);
    },

    /** Forgets every key, as a destructive PIN reset does. */
    forget: (): void => keys.clear(),
  };
}

/** Makes a primary key persistent, which leaves the three transient places to what is used. Returns its public area. */
async function persist(tpm: Tpm, hierarchy: number, key: Public, handle: number): Promise<Bytes> {
  const made = await tpm.createPrimary(hierarchy, key);
  await tpm.evictControl(made.handle, handle);
  await tpm.flushContext(made.handle);
  return made.publicArea;
}

type AttestedCredential = { aaguid: string; credentialId: Uint8Array; publicArea: Uint8Array };

/** WebAuthn L3 6.1. */
function authenticatorData(
  rpId: string,
  flags: number,
  counter: number,
  attested?: AttestedCredential,
): Bytes {
  const head = concat(sha256(utf8(rpId)), Uint8Array.of(flags), u32(counter));
  if (attested === undefined) return head;
  const { aaguid, credentialId, publicArea } = attested;
  return concat(
    head,
    Buffer.from(aaguid.replaceAll('-', ''), 'hex'),
    u16(credentialId.length),
    credentialId,
    coseKey(publicArea),
  );
}
