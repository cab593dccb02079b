import { randomBytes } from 'node:crypto';
import { ristretto255 } from '@noble/curves/ed25519.js';
import { createCredential } from '#domain/software-authenticator';
import type { House } from './house.ts';
import { issuePass } from './people.ts';
import { type Visitor, visitor } from './visitor.ts';

/** Of a key that a browser keeps itself (docs/decisions/025). */
const SOFTWARE_KEY_AAGUID = '7a355cc2-9e27-4fb1-a9ce-b83a1cff208e';

type Json = Record<string, string>;

async function asked(person: Visitor, path: string, body: unknown): Promise<Json> {
  const answer = await person.post(path, body);
  if (answer.status !== 200) throw new Error(`${path}: ${answer.text}`);
  return answer.json as Json;
}

/** One try at a PIN, as a browser asks for it; the ticket. */
export async function tryPin(person: Visitor, container: string, protector?: string): Promise<string> {
  const options = await asked(person, '/api/key-container/options', { container });
  // A hidden PIN is a random element, to everybody but its browser.
  const scalar = ristretto255.Point.Fn.create(BigInt(`0x${randomBytes(32).toString('hex')}`));
  const element = Buffer.from(ristretto255.Point.BASE.multiply(scalar).toBytes()).toString('base64url');
  const { challenge = '' } = options;
  const evaluation = {
    container,
    protector: protector ?? options.protector,
    challenge,
    element,
    device: person.prove(challenge, element),
  };
  return (await asked(person, '/api/key-container/evaluation', evaluation)).ticket ?? '';
}

/** Somebody with a software key on a device, made through the doors that a browser uses; the ID of its container. */
export async function withSoftwareKey(server: House, upn: string, device: string) {
  const person = visitor(server);
  await person.redeemPass(upn, await issuePass(server, upn));
  await person.registerDevice(device);
  const made = await person.post('/api/key-container/creation', {});
  const { container, protector } = made.json as unknown as { container: string; protector: { id: string } };
  const ticket = await tryPin(person, container, protector.id);
  const options = await asked(person, '/api/registration/options', { purpose: 'hello', ticket });
  const { response } = createCredential(
    options as unknown as PublicKeyCredentialCreationOptionsJSON,
    server.origin,
    randomBytes(64),
    { aaguid: SOFTWARE_KEY_AAGUID },
  );
  const proof = person.prove(options.challenge ?? '', response.id);
  await asked(person, '/api/registration/verification', { response, device: proof });
  return { person, container };
}
