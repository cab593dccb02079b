import { readdirSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { administrationDeeds, NOBODY } from './deeds.ts';
import { expect, test } from './fixtures.ts';
import type { House } from './house.ts';
import { issuePass, newPerson } from './people.ts';
import { actionOutcome, addressOf, enrolled, serverActions, type Visitor, visitor } from './visitor.ts';

/** The button that mail programs press for their readers (RFC 8058): from anywhere, and in a form. Its own story looks at it. */
const ONE_CLICK = '/api/communication/unsubscribe';

/** Every route that takes a POST, read off the app folder; the others only read. */
const doors = readdirSync('app/api', { recursive: true, encoding: 'utf8' })
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => file.endsWith('route.ts') && /\bPOST\b/.test(readFileSync(`app/api/${file}`, 'utf8')))
  .map((file) => `/api/${file.replace(/\/route\.ts$/, '')}`)
  .filter((door) => door !== ONE_CLICK)
  .sort();
const LIMIT = 64 * 1024;
/** The doors that take files, with what they take more than. */
const FILES: Readonly<Record<string, number>> = {
  '/api/attestation/metadata': 16 * 1024 * 1024,
  '/api/policy/import': Math.ceil((512 * 1024 * 4) / 3) + 1024,
};

interface Schema {
  readonly type?: string;
  readonly anyOf?: readonly Schema[];
}

/** What every refusal of a door has in common. */
function expectProblem(
  answer: Awaited<ReturnType<Visitor['send']>>,
  status: number,
  code: string,
  of: string,
) {
  expect({ of, status: answer.status, code: answer.json.code }).toEqual({ of, status, code });
  expect(answer.json).toMatchObject({ status, title: expect.any(String), detail: expect.any(String) });
  expect(answer.headers.get('content-type')).toBe('application/problem+json');
  expect(answer.headers.get('cache-control')).toBe('no-store');
}

/** Sends a body in chunks, without declaring its length. */
function sendChunked(server: House, path: string, bytes: number): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const headers = { origin: server.origin, 'content-type': 'application/json' };
    const sent = request(server.origin + path, { method: 'POST', headers }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    });
    sent.on('error', reject);
    for (let left = bytes; left > 0; left -= 8192) sent.write(Buffer.alloc(Math.min(left, 8192), 32));
    sent.end();
  });
}

test('every door reads JSON of a known shape, and refuses all else as a problem', async ({ server }) => {
  const { origin } = server;
  const json = 'application/json';
  const deep = `${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`;
  const bad: [body: string | Uint8Array<ArrayBuffer>, status: number, code: string, type?: string][] = [
    ['', 400, 'bad_request'],
    ['not json', 400, 'bad_request'],
    ['{"purpose":', 400, 'bad_request'],
    [Uint8Array.of(0xff, 0xfe, 0x00), 400, 'bad_request'],
    ['null', 400, 'bad_request'],
    ['[]', 400, 'bad_request'],
    ['"hello"', 400, 'bad_request'],
    [deep, 400, 'bad_request'],
    ['{"unknown":true}', 400, 'bad_request'],
    ['{"__proto__":{"purpose":"hello"},"purpose":"hello","x":1}', 400, 'bad_request'],
    ['{"constructor":{"prototype":{"purpose":"hello"}}}', 400, 'bad_request'],
    ['{"purpose":"__proto__"}', 400, 'bad_request'],
    ['{"purpose":{"toString":1}}', 400, 'bad_request'],
    ['{}', 415, 'unsupported_media_type', 'text/plain'],
    ['purpose=hello', 415, 'unsupported_media_type', 'application/x-www-form-urlencoded'],
    ['{}', 415, 'unsupported_media_type', 'multipart/form-data; boundary=x'],
  ];
  expect(doors.length).toBeGreaterThan(6);
  for (const door of doors) {
    // Whoever may not come in hears that first, whatever they bring: somebody who may come in everywhere, not yet too often.
    const someone = await enrolled(server, await newPerson(server, 'global_administrator'), 'SHAPE-02');
    for (const [body, status, code, type = json] of bad) {
      const answer = await someone.send(door, {
        method: 'POST',
        headers: { origin, 'content-type': type },
        body,
      });
      expectProblem(answer, status, code, `${door} ${String(body).slice(0, 40)}`);
    }
    const limit = FILES[door] ?? LIMIT;
    const large = await someone.send(door, {
      method: 'POST',
      headers: { origin, 'content-type': json },
      body: `{"purpose":"${'x'.repeat(limit)}"}`,
    });
    expectProblem(large, 413, 'content_too_large', `${door}, too large`);
    expect(await sendChunked(server, door, limit + 1)).toBe(413);
    for (const method of ['GET', 'PUT', 'DELETE', 'PATCH']) {
      expect([door, method, (await someone.send(door, { method })).status]).toEqual([door, method, 405]);
    }
  }
  expect(({} as Record<string, unknown>).purpose).toBeUndefined();
});

test('a request from another site changes nothing, at any door or action', async ({ server }) => {
  const someone = visitor(server);
  const foreign: Record<string, string>[] = [
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { origin: server.origin.replace('localhost', '127.0.0.1') },
    { origin: `${server.origin}.evil.example` },
    { origin: 'https://evil.example', 'sec-fetch-site': 'same-origin' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': 'none' },
    {},
  ];
  for (const headers of foreign) {
    for (const door of doors) {
      const sent = {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: '{}',
      };
      expectProblem(
        await someone.send(door, sent),
        403,
        'cross_origin',
        `${door} ${JSON.stringify(headers)}`,
      );
    }
  }
  const upn = await newPerson(server);
  const pass = await issuePass(server, upn, '--one-time');
  for (const { origin = '', ...headers } of foreign) {
    const answer = await someone.callAction(
      '(sign-in)#redeemPassAction',
      { upn, pass },
      { ...headers, origin },
    );
    // Next refuses a foreign origin itself; what it lets through is refused by the action.
    if (answer.status === 200)
      expect(actionOutcome(answer)).toMatchObject({ problem: { code: 'cross_origin' } });
    else expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.cookies.join()).not.toContain('latchkey-session=');
  }
  // The one-time pass is still unspent.
  expect(await someone.redeemPass(upn, pass)).toMatchObject({ ok: true });
});

test('a server action takes its own shape only, and says so without breaking', async ({ server }) => {
  const person = await enrolled(server, await newPerson(server, 'global_administrator'), 'SHAPE-01');
  for (const name of serverActions().keys()) {
    if (/#(signOutAction|lockAction|deletePassAction)$/.test(name)) continue;
    for (const input of [null, 'x', [], { unknown: 1 }, { userId: { $ne: null } }]) {
      expect([name, await person.act(name, input)]).toMatchObject([
        name,
        { problem: { code: 'bad_request' } },
      ]);
    }
  }
  const upns = [
    'юрий@tidewater.example',
    'ａdmin@tidewater.example',
    '\u202Emia@tidewater.example',
    "' OR 1=1 --",
    '😀',
  ];
  for (const upn of upns) {
    expect(await visitor(server).redeemPass(upn, 'ABCD2345')).toMatchObject({
      problem: { code: 'sign_in_failed' },
    });
  }
});

test('U+0000 is refused wherever a text may stand', async ({ server }) => {
  const browser = visitor(server);
  expect((await browser.send('/sign-in?x=%00')).status).toBe(400);
  const options = { purpose: 'sign-in', x: '\0' };
  expect(await browser.post('/api/authentication/options', options)).toMatchObject({
    status: 400,
    json: { code: 'bad_request' },
  });
  expect(await browser.redeemPass('mia\0@tidewater.example', 'ABCD2345')).toMatchObject({
    problem: { code: 'bad_request' },
  });
});

test('known and unknown names answer the same, byte for byte but for the support code that each has', async ({
  server,
}) => {
  const known = await newPerson(server);
  const withPass = await newPerson(server);
  await issuePass(server, withPass);
  const answers = await Promise.all(
    [known, withPass, 'nobody@tidewater.example'].flatMap((upn) =>
      [
        ['(sign-in)#redeemPassAction', { upn, pass: 'WRONG234' }] as const,
        ['(sign-in)#passwordAction', { upn, password: 'wrong' }] as const,
      ].map(async ([name, input]) => {
        const { status, text } = await visitor(server).callAction(name, input);
        // Random in every answer, and never missing.
        const said = /^1:.*$/m
          .exec(text)?.[0]
          .replace(/(?<="support":")[0-9A-Z]{4}-[0-9A-Z]{4}(?=")/, 'CODE');
        expect(said).toContain('CODE');
        return [status, said].join(' ');
      }),
    ),
  );
  expect(new Set(answers).size).toBe(1);
});

test('guessing a pass ends in a wait, and somebody else still gets in', async ({ server }) => {
  const victim = await newPerson(server);
  const other = await newPerson(server);
  const right = await issuePass(server, victim);
  const guesser = visitor(server);
  const codes: (string | undefined)[] = [];
  for (let guess = 0; guess < 6; guess += 1) {
    codes.push((await guesser.redeemPass(victim, `GUESS22${guess}`)).problem?.code);
  }
  expect(codes).toEqual([...Array(5).fill('sign_in_failed'), 'too_many_attempts']);
  // Not even the right one, from a browser that forgot its cookies and claims another address.
  const forged = { 'x-forwarded-for': '6.6.6.6', forwarded: 'for=6.6.6.6', 'x-real-ip': '6.6.6.6' };
  const input = { upn: victim.toUpperCase(), pass: right };
  const late = actionOutcome(await visitor(server).callAction('(sign-in)#redeemPassAction', input, forged));
  expect(late.problem).toMatchObject({ code: 'too_many_attempts', retryAfterSeconds: expect.any(Number) });
  expect(late.problem?.retryAfterSeconds).toBeGreaterThan(200);
  expect(await visitor(server).redeemPass(other, await issuePass(server, other))).toMatchObject({ ok: true });
  const log = await server.admin(['events', 'list', '--limit', '200']);
  expect(log).toContain('"address":"127.0.0.1"');
  expect(log).not.toContain('6.6.6.6');
  expect(log).not.toContain('GUESS');
});

test('a captured sign-in opens nothing a second time, here or elsewhere', async ({ server }) => {
  const person = await enrolled(server, await newPerson(server), 'REPLAY-01');
  const body = await person.assertion();
  const thief = visitor(server);
  await thief.post('/api/authentication/options', {});
  expectProblem(await thief.verify(body), 400, 'challenge_invalid', 'another browser');
  expect((await person.verify(body)).status).toBe(200);
  expectProblem(await person.verify(body), 409, 'challenge_consumed', 'the same browser');
});

test('a pass session opens registration and nothing else', async ({ server }) => {
  const upn = await newPerson(server, 'global_administrator');
  const person = visitor(server);
  await person.redeemPass(upn, await issuePass(server, upn));
  const open = [
    '(sign-in)#redeemPassAction',
    '(sign-in)#passwordAction',
    '(device)/provision#keepAsPasskeyAction',
    '(device)/provision#awaitPolicyAction',
    '(device)/provision#goOnWithoutPolicyAction',
    '(sign-in)#codeAction',
    '(sign-in)#newPasswordAction',
    '(sign-in)#federatedAction',
    '(device)/authenticator-app#beginAuthenticatorAppAction',
    '(device)/authenticator-app#finishAuthenticatorAppAction',
    '(device)/phone#beginPhoneAction',
    '(device)/phone#readPhoneOfferAction',
    '(device)/phone#confirmPhoneAction',
    '(sign-in)#askPhonesAfterPasswordAction',
    '(sign-in)#phoneSignInAction',
    '(sign-in)#lookAtApprovalAction',
    '(sign-in)#withdrawApprovalAction',
    '(sign-in)#askPhoneSignInAction',
    '(sign-in)#signInByPhoneAction',
    'reminders#setRemindersAction',
    'presentation/join#joinShowAction',
  ];
  const id = NOBODY;
  const inputs: Record<string, unknown> = {
    ...administrationDeeds(id),
    '(member)#renameKeyAction': { credentialId: id, name: 'x' },
    '(member)#removeKeyAction': { credentialId: id },
    '(member)#reportKeyLostAction': { credentialId: id },
    '(member)#reportDeviceLostAction': { deviceId: id },
    '(member)#dismissNoticesAction': { noticeIds: [id] },
    '(member)#renameDeviceAction': { deviceId: id, name: 'x' },
    '(member)#removeDeviceAction': { deviceId: id },
    '(member)#endSessionAction': { sessionId: 'others' },
    '(member)#deletePassAction': {},
    '(member)#changePasswordAction': { current: 'x', password: 'y' },
    '(member)#renameSecondFactorAction': { kind: 'totp', id, name: 'x' },
    '(member)#removeSecondFactorAction': { kind: 'totp', id },
    '(member)#preferSecondFactorAction': { preferred: 'totp' },
    '(member)#confirmationWaysAction': {},
    '(member)#syncPolicyAction': {},
    '(sign-in)#federatedUnlockAction': {},
    '(sign-in)#confirmWithCodeAction': { password: 'x', code: '000000' },
    '(sign-in)#askPhonesAction': {},
    '(sign-in)#confirmWithPhoneAction': { requestId: id },
    '(sign-in)#lockAction': {},
    'presentation#beginPresentationAction': {},
    'presentation#setUpChapterAction': { chapter: 'password' },
    'presentation#runAttackAction': { attack: 'wrong_origin' },
    'presentation/join#shareShowAction': { chapter: 0, blank: false, report: null },
    'presentation/join#unshareShowAction': {},
    'presentation/clock#moveClockAction': { minutes: 31 },
    'presentation/clock#returnClockAction': {},
  };
  const closed = [...serverActions().keys()].filter(
    (name) => !open.includes(name) && name !== '(sign-in)#signOutAction',
  );
  expect(closed.sort()).toEqual(Object.keys(inputs).sort());
  for (const name of closed) {
    expect([name, await person.act(name, inputs[name])]).toMatchObject([
      name,
      { problem: { code: 'registration_only' } },
    ]);
  }
  for (const purpose of ['unlock', 'step-up']) {
    const answer = await person.post('/api/authentication/options', { purpose });
    expectProblem(answer, 403, 'registration_only', purpose);
  }
  const seen = { chapter: 0, blank: false, report: null };
  expectProblem(await person.post('/api/presentation/show', seen), 403, 'registration_only', 'a show');
  for (const path of [
    '/',
    '/security-info',
    '/devices',
    '/devices/status',
    '/activity',
    '/apps/handbook',
    '/admin',
  ]) {
    const answer = await person.send(path);
    expect([path, answer.status, answer.headers.get('location')]).toEqual([path, 307, '/provision']);
  }
});

test('every page carries its own nonce, and headers that keep other sites out', async ({ server }) => {
  const person = await enrolled(server, await newPerson(server, 'global_administrator'), 'HEADER-01');
  const pages = readdirSync('app', { recursive: true, encoding: 'utf8' })
    .filter((file) => /(^|[\\/])page\.tsx$/.test(file))
    .map((file) => addressOf(`app/${file.replaceAll('\\', '/')}`).replace('[app]', 'handbook'));
  const nonces = new Set<string>();
  const likePictures = ['/no/such/page.png', '/icon.svg/x.svg', '/admin/groups/icon.svg'];
  for (const path of [...pages, ...pages, '/no/such/page', ...likePictures]) {
    const { headers, text } = await person.send(path);
    const policy = headers.get('content-security-policy') ?? '';
    const nonce = /script-src 'nonce-([^']+)' 'strict-dynamic';/.exec(policy)?.[1] ?? '';
    expect(nonce, path).not.toBe('');
    expect(nonces.has(nonce), path).toBe(false);
    nonces.add(nonce);
    expect(policy).not.toMatch(/unsafe/);
    for (const rule of [
      "default-src 'self'",
      "frame-ancestors 'none'",
      "base-uri 'none'",
      "object-src 'none'",
      "form-action 'self'",
    ])
      expect(policy).toContain(rule);
    for (const [tag] of text.matchAll(/<script\b[^>]*>/g)) expect(tag, path).toContain(`nonce="${nonce}"`);
    // React's own stand-in for a form's action is never followed: the policy refuses it.
    expect(text.replaceAll('javascript:throw new Error', '')).not.toMatch(
      / on(click|load|error)=|javascript:/i,
    );
    expect(Object.fromEntries(headers)).toMatchObject({
      // One page reads a QR code, and no other uses the camera.
      'permissions-policy': `publickey-credentials-get=(self), publickey-credentials-create=(self), camera=${path === '/authenticator' ? '(self)' : '()'}`,
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'cache-control': expect.stringContaining('no-store'),
    });
    expect(headers.get('x-powered-by')).toBeNull();
  }
  for (const file of readdirSync('public').filter((name) => !name.endsWith('.js'))) {
    const { status, headers } = await person.send(`/${file}`);
    expect([file, status, headers.get('content-security-policy')]).toEqual([file, 200, null]);
  }
});

test('both cookies belong to this host alone and no script reads them', async ({ server }) => {
  const upn = await newPerson(server);
  const person = visitor(server);
  const pass = await issuePass(server, upn);
  const { cookies } = await person.callAction('(sign-in)#redeemPassAction', { upn, pass });
  expect(cookies.map((line) => line.split('=')[0]).sort()).toEqual([
    '__Host-latchkey-browser',
    '__Host-latchkey-session',
  ]);
  for (const line of cookies) {
    const attributes = line
      .split('; ')
      .slice(1)
      .map((attribute) => attribute.toLowerCase());
    expect(attributes).toEqual(expect.arrayContaining(['path=/', 'secure', 'httponly', 'samesite=lax']));
    expect(attributes.join()).not.toContain('domain');
  }
  expect((await person.send('/sign-in')).headers.get('access-control-allow-origin')).toBeNull();
});

test('by an IP address a page leads to the one origin; health and contract answer programs', async ({
  server,
}) => {
  const byAddress = server.origin.replace('localhost', '127.0.0.1');
  const led = await fetch(`${byAddress}/sign-in/pass?then=add-browser`, { redirect: 'manual' });
  expect([led.status, led.headers.get('location')]).toEqual([
    307,
    `${server.origin}/sign-in/pass?then=add-browser`,
  ]);

  const someone = visitor(server);
  const health = await someone.send('/api/health');
  expect(health.json).toEqual({
    status: 'ok',
    version: expect.stringMatching(/^\d+\.\d+\.\d+/),
    database: 'ok',
  });
  expect(health.headers.get('cache-control')).toContain('no-store');

  const { json } = await someone.send('/api/openapi.json');
  expect(json).toMatchObject({ openapi: expect.stringMatching(/^3\.1\./), info: { title: 'Latchkey' } });
  const paths = json.paths as Record<
    string,
    Record<string, { responses: object; requestBody?: { content: Record<string, { schema: Schema }> } }>
  >;
  const posts = Object.keys(paths).filter((path) => paths[path]?.post !== undefined);
  expect(posts.sort()).toEqual([...doors, ONE_CLICK].sort());
  expect(paths).toHaveProperty(['/api/health', 'get']);
  for (const door of doors) {
    expect(paths[door]).toMatchObject({
      post: {
        responses: {
          200: expect.anything(),
          429: { headers: { 'Retry-After': { schema: { type: 'integer' } } } },
          default: { content: { 'application/problem+json': expect.anything() } },
        },
      },
    });
    const { schema } = paths[door]?.post?.requestBody?.content['application/json'] ?? { schema: {} };
    expect(new Set((schema.anyOf ?? [schema]).map(({ type }) => type))).toEqual(new Set(['object']));
  }
});
