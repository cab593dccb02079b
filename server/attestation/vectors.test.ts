import { createRequire } from 'node:module';
import { describe, expect, test } from 'vitest';
import { readClientDataBytes } from '#domain/attestation/client-data';
import { isUnreadable, readRegistration } from '#domain/attestation/statement';
import { failedChecks } from '#domain/attestation/verdict';
import { fromBase64Url, toBase64Url } from '#domain/base64url';
import { createRelyingParty } from '../relying-party.ts';
import { builtInAnchors } from './built-in.ts';
import { type Anchor, verifyAttestation } from './verification.ts';

/**
 * Statements that others made, on real hardware: the messages of `fido2-helpers` (MIT, 2018), each at the time when it was
 * made. Nothing here was signed by us.
 */
interface Message {
  readonly rawId: string;
  readonly response: { readonly attestationObject: string; readonly clientDataJSON: string };
}
const { server, certs } = createRequire(import.meta.url)('fido2-helpers') as {
  readonly server: Readonly<Record<string, Message>>;
  readonly certs: Readonly<Record<'yubicoRoot', Uint8Array>>;
};

const bytes = (text: string) => new Uint8Array(Buffer.from(text, 'base64'));
const MADE_AT = new Date('2018-07-01T00:00:00Z');

function message(name: string) {
  const found = server[name];
  if (found === undefined) throw new Error(`There is no message ${name}`);
  const attestationObject = bytes(found.response.attestationObject);
  const clientDataJSON = bytes(found.response.clientDataJSON);
  return { attestationObject, clientDataJSON };
}

/** The certificates that a message carries. */
function chainOf(name: string): readonly Uint8Array[] {
  const { attestationObject, clientDataJSON } = message(name);
  const read = readRegistration(attestationObject, clientDataJSON);
  if (isUnreadable(read) || read.statement === null || !('x5c' in read.statement)) return [];
  return read.statement.x5c ?? [];
}

function judged(
  name: string,
  { site, anchors, at = MADE_AT }: { site: string; anchors: readonly Anchor[]; at?: Date },
) {
  const { attestationObject, clientDataJSON } = message(name);
  const answer = verifyAttestation({
    attestationObject,
    clientDataJSON,
    expected: {
      challenge: readClientDataBytes(clientDataJSON)?.challenge,
      origin: site,
      rpId: new URL(site).hostname,
    },
    at,
    anchors,
  });
  if ('unreadable' in answer) throw new Error(`unreadable: ${answer.unreadable}`);
  return answer.verdict;
}

const WINDOWS = 'challengeResponseAttestationTpmB64UrlMsg';
const YUBICO = 'challengeResponseAttestationU2fMsgB64Url';
const FEITIAN = 'challengeResponseAttestationPackedB64UrlMsg';
const HYPERSECU = 'challengeResponseAttestationU2fHypersecuB64UrlMsg';
const WEBAUTHN_ORG = 'https://webauthn.org';
const LOCALHOST = 'https://localhost:8443';

const anchor = (format: string, certificate: Uint8Array): Anchor => ({
  format,
  name: format,
  certificate,
  builtIn: false,
});

describe('Windows Hello on a TPM of Nuvoton', () => {
  test('is proven by the anchor that ships, and by nothing else', () => {
    const verdict = judged(WINDOWS, { site: WEBAUTHN_ORG, anchors: builtInAnchors });
    expect(failedChecks(verdict)).toEqual([]);
    expect(verdict).toMatchObject({
      class: 'tpm_hardware',
      format: 'tpm',
      aaguid: '08987058-cadc-4b81-b6e1-30de50dcbe96',
      manufacturer: 'Nuvoton',
      anchor: { name: 'Microsoft TPM Root Certificate Authority 2014' },
    });
    expect(verdict.checks.filter(({ outcome }) => outcome === 'not_checked').map(({ id }) => id)).toEqual([
      'credential_id',
      'metadata_status',
      'revocation',
    ]);
    expect(judged(WINDOWS, { site: WEBAUTHN_ORG, anchors: [] }).class).toBe('unverified');
    const foreign = anchor('tpm', new Uint8Array(certs.yubicoRoot));
    expect(failedChecks(judged(WINDOWS, { site: WEBAUTHN_ORG, anchors: [foreign] }))).toEqual([
      'trust_anchor',
    ]);
  });

  test('is accepted by the relying party as a whole', async () => {
    const { attestationObject, clientDataJSON } = message(WINDOWS);
    const read = readRegistration(attestationObject, clientDataJSON);
    if (isUnreadable(read)) throw new Error(read.unreadable);
    const id = toBase64Url(read.authData.credentialId);
    const party = createRelyingParty({ id: 'webauthn.org', origin: WEBAUTHN_ORG, name: 'There' });
    const verified = await party.verifyRegistration(
      {
        id,
        rawId: id,
        type: 'public-key',
        clientExtensionResults: {},
        response: {
          attestationObject: toBase64Url(attestationObject),
          clientDataJSON: toBase64Url(clientDataJSON),
        },
      } as Parameters<typeof party.verifyRegistration>[0],
      { anchors: builtInAnchors, at: MADE_AT },
    );
    expect(verified).toMatchObject({
      verified: true,
      attestationFormat: 'tpm',
      verdict: { class: 'tpm_hardware' },
    });
  });

  test('was made for that site, that challenge and that time', () => {
    const { attestationObject, clientDataJSON } = message(WINDOWS);
    const ask = (expected: Parameters<typeof verifyAttestation>[0]['expected'], at = MADE_AT) => {
      const answer = verifyAttestation({
        attestationObject,
        clientDataJSON,
        expected,
        at,
        anchors: builtInAnchors,
      });
      return 'unreadable' in answer ? [answer.unreadable] : failedChecks(answer.verdict);
    };
    expect(ask({ origin: 'https://evil.example' })).toEqual(['origin']);
    expect(ask({ rpId: 'evil.example' })).toEqual(['rp_id']);
    expect(ask({ challenge: fromBase64Url('AAAA') ?? undefined })).toEqual(['challenge']);
    expect(ask({}, new Date('2018-05-20T16:20:43Z'))).toEqual(['validity']);
    expect(ask({}, new Date('2028-05-20T16:20:45Z'))).toEqual(['validity']);
  });

  test('with any bit of it changed proves nothing', () => {
    const { attestationObject, clientDataJSON } = message(WINDOWS);
    // Every 91st bit: each part is met, at every place in an octet, and the test stays short.
    for (let bit = 0; bit < attestationObject.length * 8; bit += 7 * 13) {
      const changed = Uint8Array.from(attestationObject);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const answer = verifyAttestation({
        attestationObject: changed,
        clientDataJSON,
        expected: {},
        at: MADE_AT,
        anchors: builtInAnchors,
      });
      expect('unreadable' in answer || answer.verdict.class, `bit ${bit}`).not.toBe('tpm_hardware');
    }
  });
});

describe('security keys', () => {
  test('a U2F key of Yubico is hardware under the root that Yubico published', () => {
    const anchors = [anchor('fido-u2f', new Uint8Array(certs.yubicoRoot))];
    const verdict = judged(YUBICO, { site: LOCALHOST, anchors });
    expect(failedChecks(verdict)).toEqual([]);
    expect(verdict).toMatchObject({ class: 'other_hardware', format: 'fido-u2f' });
  });

  test('a U2F key of another maker is not, under that root', () => {
    const anchors = [anchor('fido-u2f', new Uint8Array(certs.yubicoRoot))];
    const verdict = judged(HYPERSECU, { site: WEBAUTHN_ORG, anchors });
    expect(failedChecks(verdict)).toEqual(['trust_anchor']);
    expect(verdict.class).toBe('unverified');
  });

  test('a packed statement of Feitian, three certificates long, fails only in that nobody was verified', () => {
    const [, intermediate, root] = chainOf(FEITIAN);
    for (const pinned of [intermediate, root]) {
      const anchors = [anchor('packed', pinned ?? new Uint8Array())];
      const verdict = judged(FEITIAN, { site: WEBAUTHN_ORG, anchors });
      expect(failedChecks(verdict)).toEqual(['user_verification']);
      expect(verdict.checks.find(({ id }) => id === 'certificate_aaguid')?.outcome).toBe('passed');
      expect(verdict.checks.find(({ id }) => id === 'trust_anchor')?.outcome).toBe('passed');
      expect(verdict.class).toBe('unverified');
    }
  });
});

describe('what proves nothing', () => {
  test('a registration without attestation', () => {
    const verdict = judged('challengeResponseAttestationNoneMsgB64Url', { site: LOCALHOST, anchors: [] });
    expect(failedChecks(verdict)).toEqual(['user_verification']);
    expect(verdict).toMatchObject({ class: 'unverified', format: 'none' });
  });

  test("SafetyNet's message of that time has no client data of today's form", () => {
    expect(() =>
      judged('challengeResponseAttestationSafetyNetMsgB64Url', { site: WEBAUTHN_ORG, anchors: [] }),
    ).toThrow('unreadable: client_data');
  });
});
