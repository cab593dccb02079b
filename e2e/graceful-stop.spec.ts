import { createHash } from 'node:crypto';
import { request } from 'node:http';
import { connect } from 'node:net';
import { brokenInvariants } from './crash/invariants.ts';
import { inStore } from './crash/store.ts';
import { expect, test } from './fixtures.ts';
import { type House, withHouse } from './house.ts';
import { issuePass, newPerson } from './people.ts';
import { serverAction } from './visitor.ts';

const SESSION = '__Host-latchkey-session';

type Redeemed = { status: number | undefined; token: string | undefined; complete: boolean };

/** Redeems a pass on a connection of its own; `sent` resolves when the server's system has all of it. */
function redeem(house: House, upn: string, pass: string, address: string) {
  const { id, page } = serverAction('(sign-in)#redeemPassAction');
  const body = JSON.stringify([{ upn, pass }]);
  const headers = {
    origin: house.origin,
    'x-forwarded-for': address,
    'next-action': id,
    'content-type': 'text/plain;charset=UTF-8',
    'content-length': Buffer.byteLength(body),
  };
  const sending = request(house.origin + page, { method: 'POST', headers, agent: false });
  const answered = new Promise<Redeemed>((resolve, reject) => {
    sending.on('error', reject);
    sending.on('response', (response) => {
      const cookies = response.headers['set-cookie'] ?? [];
      const token = cookies.map((line) => new RegExp(`^${SESSION}=([^;]+)`).exec(line)?.[1]).find(Boolean);
      response.resume();
      response.on('close', () =>
        resolve({ status: response.statusCode, token, complete: response.complete }),
      );
    });
  });
  const sent = new Promise<void>((resolve) => sending.end(body, resolve));
  return { sent, answered };
}

for (const how of ['SIGTERM', 'message'] as const) {
  test(`told to stop by ${how}, the server finishes what it accepted, takes nothing new and ends with 0`, async ({
    engine,
  }) => {
    test.setTimeout(300_000);
    await withHouse({ demo: false, engine, env: { TRUSTED_PROXY_HOPS: '1' } }, async (house) => {
      const upn = await newPerson(house);
      const pass = await issuePass(house, upn);
      // Somebody who never says what they want keeps nobody from stopping.
      const silent = connect(Number(new URL(house.origin).port), '127.0.0.1');
      silent.on('error', () => {});
      await new Promise<void>((resolve) => silent.once('connect', resolve));
      silent.write(
        'POST /api/authentication/options HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n',
      );

      // Each costs an Argon2id hash.
      const requests = Array.from({ length: 8 }, (_, n) => redeem(house, upn, pass, `10.4.0.${n + 1}`));
      await Promise.all(requests.map(({ sent }) => sent));
      // The first answer says that the others, sent before it, were accepted.
      await Promise.race(requests.map(({ answered }) => answered));
      if (how === 'SIGTERM') house.process().kill('SIGTERM');
      else house.process().send('stop');
      const answers = await Promise.all(requests.map(({ answered }) => answered));
      expect(answers.map(({ status, complete }) => [status, complete])).toEqual(
        answers.map(() => [200, true]),
      );
      const late = await redeem(house, upn, pass, '10.4.1.1').answered.catch((error) => error.code);
      expect(late).toBe('ECONNREFUSED');
      expect(await house.gone()).toBe(0);

      const opened = answers.flatMap(({ token }) => token ?? []);
      expect(opened).toHaveLength(requests.length);
      const hashes = opened.map((token) => createHash('sha256').update(token).digest('base64url'));
      const kept = await inStore(house, ({ rows }) => rows('SELECT "tokenHash" FROM "Session"'));
      expect(kept.map(({ tokenHash }) => tokenHash)).toEqual(expect.arrayContaining(hashes));
      expect(await brokenInvariants(house)).toEqual([]);
      expect(house.log()).not.toMatch(/error|unhandled/i);
    });
  });
}
