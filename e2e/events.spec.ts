import { readFileSync } from 'node:fs';
import { expect, test } from './fixtures.ts';
import { newPerson } from './people.ts';
import { enrolled, type Visitor, visitor } from './visitor.ts';

type Entry = { id: string; at: string; code: string; upn: string | null; outcome: string; sessionId: string };

const EXPORT = '/api/events/export';
const STREAM = '/api/events/stream';
/** Each of these stories enrols several people. */

/** What a browser says of a request of our own page. */
const own = { 'sec-fetch-site': 'same-origin' };

async function exported(reader: Visitor, query: string): Promise<Entry[]> {
  const answer = await reader.send(`${EXPORT}?format=ndjson&${query}`, { headers: own });
  expect(answer.status, answer.text).toBe(200);
  return answer.text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Entry);
}

test('a reader filters by person, device, event and time, and the address says it all', async ({
  page,
  server,
}) => {
  const upn = await newPerson(server);
  await enrolled(server, upn, 'LOG-31');
  const reader = await enrolled(server, await newPerson(server, 'global_reader'), 'LOG-32');
  await reader.enterBrowser(page.context());
  await page.goto('/admin/events');
  await page.getByText('More filters').click();
  await page.getByLabel('Person', { exact: true }).fill(upn.toUpperCase());
  await page.getByLabel('Windows event ID').fill('300; 105');
  await page.getByLabel('When').selectOption('The last 24 hours');
  await page.getByRole('button', { name: 'Apply' }).click();
  await page.waitForURL(/windowsId=300%2C105/);
  const rows = page.getByRole('table', { name: /^Events/ }).getByRole('row');
  await expect(rows).toHaveCount(3);
  await expect(rows.nth(1)).toContainText('NGC key registered');
  await expect(rows.nth(2)).toContainText('Device registered');
  // A copy of the address shows the same to a colleague.
  const url = page.url();
  await page.goto('about:blank');
  await page.goto(url);
  await expect(rows).toHaveCount(3);

  await page.getByRole('link', { name: /NGC key registered/ }).click();
  await expect(page.getByRole('heading', { name: 'As Windows would log it' })).toBeVisible();
  await expect(
    page.getByText(/^The NGC key was successfully registered\. Key ID: \{[0-9a-f-]{36}\}/),
  ).toBeVisible();
  await expect(page.getByText('Microsoft-Windows-User Device Registration/Admin')).toBeVisible();
  await page.getByRole('link', { name: 'More on this device' }).click();
  await page.waitForURL(/device=/);
  await expect(page.getByRole('link', { name: /^On LOG-31/ })).toBeVisible();
  await page.getByRole('link', { name: 'Failed', exact: true }).click();
  await expect(page.getByText('No event fits')).toBeVisible();
  await page.goBack();
  await expect(page.getByRole('link', { name: /NGC key registered/ })).toBeVisible();
  await page.getByRole('link', { name: 'Clear all' }).click();
  await page.waitForURL((address) => address.search === '');

  await page.goto('/admin/events?windowsId=300;drop');
  await expect(page.getByText("That filter couldn't be read.")).toBeVisible();
  await page.goto('/admin/events?after=yesterday');
  await expect(page.getByText("That place in the list couldn't be read.")).toBeVisible();
  await page.getByRole('link', { name: 'From the beginning' }).click();
  await expect(rows.nth(1)).toBeVisible();
});

test('pages go both ways by key, and what is exported is what is on screen', async ({ page, server }) => {
  const reader = await enrolled(server, await newPerson(server, 'global_reader'), 'LOG-33');
  await reader.enterBrowser(page.context());
  const filter = 'kind=sign-ins&outcome=failure';
  await page.goto(`/admin/events?${filter}&to=2100-01-01`);
  const ids = async () =>
    await page
      .locator('a[data-row]')
      .evaluateAll((rows) =>
        rows.map((row) => new URL((row as HTMLAnchorElement).href).searchParams.get('event')),
      );
  await expect(page.locator('a[data-row]').first()).toBeVisible();
  const seen = await ids();
  const first = seen.slice();
  const older = page.getByRole('link', { name: 'Older', exact: true });
  while (await older.isVisible()) {
    const before = page.url();
    await older.click();
    await page.waitForURL((address) => address.href !== before);
    await expect.poll(async () => (await ids())[0] ?? seen.at(-50)).not.toBe(seen.at(-50));
    seen.push(...(await ids()));
  }
  expect(new Set(seen).size).toBe(seen.length);
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: 'Export what is filtered as NDJSON' }).click(),
  ]);
  expect(download.suggestedFilename()).toMatch(/^latchkey-events-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ\.ndjson$/);
  const lines = readFileSync(await download.path(), 'utf8')
    .split('\n')
    .filter(Boolean);
  expect(lines.map((line) => (JSON.parse(line) as Entry).id)).toEqual(seen);
  if (seen.length > 50) {
    const newer = page.getByRole('link', { name: 'Newer', exact: true });
    while (await newer.isVisible()) {
      const before = page.url();
      await newer.click();
      await page.waitForURL((address) => address.href !== before);
    }
    await expect.poll(ids).toEqual(first);
  }
  // The other door, the same rows; and the export itself is on the log.
  const csv = await server.admin([
    'events',
    'export',
    '--format',
    'csv',
    '--kind',
    'sign-ins',
    '--outcome',
    'failure',
  ]);
  expect(csv.split('\r\n').slice(1, -1)).toHaveLength(seen.length);
  const [latest] = (
    await server.admin(['events', 'list', '--code', 'events_exported', '--limit', '1'])
  ).split('\n');
  expect(JSON.parse(latest ?? '')).toMatchObject({
    userId: null,
    detail: { count: seen.length, complete: true, filter: 'kind=sign-ins&outcome=failure' },
  });
});

test('somebody signs in elsewhere, and the live log shows it on top; what does not match stays away', async ({
  page,
  server,
}) => {
  const upn = await newPerson(server);
  const person = await enrolled(server, upn, 'LOG-34');
  const other = await enrolled(server, await newPerson(server), 'LOG-35');
  const reader = await enrolled(server, await newPerson(server, 'global_reader'), 'LOG-36');
  await reader.enterBrowser(page.context());
  await page.goto(`/admin/events?person=${upn}&code=sign_in`);
  const rows = page.locator('a[data-row]');
  await expect(rows).toHaveCount(1);
  await page.getByRole('button', { name: 'Live' }).click();
  await expect(page.getByRole('status').filter({ hasText: 'Live: new events appear on top' })).toBeVisible();
  expect((await other.signIn()).status).toBe(200);
  expect((await person.signIn()).status).toBe(200);
  await expect(rows).toHaveCount(2);
  // Its details open beside it, and the log goes on.
  await rows.first().click();
  await expect(
    page.getByRole('complementary').getByRole('heading', { name: 'Sign-in', exact: true }),
  ).toBeVisible();
  expect((await person.signIn()).status).toBe(200);
  await expect(rows).toHaveCount(3);

  // Further down, what comes waits behind a pill.
  await page.goto('/admin/events?live=on');
  await expect(page.getByText('Live: new events appear on top')).toBeVisible();
  await page.evaluate(() => window.scrollTo(0, 1500));
  expect((await person.signIn()).status).toBe(200);
  await page.getByRole('button', { name: /^\d+ new$/ }).click();
  await expect(rows.first()).toContainText('Sign-in');
  await expect(rows.first()).toBeInViewport();
  await page.getByRole('button', { name: 'Live' }).click();
  await expect(page.getByText('Paused', { exact: true })).toBeVisible();

  // Signing out ends it, in words.
  await page.goto('/admin/events?live=on');
  await expect(page.getByText('Live: new events appear on top')).toBeVisible();
  await reader.act('(sign-in)#signOutAction', {});
  await expect(page.getByText('Your session has ended.')).toBeVisible();
});

test('the live stream goes on where a program was, and ends with its session', async ({ server }) => {
  const upn = await newPerson(server);
  const person = await enrolled(server, upn, 'LOG-37');
  const filter = `person=${upn}&code=sign_in`;
  const reader = await enrolled(server, await newPerson(server, 'global_reader'), 'LOG-38');
  const cookie = [...reader.jar].map(([name, value]) => `${name}=${value}`).join('; ');
  const listen = async (query: string, headers: Record<string, string> = {}) => {
    const leaving = new AbortController();
    const answer = await fetch(`${server.origin}${STREAM}?${query}`, {
      headers: { cookie, ...own, ...headers },
      signal: leaving.signal,
    });
    const body = answer.body?.getReader();
    let text = '';
    const until = async (pattern: RegExp | null) => {
      while (pattern === null || !pattern.test(text)) {
        const { done, value } = (await body?.read()) ?? { done: true, value: undefined };
        if (done) break;
        text += Buffer.from(value ?? []).toString('utf8');
      }
      return text;
    };
    return { answer, until, leave: () => leaving.abort() };
  };
  const first = await listen(filter, { 'accept-encoding': 'gzip' });
  expect(first.answer.status).toBe(200);
  expect(Object.fromEntries(first.answer.headers)).toMatchObject({
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store, no-transform',
    'x-accel-buffering': 'no',
  });
  expect(first.answer.headers.get('content-encoding')).toBeNull();
  await first.until(/^: /m);
  /** Signs in; the ID of the event that tells of it, and its frame as the stream shows it. */
  const signIn = async () => {
    expect((await person.signIn()).status).toBe(200);
    const [latest] = await exported(reader, filter);
    return { id: latest?.id ?? '', frame: new RegExp(`^id: (\\d+\\.${latest?.id})\\ndata: .*\\n\\n`, 'm') };
  };
  const one = await signIn();
  const cursor = one.frame.exec(await first.until(one.frame))?.[1] ?? '';
  first.leave();
  // While nobody listens. The header says where the program was; its address is older than that.
  const two = await signIn();
  const second = await listen(`${filter}&after=5.a`, { 'last-event-id': cursor });
  const again = await second.until(two.frame);
  const ids = [...again.matchAll(/^id: (\S+)$/gm)].map(([, id]) => id);
  expect(new Set(ids).size).toBe(ids.length);
  await reader.act('(sign-in)#lockAction', {});
  expect(await second.until(null)).toContain('event: over\ndata: {"code":"session_locked"}');
});

test('nobody else exports or follows, no other site makes a reader do it, and nonsense is named', async ({
  server,
}) => {
  const nobody = visitor(server);
  const member = await enrolled(server, await newPerson(server), 'LOG-39');
  const reader = await enrolled(server, await newPerson(server, 'global_reader'), 'LOG-40');
  for (const path of [`${EXPORT}?format=csv`, STREAM]) {
    const ask = async (who: Visitor, headers: Record<string, string> = own, more = '') => {
      const answer = await who.send(`${path}${more && (path.includes('?') ? '&' : '?') + more}`, { headers });
      expect(answer.headers.get('content-type')).toBe('application/problem+json');
      expect(answer.headers.get('cache-control')).toBe('no-store');
      return [answer.status, answer.json.code, (answer.json.facts as { part?: string } | undefined)?.part];
    };
    expect(await ask(nobody)).toEqual([401, 'sign_in_required', undefined]);
    expect(await ask(member)).toEqual([404, 'not_found', undefined]);
    expect(await ask(member, own, 'nonsense=1')).toEqual([404, 'not_found', undefined]);
    for (const foreign of [{ 'sec-fetch-site': 'cross-site' }, { 'sec-fetch-site': 'none' }, {}])
      expect(await ask(reader, foreign as Record<string, string>)).toEqual([403, 'cross_origin', undefined]);
    for (const [more, part] of [
      ['persn=mia', 'persn'],
      ['person=a&person=b', 'person'],
      ['code=sign_in,of_tomorrow', 'code'],
      ['windowsId=-1', 'windowsId'],
      ['from=2026-02-30', 'from'],
      ['outcome=maybe', 'outcome'],
      ['session=%27OR+1', 'session'],
    ] as const)
      expect(await ask(reader, own, more)).toEqual([400, 'invalid_filter', part]);
    for (const method of ['POST', 'PUT', 'DELETE'])
      expect((await reader.send(path, { method, headers: { origin: server.origin } })).status).toBe(405);
  }
  const bad = await reader.send(`${STREAM}?after=yesterday`, { headers: own });
  expect([bad.status, bad.json.code]).toEqual([400, 'invalid_cursor']);
  const rows = await exported(reader, 'windowsId=300&order=oldest');
  expect(rows.length).toBeGreaterThan(10);
  expect(rows.map(({ at }) => at)).toEqual(rows.map(({ at }) => at).sort());
});
