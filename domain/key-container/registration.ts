import { p256 } from '@noble/curves/nist.js';
import { joinBytes } from '../attestation/bytes.ts';
import {
  attestedCredentialData,
  authenticatorData,
  clientDataJSON,
  registrationResponse,
  spkiOf,
} from '../authenticator-response.ts';
import { toBase64Url } from '../base64url.ts';
import type { RandomBytes } from '../oprf.ts';
import type { RegistrationResponse } from '../wire.ts';
import { keyAad } from './aad.ts';
import { SOFTWARE_KEY_AAGUID } from './aaguid.ts';
import { keyOf, type Unlocked } from './engine.ts';
import type { Container, UserKey } from './format.ts';
import { seal, wipe } from './seal.ts';
import { FLAGS, mayUse } from './software-key.ts';

/**
 * New user keys. A file of its own because only here are keys computed in JavaScript: a page that signs needs none of it.
 */

/** The AAGUID as it stands in authenticator data. */
const AAGUID_BYTES = Uint8Array.from(SOFTWARE_KEY_AAGUID.replaceAll('-', '').match(/../g) ?? [], (byte) =>
  Number.parseInt(byte, 16),
);

/** PKCS #8 (RFC 5958) of a P-256 key (RFC 5915) up to the secret, and from there up to the public point. */
const PKCS8_HEAD = Uint8Array.from([
  0x30, 0x81, 0x87, 0x02, 0x01, 0x00, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06,
  0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x04, 0x6d, 0x30, 0x6b, 0x02, 0x01, 0x01, 0x04, 0x20,
]);
const PKCS8_MIDDLE = Uint8Array.from([0xa1, 0x44, 0x03, 0x42, 0x00]);

interface NewSoftwareKey {
  readonly credentialId: string;
  /** SubjectPublicKeyInfo, base64url. */
  readonly publicKey: string;
  readonly pkcs8: Uint8Array<ArrayBuffer>;
  readonly response: RegistrationResponse;
}

/** A new ES256 key, and what it answers to a registration ceremony: attestation `none`. */
function newSoftwareKey(
  { challenge, origin, rpId }: { readonly challenge: string; readonly origin: string; readonly rpId: string },
  random: RandomBytes,
): NewSoftwareKey {
  const seed = Uint8Array.from(random(48));
  const secretKey = p256.utils.randomSecretKey(seed);
  const point = p256.getPublicKey(secretKey, false);
  const pkcs8 = joinBytes(PKCS8_HEAD, secretKey, PKCS8_MIDDLE, point);
  wipe(seed, secretKey);
  const id = Uint8Array.from(random(32));
  const credentialId = toBase64Url(id);
  const clientData = clientDataJSON({ type: 'webauthn.create', challenge, origin, crossOrigin: false });
  const authData = authenticatorData(rpId, FLAGS, 0, attestedCredentialData(AAGUID_BYTES, id, point));
  return {
    credentialId,
    publicKey: toBase64Url(spkiOf(point)),
    pkcs8,
    response: registrationResponse(credentialId, clientData, authData),
  };
}

/** The parts of the creation options that a key of a container needs (WebAuthn L3 5.4). */
export interface CreationRequest {
  readonly challenge: string;
  readonly rp: { readonly id?: string | undefined };
  readonly user: { readonly id: string };
}

/** Makes a user key and answers the registration ceremony. `other_person`: the options are for somebody else. */
export async function createKey(
  container: Container,
  unlocked: Unlocked,
  options: CreationRequest,
  origin: string,
  random: RandomBytes,
): Promise<{ readonly container: Container; readonly response: RegistrationResponse } | 'other_person'> {
  const relyingParty = options.rp.id ?? new URL(origin).hostname;
  if (!mayUse(origin, relyingParty)) throw new Error('the relying party is not of this origin');
  if (options.user.id !== container.userHandle) return 'other_person';
  const authenticationKey = keyOf(unlocked, container);
  const made = newSoftwareKey({ challenge: options.challenge, origin, rpId: relyingParty }, random);
  const facts = { credentialId: made.credentialId, relyingParty, publicKey: made.publicKey };
  const sealed = await seal(authenticationKey, made.pkcs8, keyAad(container, facts), random);
  wipe(made.pkcs8);
  const key: UserKey = { ...facts, counter: 0, sealed };
  return { container: { ...container, keys: [...container.keys, key] }, response: made.response };
}
