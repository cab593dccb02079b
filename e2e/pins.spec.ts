import { randomBytes } from 'node:crypto';
import { ristretto255 } from '@noble/curves/ed25519.js';
import { createCredential } from '#domain/software-authenticator';
import { expect, test } from './fixtures.ts';
import type { House } from './house.ts';
import { issuePass, newPerson } from './people.ts';
import { enrolled, type Visitor, visitor } from './visitor.ts';

/** Of a key that a browser keeps itself (docs/decisions/025). */
const SOFTWARE_KEY_AAGUID = '7a355cc2-9e27-4fb1-a9ce-b83a1cff208e';

type Json = Record<string, string>;

async function asked(person: Visitor, path: string, body: unknown): Promise<Json> {
  const answer = await person.post(path, body);
  if (answer.status !== 200) throw new Error(`${path}: ${answer.text}`);
  return answer.json as Json;
}

/** One try at a PIN, as a browser asks for it; the ticket. */
async function tryPin(person: Visitor, container: string, protector?: string): Promise<string> {
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
async function withSoftwareKey(server: House, upn: string, device: string) {
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

test('an administrator sees what was tried at a PIN, clears it, and asks for a new one', async ({
  page,
  server,
}) => {
  const upn = await newPerson(server);
  const { person, container } = await withSoftwareKey(server, upn, 'BENCH-21');
  for (let wrong = 0; wrong < 3; wrong += 1) await tryPin(person, container);
  const administrator = await enrolled(server, await newPerson(server, 'global_administrator'), 'BOSS-21');
  await administrator.enterBrowser(page.context());
  const { text } = await administrator.send(`/admin/people?q=${encodeURIComponent(upn)}`);
  await page.goto(`/admin/people?person=${/person=([0-9a-f-]{36})/.exec(text)?.[1]}`);

  const pin = page.getByRole('listitem').filter({ hasText: 'Tries that count' });
  await expect(pin).toContainText('3 of 32');
  await expect(pin).toContainText('Asks for the phrase A1B2C3 first');
  await pin.getByRole('button', { name: 'Clear the tries' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Clear 3 tries' }).click();
  await expect(page.getByText('can enter the PIN on BENCH-21 again at once')).toBeVisible();
  await expect(pin).toContainText('None of 32');
  await expect(pin.getByRole('button', { name: 'Clear the tries' })).toHaveCount(0);

  await pin.getByRole('link', { name: 'BENCH-21' }).click();
  await page.waitForURL('**/admin/devices?device=*');
  await pin.getByRole('button', { name: 'Ask for a new PIN' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Ask at its next use' }).click();
  await expect(pin.getByText('New PIN asked for')).toBeVisible();

  await page.getByRole('button', { name: 'Disable', exact: true }).click();
  const dialog = page.getByRole('alertdialog');
  await expect(dialog).toContainText('revoked for good');
  await dialog.getByRole('button', { name: 'Disable 1 device and revoke 1 software key' }).click();
  await expect(page.getByText('BENCH-21 is disabled.')).toBeVisible();
  await expect(pin).toHaveCount(0);
  await page.getByRole('button', { name: 'Enable', exact: true }).click();
  await expect(dialog).toContainText('No key is left on it');
});

test('the demo tenant has the PIN reset service, and its devices have the policy for it', async ({
  server,
}) => {
  // The seed ends with the first administrator's link; a story in the same house may have withdrawn the service since.
  const first = async (filter: string[]) =>
    Date.parse(
      JSON.parse(await server.admin(['events', 'list', ...filter, '--order', 'oldest', '--limit', '1'])).at,
    );
  const registered = await first(['--code', 'pin_reset_service_registered']);
  const link = await first(['--code', 'pass_issued', '--person', 'ada@tidewater.example']);
  expect(registered).toBeLessThanOrEqual(link);
  const upn = await newPerson(server);
  await enrolled(server, upn, 'BENCH-22');
  const resolved = JSON.parse(
    await server.admin(['policy', 'resolve', '--user', upn, '--device', 'BENCH-22', '--json']),
  );
  const recovery = resolved.settings.find(({ name }: Json) => name === 'EnablePinRecovery');
  expect(recovery.now).toMatchObject({ value: 'true' });
});
