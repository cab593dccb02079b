import { createPrivateKey, randomBytes, sign } from 'node:crypto';
import {
  createCredential,
  createProfile,
  getAssertion,
  proveProfile,
  type Signer,
} from '#domain/software-authenticator';
import type { Browser } from './browser.ts';

const SESSION_COOKIE = '__Host-latchkey-session';

/** Somebody's browser on a registered device, with a Hello key made there. */
export interface Desk {
  readonly browser: Browser;
  /** A whole sign-in, signed out before and after: options, the key's assertion, the device's proof, verification. */
  signIn(): Promise<void>;
  /** The same, and stays signed in. */
  comeIn(): Promise<void>;
}

let moves = 0;

/** The next address of 65,536, so that no one of them comes near a limit within its window. */
export function nextAddress(): string {
  moves = (moves + 1) % 65_536;
  return `10.1.${moves >> 8}.${moves & 255}`;
}

/** Redeems a pass as the page does, by the action that the page's own script names. Its session is in the browser then. */
export async function redeemPass(browser: Browser, upn: string, pass: string): Promise<void> {
  const page = await browser.get('/sign-in/pass');
  const scripts = [...page.text.matchAll(/<script[^>]+src="([^"]+)"/g)].map(([, source = '']) => source);
  for (const source of scripts) {
    const { text } = await browser.get(source);
    const action = /createServerReference\)?\("([0-9a-f]+)"[^()]*?"redeemPassAction"\)/.exec(text)?.[1];
    if (action === undefined) continue;
    const answer = await browser.act('/sign-in/pass', action, { upn, pass });
    if (browser.cookie(SESSION_COOKIE) !== undefined) return;
    throw new Error(`The pass was refused: ${answer.status} ${answer.text.slice(0, 400)}`);
  }
  throw new Error('No script of the pass page names the action that redeems a pass.');
}

/** Registers a device and a Hello key in a browser that has redeemed a pass, and signs out of the pass's session. */
export async function setUpDesk(browser: Browser, name: string): Promise<Desk> {
  const { origin } = browser;
  const profile = createProfile(randomBytes(48));
  const signProfile = quickly(profile.secretKey, 'ieee-p1363');
  const prove = (challenge: string, credentialId?: string) =>
    proveProfile(profile, origin, challenge, credentialId, signProfile);

  const { challenge } = await browser.post<{ challenge: string }>('/api/device-registration/options', {
    purpose: 'register-device',
  });
  const { profileId } = await browser.post<{ profileId: string }>('/api/device-registration/verification', {
    publicKey: profile.publicKey,
    challenge,
    signature: prove(challenge),
    name,
    joinType: 'joined',
    os: 'Windows',
    browser: 'Edge 156 on Windows',
    platformAuthenticator: 'yes',
  });
  const creation = await browser.post<PublicKeyCredentialCreationOptionsJSON>('/api/registration/options', {
    purpose: 'hello',
  });
  const made = createCredential(creation, origin, randomBytes(48));
  await browser.post('/api/registration/verification', {
    response: made.response,
    device: { id: profileId, signature: prove(creation.challenge, made.key.credentialId) },
  });
  browser.forget(SESSION_COOKIE);

  let { key } = made;
  const signKey = quickly(key.secretKey, 'der');
  async function comeIn() {
    browser.moveTo(nextAddress());
    const options = await browser.post<PublicKeyCredentialRequestOptionsJSON>('/api/authentication/options', {
      purpose: 'sign-in',
    });
    const asserted = getAssertion(options, origin, key, {}, signKey);
    key = asserted.key;
    await browser.post('/api/authentication/verification', {
      response: asserted.response,
      device: { id: profileId, signature: prove(options.challenge, key.credentialId) },
    });
  }
  return {
    browser,
    comeIn,
    async signIn() {
      await comeIn();
      browser.forget(SESSION_COOKIE);
    },
  };
}

/** ECPrivateKey (RFC 5915) of P-256 without its public key: what stands before and after the 32 bytes. */
const EC_PRIVATE_KEY = [
  Buffer.from('30310201010420', 'hex'),
  Buffer.from('a00a06082a8648ce3d030107', 'hex'),
] as const;

/** A signer by OpenSSL: the pure one would make the client slower than the server. */
function quickly(secretKey: Uint8Array, dsaEncoding: 'der' | 'ieee-p1363'): Signer {
  const [before, after] = EC_PRIVATE_KEY;
  const der = Buffer.concat([before, secretKey, after]);
  const key = createPrivateKey({ key: der, format: 'der', type: 'sec1' });
  return (message) => sign('sha256', message, { key, dsaEncoding });
}
