import { createHash, X509Certificate } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { decodeCBOR } from '@levischuck/tiny-cbor';
import {
  SettingsService,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  type AttestationKey,
  type Authenticator,
  AuthenticatorError,
  type AuthenticatorOptions,
  COSE,
  type CreationOptions,
  createAuthenticator,
  createPinResetService,
  HELLO_KEY_ATTRIBUTES,
  LOCKOUT,
  type RegistrationResponse,
} from './authenticator.ts';
import { ALG, ATTRIBUTE, decodePublic } from './structures.ts';
import { findSwtpm, type Swtpm, startSwtpm } from './swtpm.ts';
import { createTestCa, type TestCa } from './test-ca.ts';

const origin = 'https://login.tidewater.example';
const rpId = 'tidewater.example';
const pin = '482915';
const here = { origin, pin };
const challenge = Buffer.from('a challenge of the server').toString('base64url');

const asked = (more: Partial<CreationOptions> = {}): CreationOptions => ({
  challenge,
  rp: { id: rpId, name: 'Tidewater' },
  user: { id: 'bWlh', name: 'mia@tidewater.example', displayName: 'Mia Berg' },
  pubKeyCredParams: [COSE.ES256, COSE.RS256].map((alg) => ({ type: 'public-key', alg })),
  attestation: 'direct',
  ...more,
});

/** Why a ceremony was refused: what the page sees, what it was, and the TPM's word. */
const refused = (work: Promise<unknown>) =>
  work.then(
    () => 'accepted',
    (error: unknown) => {
      if (!(error instanceof AuthenticatorError)) throw error;
      return [error.name, error.refusal, error.tpm];
    },
  );
const wrongPin = ['NotAllowedError', 'wrong_pin', 'TPM_RC_AUTH_FAIL'];
const lockedOut = ['NotAllowedError', 'locked_out', 'TPM_RC_LOCKOUT'];

describe.skipIf(!findSwtpm())('an authenticator on a TPM', () => {
  let ca: TestCa;
  const tpms: Swtpm[] = [];

  beforeAll(async () => {
    ca = await createTestCa();
    // The library's roots are one table for the process; this is the only test in it.
    SettingsService.setRootCertificates({ identifier: 'tpm', certificates: [ca.rootPem] });
  });
  afterEach(() => Promise.all(tpms.splice(0).map(({ stop }) => stop())));

  async function start(options: AuthenticatorOptions = {}): Promise<{ own: Authenticator; swtpm: Swtpm }> {
    const swtpm = await startSwtpm();
    tpms.push(swtpm);
    return { own: await createAuthenticator(swtpm.tpm, { ca, pin, ...options }), swtpm };
  }

  const verifyRegistration = async (response: RegistrationResponse) => {
    const result = await verifyRegistrationResponse({
      response,
      expectedChallenge: challenge,
      expectedOrigin: origin,
      expectedRPID: rpId,
    });
    if (!result.verified) throw new Error('not verified');
    return result.registrationInfo;
  };

  /** Signs in and has the signature verified with the key that was registered. */
  async function signIn(own: Authenticator, made: RegistrationResponse, typed = pin) {
    const { credential } = await verifyRegistration(made);
    const response = await own.get({ challenge, rpId }, { origin, pin: typed });
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response,
      expectedChallenge: challenge,
      expectedOrigin: origin,
      expectedRPID: rpId,
      credential,
    });
    expect(response.response.userHandle).toBe('bWlh');
    return { verified, uv: authenticationInfo.userVerified, counter: authenticationInfo.newCounter };
  }

  const statementOf = ({ response }: RegistrationResponse) => {
    const object = decodeCBOR(new Uint8Array(Buffer.from(response.attestationObject, 'base64url'))) as Map<
      string,
      unknown
    >;
    const statement = object.get('attStmt') as Map<string, unknown>;
    return {
      format: object.get('fmt'),
      authData: object.get('authData') as Uint8Array,
      algorithm: statement.get('alg'),
      certificates: (statement.get('x5c') as Uint8Array[] | undefined)?.map(
        (der) => new X509Certificate(der),
      ),
      certInfo: statement.get('certInfo') as Uint8Array,
      pubArea: statement.get('pubArea') as Uint8Array,
      fields: [...statement.keys()],
    };
  };

  const attestationKeys: AttestationKey[] = ['RS1', 'RS256', 'ES256'];
  const variants = attestationKeys.flatMap((attestationKey) =>
    ([COSE.ES256, COSE.RS256] as const).map((algorithm) => ({ attestationKey, algorithm })),
  );
  test.each(variants)(
    'attested by $attestationKey, a key for $algorithm registers and signs in',
    async (variant) => {
      const { own } = await start({
        attestationKey: variant.attestationKey,
        algorithms: [variant.algorithm],
      });
      const made = await own.create(asked(), here);
      expect(made.response.publicKeyAlgorithm).toBe(variant.algorithm);
      expect(await verifyRegistration(made)).toMatchObject({
        fmt: 'tpm',
        userVerified: true,
        aaguid: '08987058-cadc-4b81-b6e1-30de50dcbe96',
        credentialDeviceType: 'singleDevice',
        credentialBackedUp: false,
      });
      expect(await signIn(own, made)).toEqual({ verified: true, uv: true, counter: 1 });
      expect(await signIn(own, made)).toEqual({ verified: true, uv: true, counter: 2 });
    },
  );

  test('makes the statement that Windows makes, bit for bit where it is fixed', async () => {
    const { own } = await start();
    const made = await own.create(asked(), here);
    const { authData, certificates = [], certInfo, pubArea, ...statement } = statementOf(made);
    expect(statement).toEqual({
      format: 'tpm',
      algorithm: COSE.RS1,
      fields: ['alg', 'sig', 'ver', 'x5c', 'pubArea', 'certInfo'],
    });
    expect(authData[32]).toBe(0x45);
    expect(decodePublic(pubArea)).toMatchObject({
      type: ALG.ECC,
      nameAlg: ALG.SHA256,
      attributes: 0x0004_0072,
      symmetric: false,
      scheme: null,
    });
    expect(decodePublic(pubArea).authPolicy).toHaveLength(32);
    expect(Buffer.from(certInfo.subarray(0, 6)).toString('hex')).toBe('ff5443478017');

    const [aik, intermediate, ...rest] = certificates;
    expect(rest).toEqual([]);
    expect([aik?.subject, aik?.ca, aik?.publicKey.asymmetricKeyDetails]).toEqual([
      undefined,
      false,
      { modulusLength: 2048, publicExponent: 65537n },
    ]);
    expect(aik?.keyUsage).toEqual(['2.23.133.8.3']);
    expect(aik?.subjectAltName).toBe(
      'DirName:"2.23.133.2.3=#0C0B69643A3230313931303233\\u002c2.23.133.2.2=#0C05737774706D\\u002c2.23.133.2.1=#0C0B69643A3439343234443030"',
    );
    expect(aik?.verify(intermediate?.publicKey ?? aik.publicKey)).toBe(true);
    expect(intermediate?.verify(new X509Certificate(ca.root).publicKey)).toBe(true);
  });

  test('a statement of another authority is refused, and so is one that was made for something else', async () => {
    const { own } = await start({ ca: await createTestCa() });
    await expect(verifyRegistration(await own.create(asked(), here))).rejects.toThrow();
    const { own: good } = await start();
    const flip = (bytes: Uint8Array) => bytes.with(0, (bytes[0] ?? 0) ^ 1);
    const made = await good.create(asked(), here, { extraData: flip });
    await expect(verifyRegistration(made)).rejects.toThrow(/extra data/);
  });

  test('hides its model and states nothing where no attestation is wanted, or where it cannot', async () => {
    const { own } = await start();
    for (const create of [
      () => own.create(asked({ attestation: 'none' }), here),
      () => own.create(asked({ attestation: undefined }), here),
      () => own.create(asked(), here, { attestation: 'none' }),
    ]) {
      const made = await create();
      expect(statementOf(made)).toMatchObject({ format: 'none', fields: [] });
      expect(await verifyRegistration(made)).toMatchObject({
        fmt: 'none',
        aaguid: '00000000-0000-0000-0000-000000000000',
      });
      expect((await signIn(own, made)).verified).toBe(true);
    }
  });

  test('makes what the page asks for first, of what it can make', async () => {
    const algorithms = (...list: number[]) => ({
      pubKeyCredParams: list.map((alg) => ({ type: 'public-key', alg })),
    });
    const { own } = await start();
    const made = await own.create(asked(algorithms(-8, COSE.RS256, COSE.ES256)), here);
    expect(made.response.publicKeyAlgorithm).toBe(COSE.RS256);
    expect(await refused(own.create(asked(algorithms(-8, -35)), here))).toEqual([
      'NotSupportedError',
      'no_algorithm',
      undefined,
    ]);
    expect(
      await refused(
        own.create(asked({ authenticatorSelection: { authenticatorAttachment: 'cross-platform' } }), here),
      ),
    ).toEqual(['NotAllowedError', 'other_attachment', undefined]);
    expect(
      (await own.create(asked({ extensions: { credProps: true } }), here)).clientExtensionResults,
    ).toEqual({
      credProps: { rk: true },
    });
  });

  test('holds one key for a person at a site, and knows those that are to be excluded', async () => {
    const { own } = await start();
    const ids = () => own.keys().map(({ id }) => id);
    const first = await own.create(asked(), here);
    expect(await refused(own.create(asked({ excludeCredentials: [{ id: first.id }] }), here))).toEqual([
      'InvalidStateError',
      'excluded',
      undefined,
    ]);
    const second = await own.create(asked(), here);
    expect(ids()).toEqual([second.id]);
    const colleague = { id: 'aml2YW4', name: 'jivan@tidewater.example', displayName: 'Jivan' };
    const third = await own.create(asked({ user: colleague }), here);
    const elsewhere = await own.create(asked({ rp: { name: 'The login page alone' } }), here);
    expect(ids()).toEqual([second.id, third.id, elsewhere.id]);
    // A key of another site excludes nothing here.
    expect((await own.create(asked({ excludeCredentials: [{ id: elsewhere.id }] }), here)).id).not.toBe(
      second.id,
    );
  });

  test('answers for its own site alone, with a key that may', async () => {
    const { own } = await start();
    const made = await own.create(asked(), here);
    const none = ['NotAllowedError', 'no_credential', undefined];
    const foreign = ['SecurityError', 'foreign_rp_id', undefined];
    const get = (options: { rpId?: string; allowCredentials?: { id: string }[] }, from = origin) =>
      refused(own.get({ challenge, ...options }, { origin: from, pin }));
    expect(await get({ rpId, allowCredentials: [{ id: made.id }] })).toBe('accepted');
    expect(await get({ rpId, allowCredentials: [{ id: 'bm9ib2R5' }] })).toEqual(none);
    expect(await get({})).toEqual(none);
    expect(await get({ rpId: 'evil.example' })).toEqual(foreign);
    expect(await get({ rpId }, 'https://nottidewater.example')).toEqual(foreign);
    expect(await get({ rpId: 'example' })).toEqual(foreign);
    expect(await refused(own.create(asked(), { origin: 'https://evil.example', pin }))).toEqual(foreign);
  });

  test('says truly where the page stands', async () => {
    const { own } = await start();
    const clientData = async (context: { origin: string; topOrigin?: string }) => {
      const { response } = await own.create(asked(), { ...context, pin });
      return JSON.parse(Buffer.from(response.clientDataJSON, 'base64url').toString());
    };
    const own_ = { type: 'webauthn.create', challenge, origin };
    expect(await clientData({ origin })).toEqual({ ...own_, crossOrigin: false });
    expect(await clientData({ origin, topOrigin: origin })).toEqual({ ...own_, crossOrigin: false });
    const topOrigin = 'https://evil.example';
    expect(await clientData({ origin, topOrigin })).toEqual({ ...own_, crossOrigin: true, topOrigin });
  });

  test('a wrong PIN makes nothing and signs nothing, and the TPM counts it', async () => {
    const { own } = await start();
    const wrong = { origin, pin: '000000' };
    expect(await refused(own.create(asked(), wrong))).toEqual(wrongPin);
    expect(own.keys()).toEqual([]);
    const made = await own.create(asked(), here);
    expect(await refused(own.get({ challenge, rpId }, wrong))).toEqual(wrongPin);
    expect(await refused(own.create(asked(), wrong))).toEqual(wrongPin);
    expect(own.keys().map(({ id }) => id)).toEqual([made.id]);
    expect(await own.lockout()).toMatchObject({
      counter: 3,
      maxTries: 32,
      recoverySeconds: 600,
      inLockout: false,
    });
  });

  test('locks at the last wrong PIN for all its keys, and recovers with time', async () => {
    const { own } = await start({ lockout: LOCKOUT.fast });
    const made = await own.create(asked(), here);
    const typed = (given: string) => refused(own.get({ challenge, rpId }, { origin, pin: given }));
    const answers = [];
    for (const given of ['1', '2', '3', '4', '5', '6', pin]) answers.push(await typed(given));
    expect(answers).toEqual([wrongPin, wrongPin, wrongPin, wrongPin, wrongPin, lockedOut, lockedOut]);
    expect(await refused(own.create(asked(), here))).toEqual(lockedOut);
    // The TPM's own clock lets it go.
    while ((await own.lockout()).inLockout) await delay(50);
    expect((await signIn(own, made)).verified).toBe(true);
    expect((await own.lockout()).counter).toBe(4);
  });

  test('as Windows sets it up, the 32nd wrong PIN locks, a reboot does not help, and its owner can', async () => {
    const { own, swtpm } = await start();
    const made = await own.create(asked(), here);
    const typed = (given: string) => refused(own.get({ challenge, rpId }, { origin, pin: given }));
    for (let tries = 1; tries < 32; tries += 1) expect(await typed(`wrong ${tries}`)).toEqual(wrongPin);
    expect(await typed(pin)).toBe('accepted');
    expect(await typed('wrong 32')).toEqual(wrongPin);
    expect(await typed(pin)).toEqual(lockedOut);
    await swtpm.reboot();
    expect(await typed(pin)).toEqual(lockedOut);
    await own.clearLockout();
    expect((await signIn(own, made)).verified).toBe(true);
  });

  test('a new PIN opens the same keys, and the old one none', async () => {
    const { own } = await start();
    const made = await own.create(asked(), here);
    const elsewhere = await own.create(asked({ rp: { name: 'The login page alone' } }), here);
    expect(await refused(own.changePin('000000', '735108'))).toEqual(wrongPin);
    expect((await signIn(own, made)).verified).toBe(true);
    await own.changePin(pin, '735108');
    expect(await signIn(own, made, '735108')).toMatchObject({ verified: true });
    expect(await refused(own.get({ challenge, rpId }, here))).toEqual(wrongPin);
    expect(await refused(own.get({ challenge }, here))).toEqual(wrongPin);
    expect((await own.get({ challenge }, { origin, pin: '735108' })).id).toBe(elsewhere.id);
    // A new key is made under the new PIN as well.
    expect(await refused(own.create(asked(), here))).toEqual(wrongPin);
  });

  test('whoever kept the disk of before has the key with the old PIN', async () => {
    const { own } = await start();
    const made = await own.create(asked(), here);
    const [kept] = own.keys();
    if (kept === undefined) throw new Error('There is no key');
    await own.changePin(pin, '735108');
    expect(own.keys()[0]?.blob.privateArea).not.toEqual(kept.blob.privateArea);
    own.restore(kept);
    expect((await signIn(own, made, pin)).verified).toBe(true);
  });

  test('a forgotten PIN is replaced by an approval, in a lockout too, and the keys stay', async () => {
    const { own } = await start({ lockout: LOCKOUT.fast });
    const made = await own.create(asked(), here);
    for (const given of ['1', '2', '3', '4', '5'])
      await refused(own.get({ challenge, rpId }, { origin, pin: given }));
    await own.resetPin('735108');
    expect(await refused(own.get({ challenge, rpId }, { origin, pin: '735108' }))).toEqual(lockedOut);
    await own.clearLockout();
    expect((await signIn(own, made, '735108')).verified).toBe(true);
    expect(await refused(own.get({ challenge, rpId }, here))).toEqual(wrongPin);
  });

  test("a stranger's approval replaces no PIN, at no key", async () => {
    const { own } = await start();
    const made = await own.create(asked(), here);
    const stranger = createPinResetService();
    for (let attempt = 0; attempt < 4; attempt += 1) {
      expect(await refused(own.resetPin('735108', stranger.approve))).toEqual([
        'NotAllowedError',
        'tpm_refused',
        'TPM_RC_SIGNATURE',
      ]);
    }
    expect((await signIn(own, made)).verified).toBe(true);
    expect((await own.lockout()).counter).toBe(0);
  });

  test('a key that was copied to another TPM opens there for nobody', async () => {
    const { own } = await start();
    const made = await own.create(asked(), here);
    const { own: thief } = await start();
    for (const key of own.keys()) thief.restore(key);
    expect(await refused(thief.get({ challenge, rpId }, here))).toEqual([
      'NotAllowedError',
      'tpm_refused',
      'TPM_RC_INTEGRITY',
    ]);
    expect((await signIn(own, made)).verified).toBe(true);
  });

  test('keys outlive a reboot and a power cut', async () => {
    const { own, swtpm } = await start();
    const made = await own.create(asked(), here);
    await swtpm.reboot();
    expect((await signIn(own, made)).verified).toBe(true);
    await swtpm.crash();
    expect((await signIn(own, made)).verified).toBe(true);
  });

  test('ceremonies at the same time wait for each other', async () => {
    const { own } = await start();
    const made = await own.create(asked(), here);
    const users = Array.from({ length: 8 }, (_, index) => ({
      id: Buffer.from(`user ${index}`).toString('base64url'),
      name: `user ${index}`,
      displayName: `User ${index}`,
    }));
    await Promise.all(
      users.flatMap((user) => [
        own.create(asked({ user, rp: { name: 'elsewhere' } }), here),
        own.get({ challenge, rpId }, here),
        refused(own.get({ challenge, rpId }, { origin, pin: 'wrong' })),
      ]),
    );
    expect(own.keys()).toHaveLength(9);
    expect((await own.lockout()).counter).toBe(8);
    expect(await signIn(own, made)).toMatchObject({ verified: true, counter: 9 });
  });

  describe('what Windows would not say, a TPM truly said', () => {
    const publicArea = async (deviation: Parameters<Authenticator['create']>[2]) => {
      const { own } = await start();
      const { pubArea, certInfo, authData } = statementOf(await own.create(asked(), here, deviation));
      // The statement is about this area: the attested Name ends with its digest.
      const digest = createHash('sha256').update(pubArea).digest();
      return { ...decodePublic(pubArea), named: Buffer.from(certInfo).includes(digest), flags: authData[32] };
    };

    test('a key that may leave the TPM', async () => {
      const attributes = HELLO_KEY_ATTRIBUTES & ~ATTRIBUTE.fixedTPM & ~ATTRIBUTE.fixedParent;
      expect(await publicArea({ attributes })).toMatchObject({ attributes, named: true });
    });
    test('a key that was made outside', async () => {
      const attributes = ATTRIBUTE.userWithAuth | ATTRIBUTE.sign;
      expect(await publicArea({ imported: true })).toMatchObject({ attributes, named: true });
    });
    test('a key with a scheme of its own', async () => {
      const scheme = { algorithm: ALG.ECDSA, hash: ALG.SHA256 };
      expect(await publicArea({ scheme })).toMatchObject({ scheme, named: true });
    });
    test('a key that says it is backed up', async () => {
      expect(await publicArea({ flags: 0x5d })).toMatchObject({ flags: 0x5d, named: true });
    });
  });

  test('an AIK certificate can lack what it needs', async () => {
    const { own } = await start();
    const made = (aikCertificate: NonNullable<Parameters<Authenticator['create']>[2]>['aikCertificate']) =>
      own.create(asked(), here, { aikCertificate });
    for (const certificate of [
      { usages: null },
      { usages: ['2.23.133.8.1'] },
      { subject: 'CN=Not empty' },
      { authority: true },
      { model: null },
      { manufacturer: 'id:00000000' },
      { notAfter: new Date(Date.now() - 1000) },
      { notBefore: new Date(Date.now() + 86_400_000) },
    ]) {
      const response = await made(certificate);
      await expect(verifyRegistration(response), JSON.stringify(certificate)).rejects.toThrow();
    }
    // The same way with nothing changed.
    expect(await verifyRegistration(await made({}))).toMatchObject({ fmt: 'tpm' });
  });
});
