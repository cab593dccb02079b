import { randomBytes, verify } from 'node:crypto';
import { existsSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createPinResetService, publicKeyOf } from './authenticator.ts';
import {
  ALG,
  ATTRIBUTE,
  concat,
  encodePublic,
  HIERARCHY,
  hash,
  NOTHING,
  nameOf,
  type Public,
  sized,
  u32,
} from './structures.ts';
import { findSwtpm, type Swtpm, startSwtpm } from './swtpm.ts';
import {
  type Blob,
  commandDigest,
  connectTpm,
  responseName,
  signedCommandPolicy,
  type Tpm,
  TpmError,
} from './tpm.ts';

const ES256 = { algorithm: ALG.ECDSA, hash: ALG.SHA256 } as const;
const PARENT = 0x8100_0001;
const right = { value: Buffer.from('right') };
const wrong = { value: Buffer.from('wrong') };

const template = (attributes: number, more: Partial<Public> = {}): Public => ({
  type: ALG.ECC,
  nameAlg: ALG.SHA256,
  attributes,
  authPolicy: NOTHING,
  symmetric: false,
  scheme: null,
  unique: { x: NOTHING, y: NOTHING },
  ...more,
});
const OWN =
  ATTRIBUTE.fixedTPM | ATTRIBUTE.fixedParent | ATTRIBUTE.sensitiveDataOrigin | ATTRIBUTE.userWithAuth;
const storage = template(OWN | ATTRIBUTE.noDA | ATTRIBUTE.restricted | ATTRIBUTE.decrypt, {
  symmetric: true,
});
const key = template(OWN | ATTRIBUTE.sign);

/** What the TPM answers to something that it refuses. */
const refused = (work: Promise<unknown>) =>
  work.then(
    () => 'accepted',
    (error: unknown) => {
      if (!(error instanceof TpmError)) throw error;
      return error.response;
    },
  );

async function withParent(): Promise<Swtpm> {
  const swtpm = await startSwtpm();
  const parent = await swtpm.tpm.createPrimary(HIERARCHY.owner, storage);
  await swtpm.tpm.evictControl(parent.handle, PARENT);
  await swtpm.tpm.flushContext(parent.handle);
  return swtpm;
}

describe('response codes', () => {
  test.each([
    ['98e', 'TPM_RC_AUTH_FAIL'],
    ['921', 'TPM_RC_LOCKOUT'],
    ['9a4', 'TPM_RC_POLICY_CC'],
    ['99d', 'TPM_RC_POLICY_FAIL'],
    ['5db', 'TPM_RC_SIGNATURE'],
    ['1df', 'TPM_RC_INTEGRITY'],
    ['902', 'TPM_RC_OBJECT_MEMORY'],
    ['922', 'TPM_RC_RETRY'],
    ['eee', 'TPM_RC 0xeee'],
  ])('0x%s is %s', (code, name) => {
    expect(responseName(Number.parseInt(code, 16))).toBe(name);
  });
});

describe('the client', () => {
  const header = (code: number) => concat(Uint8Array.of(0x80, 0x01), u32(10), u32(code));

  test('sends a command again while the TPM asks for that, and not for ever', async () => {
    const answers = [0x922, 0x922, 0];
    const tpm = connectTpm(async () => header(answers.shift() ?? 0x922));
    await tpm.startup();
    expect(answers).toEqual([]);
    expect(await refused(tpm.startup())).toBe('TPM_RC_RETRY');
  });

  test('sends one command at a time, and goes on after one was lost', async () => {
    let open = 0;
    let most = 0;
    let sent = 0;
    const tpm = connectTpm(async () => {
      open += 1;
      most = Math.max(most, open);
      await new Promise(setImmediate);
      open -= 1;
      sent += 1;
      if (sent === 2) throw new Error('lost');
      return header(0);
    });
    const outcomes = await Promise.allSettled([tpm.startup(), tpm.startup(), tpm.startup()]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(most).toBe(1);
  });

  test('believes no length that the response does not have', async () => {
    const tpm = connectTpm(async () => concat(header(0), Uint8Array.of(0, 0)));
    await expect(tpm.dictionaryAttack()).rejects.toThrow(RangeError);
  });
});

describe.skipIf(!findSwtpm())('a TPM', () => {
  let swtpm: Swtpm;
  let tpm: Tpm;
  beforeEach(async () => {
    swtpm = await withParent();
    tpm = swtpm.tpm;
  });
  afterEach(() => swtpm.stop());

  const withKey = async <T>(
    blob: Blob,
    use: (handle: number, name: Uint8Array) => Promise<T>,
  ): Promise<T> => {
    const { handle, name } = await tpm.load(PARENT, blob);
    try {
      return await use(handle, name);
    } finally {
      await tpm.flushContext(handle);
    }
  };
  const signWith = (blob: Blob, authorization: { value: Uint8Array }, digest = hash(ALG.SHA256, NOTHING)) =>
    withKey(blob, (handle) => tpm.sign({ handle, authorization }, digest, ES256));

  test('signs with a key that it made, for whoever knows its value', async () => {
    const blob = await tpm.create(PARENT, key, right.value);
    const message = randomBytes(100);
    const made = await signWith(blob, right, hash(ALG.SHA256, message));
    if (made.algorithm !== ALG.ECDSA) throw new Error('Another algorithm');
    const padded = (bytes: Uint8Array) => concat(new Uint8Array(32 - bytes.length), bytes);
    const given = { key: publicKeyOf(blob.publicArea), dsaEncoding: 'ieee-p1363' } as const;
    expect(verify('sha256', message, given, concat(padded(made.r), padded(made.s)))).toBe(true);
    expect(await refused(signWith(blob, wrong))).toBe('TPM_RC_AUTH_FAIL');
  });

  test('opens no private area that somebody changed, and no key that another TPM made', async () => {
    const blob = await tpm.create(PARENT, key, right.value);
    const flipped = blob.privateArea.slice();
    flipped[40] = (flipped[40] ?? 0) ^ 1;
    const other = await withParent();
    try {
      expect([
        await refused(tpm.load(PARENT, { ...blob, privateArea: flipped })),
        // noDA instead of protection against guessing: bit 10 stands in the seventh byte.
        await refused(
          tpm.load(PARENT, { ...blob, publicArea: blob.publicArea.with(6, 0x04) as typeof flipped }),
        ),
        await refused(other.tpm.load(PARENT, blob)),
      ]).toEqual(['TPM_RC_INTEGRITY', 'TPM_RC_INTEGRITY', 'TPM_RC_INTEGRITY']);
    } finally {
      await other.stop();
    }
    expect(await refused(signWith(blob, right))).toBe('accepted');
  });

  test('has room for two keys beside their parent, and the client gives back what it takes', async () => {
    const blob = await tpm.create(PARENT, key, right.value);
    for (let round = 0; round < 5; round += 1) await signWith(blob, right);
    const loaded = [];
    for (let place = 0; place < 2; place += 1) loaded.push(await tpm.load(PARENT, blob));
    expect(await refused(tpm.load(PARENT, blob))).toBe('TPM_RC_OBJECT_MEMORY');
    for (const { handle } of loaded) await tpm.flushContext(handle);
  });

  test('locks after the allowed number of wrong values, even for the right one, until its owner resets it', async () => {
    await tpm.dictionaryAttackParameters({ maxTries: 3, recoverySeconds: 600, lockoutRecoverySeconds: 600 });
    const blob = await tpm.create(PARENT, key, right.value);
    const answers = [];
    for (const value of [wrong, right, wrong, wrong, wrong, right])
      answers.push(await refused(signWith(blob, value)));
    const [fail, locked] = ['TPM_RC_AUTH_FAIL', 'TPM_RC_LOCKOUT'];
    // A right value does not make the wrong ones forgotten.
    expect(answers).toEqual([fail, 'accepted', fail, fail, locked, locked]);
    expect(await tpm.dictionaryAttack()).toEqual({
      counter: 3,
      maxTries: 3,
      recoverySeconds: 600,
      lockoutRecoverySeconds: 600,
      inLockout: true,
    });
    await tpm.dictionaryAttackLockReset();
    expect(await refused(signWith(blob, right))).toBe('accepted');
  });

  test('keeps a lockout and its keys through an orderly reboot', async () => {
    await tpm.dictionaryAttackParameters({ maxTries: 1, recoverySeconds: 600, lockoutRecoverySeconds: 600 });
    const blob = await tpm.create(PARENT, key, right.value);
    await refused(signWith(blob, wrong));
    await swtpm.reboot();
    expect(await refused(signWith(blob, right))).toBe('TPM_RC_LOCKOUT');
    expect(await tpm.dictionaryAttack()).toMatchObject({ counter: 1, inLockout: true });
    await tpm.dictionaryAttackLockReset();
    expect(await refused(signWith(blob, right))).toBe('accepted');
  });

  test('counts a power cut after a protected key was used as a wrong value, and an orderly reboot not', async () => {
    const blob = await tpm.create(PARENT, key, right.value);
    await signWith(blob, right);
    await swtpm.reboot();
    expect((await tpm.dictionaryAttack()).counter).toBe(0);
    await signWith(blob, right);
    await swtpm.crash();
    expect((await tpm.dictionaryAttack()).counter).toBe(1);
    expect(await refused(signWith(blob, right))).toBe('accepted');
  });

  test('changes the value of a key, and cannot take the old private area back', async () => {
    const blob = await tpm.create(PARENT, key, right.value);
    const change = (old: { value: Uint8Array }) =>
      withKey(blob, (handle) =>
        tpm.objectChangeAuth({ handle, authorization: old }, PARENT, Buffer.from('new')),
      );
    expect(await refused(change(wrong))).toBe('TPM_RC_AUTH_FAIL');
    const changed = { ...blob, privateArea: await change(right) };
    expect(await refused(signWith(changed, { value: Buffer.from('new') }))).toBe('accepted');
    expect(await refused(signWith(changed, right))).toBe('TPM_RC_AUTH_FAIL');
    // The trap: whoever kept the old area has the key with the old value.
    expect(await refused(signWith(blob, right))).toBe('accepted');
  });

  describe('a new value by an approval', () => {
    const service = createPinResetService();
    const authority = (publicKey = service.publicKey) => {
      const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
      const [xBytes, yBytes] = [x, y].map((text) => new Uint8Array(Buffer.from(text, 'base64url')));
      const unique = { x: xBytes ?? NOTHING, y: yBytes ?? NOTHING };
      return encodePublic(template(ATTRIBUTE.userWithAuth | ATTRIBUTE.sign, { unique }));
    };
    const policy = signedCommandPolicy(nameOf(authority()), 'ObjectChangeAuth');
    const newValue = Buffer.from('new');
    const parentName = async () => {
      const { handle, publicArea } = await tpm.createPrimary(HIERARCHY.owner, storage);
      await tpm.flushContext(handle);
      return nameOf(publicArea);
    };

    type Try = {
      approve?: typeof service.approve;
      publicKey?: typeof service.publicKey;
      command?: 'ObjectChangeAuth' | 'Sign';
      use?: 'ObjectChangeAuth' | 'Sign';
      value?: Uint8Array;
      approved?: Uint8Array;
    };
    /** Goes the whole way with one thing changed. */
    async function attempt(blob: Blob, given: Try = {}): Promise<string> {
      const { approve = service.approve, publicKey = service.publicKey, value = newValue } = given;
      const { command = 'ObjectChangeAuth', use = 'ObjectChangeAuth', approved = value } = given;
      const parent = await parentName();
      const session = await tpm.startPolicySession(randomBytes(32));
      const outcome = await refused(
        withKey(blob, async (handle, name) => {
          const cpHash = commandDigest('ObjectChangeAuth', [name, parent], sized(approved));
          const signature = approve({ nonceTpm: session.nonceTpm, cpHash });
          const external = await tpm.loadExternal(authority(publicKey));
          await tpm
            .policySigned(external.handle, session.handle, {
              nonceTpm: session.nonceTpm,
              cpHash,
              signature: { ...ES256, r: signature.slice(0, 32), s: signature.slice(32) },
            })
            .finally(() => tpm.flushContext(external.handle));
          await tpm.policyCommandCode(session.handle, command);
          const object = { handle, authorization: { policySession: session.handle } };
          if (use === 'Sign') return await tpm.sign(object, hash(ALG.SHA256, NOTHING), ES256);
          return await tpm.objectChangeAuth(object, PARENT, value);
        }),
      );
      if (outcome !== 'accepted') await tpm.flushContext(session.handle);
      return outcome;
    }

    test('works without the old one, and in a lockout, which stays', async () => {
      await tpm.dictionaryAttackParameters({
        maxTries: 1,
        recoverySeconds: 600,
        lockoutRecoverySeconds: 600,
      });
      const blob = await tpm.create(PARENT, { ...key, authPolicy: policy }, right.value);
      await refused(signWith(blob, wrong));
      expect(await attempt(blob)).toBe('accepted');
      expect((await tpm.dictionaryAttack()).inLockout).toBe(true);
    });

    test('is good for one value, one command, one session and one authority', async () => {
      const blob = await tpm.create(PARENT, { ...key, authPolicy: policy }, right.value);
      const stranger = createPinResetService();
      let kept: Uint8Array | undefined;
      const replay: typeof service.approve = (request) => {
        kept ??= service.approve(request);
        return kept;
      };
      expect(await attempt(blob, { approve: replay })).toBe('accepted');
      expect({
        'another value': await attempt(blob, { approved: Buffer.from('other') }),
        'used to sign': await attempt(blob, { use: 'Sign' }),
        'made for signing': await attempt(blob, { command: 'Sign', use: 'Sign' }),
        'in another session': await attempt(blob, { approve: replay }),
        "a stranger's signature": await attempt(blob, { approve: stranger.approve }),
        "a stranger's key": await attempt(blob, { approve: stranger.approve, publicKey: stranger.publicKey }),
      }).toEqual({
        'another value': 'TPM_RC_POLICY_FAIL',
        'used to sign': 'TPM_RC_POLICY_CC',
        'made for signing': 'TPM_RC_POLICY_FAIL',
        'in another session': 'TPM_RC_SIGNATURE',
        "a stranger's signature": 'TPM_RC_SIGNATURE',
        "a stranger's key": 'TPM_RC_POLICY_FAIL',
      });
      expect(await refused(signWith(blob, right))).toBe('accepted');
    });
  });
});

describe.skipIf(!findSwtpm())('a TPM of its own', () => {
  test('has seeds of its own, and leaves nothing behind', async () => {
    const two = [await startSwtpm(), await startSwtpm()];
    const primaries = await Promise.all(two.map(({ tpm }) => tpm.createPrimary(HIERARCHY.owner, storage)));
    expect(primaries[0]?.publicArea).not.toEqual(primaries[1]?.publicArea);
    expect(two.map(({ folder }) => existsSync(folder))).toEqual([true, true]);
    await Promise.all(two.map(({ stop }) => stop()));
    expect(two.map(({ folder }) => existsSync(folder))).toEqual([false, false]);
    await expect(two[0]?.tpm.startup()).rejects.toThrow('The TPM is gone');
  });

  test('says why it did not start', async () => {
    await expect(startSwtpm('/bin/false')).rejects.toThrow('swtpm did not start');
    await expect(startSwtpm('/nowhere/swtpm')).rejects.toThrow('ENOENT');
  });
});
