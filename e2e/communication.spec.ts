/** The kit for the people: words are edited and tried, rings write, reminders are switched off, sheets are printed. */
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import type { Page } from '@playwright/test';
import { SMTPServer } from 'smtp-server';
import { expectAccessible } from './accessible.ts';
import { cutOff, expect, test } from './fixtures.ts';
import { type House, withHouse } from './house.ts';
import { newPerson } from './people.ts';
import { enrolled, visitor } from './visitor.ts';

const HERE = '/admin/communication';

/** A person with a name that is meant to do harm. */
async function aHostilePerson(server: House): Promise<string> {
  const upn = `mal.${process.pid}@tidewater.example`;
  await server.admin(['user', 'add', upn, '<img/src=x/onerror=alert(1)> {{organisation}} "Mal"']);
  return upn;
}

/** A source in one ring of everybody. */
async function aRing(server: House, name: string): Promise<void> {
  const file = test.info().outputPath('source.json');
  const source = {
    name,
    description: '',
    enabled: true,
    order: 1,
    include: ['all_users'],
    exclude: [],
    scopeTags: [],
    required: false,
    values: [{ scope: 'device', name: 'UseBiometrics', value: 'true' }],
  };
  await writeFile(file, JSON.stringify(source));
  const made = await server.admin(['policy', 'source', 'create', 'settings_catalog', file]);
  await server.admin(['policy', 'source', 'publish', /[0-9a-f-]{36}/.exec(made)?.[0] ?? '']);
  await server.admin(['rollout', 'add', name, 'First', '--groups', 'all', '--confirmed']);
  await server.admin(['rollout', 'open', `${name}/First`, '--confirmed']);
}

/** Plans one message of the ring for today. */
async function planForToday(page: Page, { origin }: House, message: string): Promise<void> {
  await page.goto(`${origin}${HERE}`);
  await page.getByRole('button', { name: 'Plan what First sends' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('checkbox', { name: message }).check();
  await dialog.getByLabel('Days').fill('0');
  await dialog.getByLabel('Hour').selectOption('0');
  await dialog.getByRole('button', { name: 'Save the plan' }).click();
  await expect(page.getByText('What First sends was planned.')).toBeVisible();
}

/** The pages of a PDF, each as wide and as high as it says in whole millimetres. */
function pagesOf(pdf: Buffer): string[] {
  const boxes = [...pdf.toString('latin1').matchAll(/\/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]/g)];
  return boxes.map((box) =>
    [box[1], box[2]].map((points) => Math.round((Number(points) / 72) * 25.4)).join(' x '),
  );
}

test('words are changed, looked at as somebody gets them, tried, exported, and shipped again', async ({
  page,
  server,
  expectLoss,
}) => {
  const upn = await newPerson(server, 'global_administrator');
  const administrator = await enrolled(server, upn, 'BOSS-71');
  await administrator.enterBrowser(page.context());
  const hostile = await aHostilePerson(server);
  const frame = page.frameLocator('iframe');

  await test.step('an unknown field is refused beside the words, and the preview waits', async () => {
    await page.goto(HERE);
    await page.getByRole('link', { name: 'Reminder' }).click();
    await expect(frame.getByRole('heading', { level: 1 })).toHaveText(/^Five minutes are still missing/);
    await page.getByLabel('Words').fill('Hello {{name}}');
    await expect(page.getByText('There is no field {{name}}.')).toBeVisible();
    await expect(page.getByRole('button', { name: 'Save the words' })).toBeDisabled();
    await expect(page.getByText('The preview waits')).toBeVisible();
  });

  await test.step('the preview follows each letter, and a hostile name is only a name', async () => {
    await page.getByLabel('Words').fill('Hello {{person}},\n\n**{{account}}**\n\n<b>no markup</b>');
    await page.getByLabel('Find a person').fill(hostile);
    await page.getByRole('button', { name: 'Search' }).click();
    await page.getByRole('link', { name: new RegExp(hostile) }).click();
    await expect(frame.getByText('Hello <img/src=x/onerror=alert(1)> {{organisation}} "Mal",')).toBeVisible();
    await expect(frame.getByText('<b>no markup</b>')).toBeVisible();
    await expect(frame.locator('strong')).toHaveText(hostile);
    await expect(frame.locator('img')).toHaveCount(0);
    await page.getByText('Plain text', { exact: true }).click();
    await expect(page.locator('pre')).toContainText(
      'Hello <img/src=x/onerror=alert(1)> {{organisation}} "Mal",',
    );
    await page.getByText('On a phone', { exact: true }).click();
    await expect(page.locator('iframe')).toHaveAttribute('sandbox', '');
  });

  await test.step('an answer that got lost takes nothing that was typed', async () => {
    const typed = await page.getByLabel('Words').inputValue();
    const { pathname: own } = new URL(page.url());
    expectLoss(own);
    const letThrough = await cutOff(page, ({ pathname }) => pathname === own);
    await page.getByRole('button', { name: 'Save the words' }).click();
    await expect(page.getByText("We can't reach Latchkey.")).toBeVisible();
    await expect(page.getByText('Nothing was changed.')).toHaveCount(0);
    await expect(page.getByLabel('Words')).toHaveValue(typed);
    letThrough();
  });

  await test.step('saved, it is sent to its author and to nobody else', async () => {
    await page.getByRole('button', { name: 'Save the words' }).click();
    await expect(page.getByRole('button', { name: 'Save the words' })).toBeDisabled();
    await page.getByRole('button', { name: 'Send it to me' }).click();
    await expect(page.getByText('It was written to you. Look at the outbox.')).toBeVisible();
    await page.goto('/admin/outbox');
    const row = page.getByRole('row').filter({ hasText: upn }).filter({ hasText: 'Five minutes' });
    await row.getByText('Five minutes').click();
    await expect(row.getByText(/No more reminders: http/)).toBeVisible();
  });

  await test.step('as a file it is a draft with both forms', async () => {
    await page.goto(`${HERE}/words?template=reminder`);
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'EML' }).click(),
    ]);
    expect(download.suggestedFilename()).toBe('reminder.eml');
    const eml = (await readFile(await download.path(), 'utf8')).replaceAll('=\r\n', '');
    const [head = '', boundary = ''] = /^[\s\S]*?boundary="([^"]+)"/.exec(eml) ?? [];
    expect(head).toMatch(/^Subject: Five minutes are still missing: your Windows Hello\r$/m);
    expect(head).toMatch(/^X-Unsent: 1\r$/m);
    expect(head).not.toMatch(/^(To|From|Bcc):/m);
    const types = eml.split(`--${boundary}`).map((part) => /^\r\nContent-Type: ([\w/]+)/.exec(part)?.[1]);
    expect(types.filter(Boolean)).toEqual(['text/plain', 'text/html']);
    expect(eml).toContain('&lt;b&gt;no markup&lt;/b&gt;');
  });

  await test.step('the command line says and writes the same', async () => {
    expect(await server.admin(['communication', 'list'])).toMatch(/^reminder\town words\tFive minutes/m);
    const said = await server.admin(['communication', 'preview', 'reminder', '--user', hostile]);
    expect(said).toContain('Hello <img/src=x/onerror=alert(1)> {{organisation}} "Mal",');
    const html = await server.admin([
      'communication',
      'export',
      'reminder',
      '--format',
      'html',
      '--user',
      hostile,
    ]);
    expect(html).toContain('Hello &lt;img/src=x/onerror=alert(1)&gt; {{organisation}} &quot;Mal&quot;,');
    await expect(server.admin(['communication', 'preview', 'nothing'])).rejects.toThrow('Which one?');
  });

  await test.step('and the shipped words come back', async () => {
    await page.getByRole('button', { name: 'Back to the shipped words' }).click();
    await page.getByRole('button', { name: 'Save the words' }).click();
    await expect(page.getByRole('button', { name: 'Save the words' })).toBeDisabled();
    await page.goto(HERE);
    const row = page.getByRole('row').filter({ hasText: 'Reminder' });
    await expect(row.getByText('As shipped')).toBeVisible();
    const log = await server.admin(['events', 'list', '--limit', '20']);
    expect(log).toContain('communication_changed');
    expect(log).toContain('communication_exported');
  });

  await test.step('what a picture is, its bytes say', async () => {
    const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>');
    await page
      .getByLabel('Logo file')
      .setInputFiles({ name: 'logo.png', mimeType: 'image/png', buffer: svg });
    await expect(page.getByText("That picture can't be used.")).toBeVisible();
    const png = await readFile('public/icon-192.png').catch(() => null);
    if (png === null) return;
    await page
      .getByLabel('Logo file')
      .setInputFiles({ name: 'x.svg', mimeType: 'image/svg+xml', buffer: png });
    await expect(page.getByRole('img', { name: 'Your logo' })).toBeVisible();
    await page.goto(`${HERE}/words?template=reminder`);
    await expect(frame.getByRole('img')).toBeVisible();
    await page.goto(HERE);
    await page.getByRole('button', { name: 'Show the name instead' }).click();
    await expect(page.getByText('The logo was removed.')).toBeVisible();
  });
});

test('the second of two editors sees what the first one changed, and decides', async ({
  page,
  server,
  anotherBrowser,
}) => {
  const [one, other] = [
    await enrolled(server, await newPerson(server, 'global_administrator'), 'BOSS-74'),
    await enrolled(server, await newPerson(server, 'global_administrator'), 'BOSS-75'),
  ];
  const beside = await anotherBrowser();
  await one.enterBrowser(page.context());
  await other.enterBrowser(beside.context());

  await test.step('words: theirs stand beside mine, and mine are put in their place', async () => {
    const first = 'Ask {{contact}}.';
    await page.goto(`${HERE}/words?template=pin_help`);
    await beside.goto(`${HERE}/words?template=pin_help`);
    await page.getByLabel('Words').fill(first);
    await page.getByRole('button', { name: 'Save the words' }).click();
    await expect(page.getByText('The words were saved.')).toBeVisible();
    await beside.getByLabel('Subject').fill('When a PIN is forgotten');
    await beside.getByRole('button', { name: 'Save the words' }).click();
    const told = beside.getByRole('alert').filter({ hasText: 'Somebody changed this' });
    await expect(told.getByRole('listitem').filter({ hasText: `New: ${first}` })).toBeVisible();
    await expect(told.getByRole('listitem').filter({ hasText: 'Gone: It happens' })).toBeVisible();
    await expect(beside.getByLabel('Subject')).toHaveValue('When a PIN is forgotten');
    await expect(beside.getByLabel('Words')).toHaveValue(/^Hello/);
    await expectAccessible(beside, { everyRule: true });
    await told.getByRole('button', { name: 'Put mine in its place' }).click();
    await expect(beside.getByText('The words were saved.')).toBeVisible();
    await expect(told).toHaveCount(0);
  });

  await test.step('and the other way round theirs are taken', async () => {
    await page.getByLabel('Subject').fill('Mine is older');
    await page.getByRole('button', { name: 'Save the words' }).click();
    const told = page.getByRole('alert').filter({ hasText: 'Somebody changed this' });
    await expect(told.getByText('When a PIN is forgotten')).toBeVisible();
    await told.getByRole('button', { name: 'Take theirs' }).click();
    await expect(page.getByLabel('Subject')).toHaveValue('When a PIN is forgotten');
    await expect(told).toHaveCount(0);
    await beside.reload();
    await beside.getByRole('button', { name: 'Back to the shipped words' }).click();
    await beside.getByRole('button', { name: 'Save the words' }).click();
    await expect(beside.getByText('The words were saved.')).toBeVisible();
  });
});

test('hours are those of whoever plans first, sample people are told apart, and two planners lose nothing', async ({
  browser,
  engine,
}) => {
  await withHouse({ demo: true, engine }, async (house) => {
    const context = await browser.newContext({
      baseURL: house.origin,
      timezoneId: 'Europe/Berlin',
      viewport: { width: 1440, height: 900 },
    });
    const boss = await enrolled(house, await newPerson(house, 'global_administrator'), 'BOSS-76');
    await boss.enterBrowser(context);
    await aRing(house, 'Zones');
    const [page, beside] = [await context.newPage(), await context.newPage()];
    await page.goto(HERE);
    await beside.goto(HERE);
    await beside.getByRole('button', { name: 'Plan what First sends' }).click();
    const dialog = beside.getByRole('dialog');
    await expect(
      dialog.getByText('Days and hours are those of Europe/Berlin, as in this browser'),
    ).toBeVisible();
    await dialog.getByRole('checkbox', { name: 'Announcement' }).check();
    await dialog.getByLabel('Days').fill('5');
    await context.setOffline(true);
    await dialog.getByRole('button', { name: 'Save the plan' }).click();
    await expect(dialog.getByText("We can't reach Latchkey.")).toBeVisible();
    await expect(dialog.getByLabel('Days')).toHaveValue('5');
    await expect(dialog.getByRole('checkbox', { name: 'Announcement' })).toBeChecked();
    await context.setOffline(false);

    await planForToday(page, house, 'Set up Windows Hello');
    const line = page.getByRole('listitem').filter({ hasText: 'On the day of the start, 0:00' }).last();
    await expect(line.getByText(/, 0:00, Europe\/Berlin$/)).toBeVisible();
    await expect(
      line.getByText(/sample people among them: what is written to them stays in the outbox/),
    ).toBeVisible();
    await expect(page.getByLabel('Time zone')).toHaveValue('Europe/Berlin');

    await dialog.getByRole('button', { name: 'Save the plan' }).click();
    const told = dialog.getByRole('alert').filter({ hasText: 'Somebody changed this' });
    await expect(told.getByText('Set up Windows Hello: on the day of the start, 0:00')).toBeVisible();
    await told.getByRole('button', { name: 'Take theirs' }).click();
    await expect(dialog.getByRole('checkbox', { name: 'Set up Windows Hello' })).toBeChecked();
    await expect(dialog.getByRole('checkbox', { name: 'Announcement' })).not.toBeChecked();
    await dialog.getByRole('button', { name: 'Keep things as they are' }).click();

    await page.goto('/admin/outbox');
    await expect(async () => {
      await page.reload();
      await expect(page.getByText('To a sample person: it never leaves.').first()).toBeVisible();
    }).toPass({ timeout: 60_000 });
    await context.close();
  });
});

test('a ring writes to its people, and a reminder can be switched off without signing in', async ({
  page,
}) => {
  test.setTimeout(240_000);
  const received: { to: string; text: string }[] = [];
  const peer = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    logger: false,
    onData(stream, { envelope }, done) {
      const pieces: Buffer[] = [];
      stream.on('data', (piece: Buffer) => pieces.push(piece));
      stream.on('end', () => {
        const text = Buffer.concat(pieces).toString('utf8').replaceAll('=\r\n', '').replaceAll('=3D', '=');
        received.push({ to: envelope.rcptTo[0]?.address ?? '', text });
        done();
      });
    },
  });
  peer.listen(0, '127.0.0.1');
  await once(peer.server, 'listening');
  const at = peer.server.address();
  const port = typeof at === 'object' && at ? at.port : 0;
  const env = { SMTP_URL: `smtp://127.0.0.1:${port}`, MAIL_FROM: 'Latchkey <no-reply@tidewater.example>' };

  await withHouse({ demo: false, engine: 'sqlite', env }, async (house) => {
    const boss = await newPerson(house, 'global_administrator');
    const member = await newPerson(house);
    const other = await newPerson(house);
    const administrator = await enrolled(house, boss, 'BOSS-72');
    await aRing(house, 'Kit');
    await administrator.act('admin/communication#saveWords', {
      name: 'reminder',
      subject: 'Five minutes, {{person}}',
      body: 'Your reminder.',
    });
    await administrator.enterBrowser(page.context());
    await planForToday(page, house, 'Reminder');

    const reminders = () => received.filter(({ text }) => text.includes('Your reminder.'));
    const written = () => reminders().map(({ to }) => to);
    await expect.poll(written, { timeout: 90_000 }).toEqual(expect.arrayContaining([member, other]));
    // Whoever has a key needs no reminder.
    expect(written()).not.toContain(boss);
    const { text = '' } = reminders().find(({ to }) => to === member) ?? {};
    const [, oneClick = ''] = /^List-Unsubscribe:\s+<([^>]+)>/m.exec(text) ?? [];
    const link = /http:\/\/localhost:\d+\/reminders\?token=[\w-]+/.exec(text)?.[0] ?? '';

    await test.step('following a link changes nothing; its button does', async () => {
      const reader = visitor(house);
      const led = await fetch(oneClick, { redirect: 'manual' });
      expect([led.status, led.headers.get('location')]).toEqual([303, link]);
      expect((await reader.send(new URL(link).pathname + new URL(link).search)).status).toBe(200);
      expect(await house.admin(['events', 'list'])).not.toContain('reminders_stopped');
      await page.context().clearCookies();
      await page.goto(link);
      await expect(page.getByText(member)).toHaveCount(0);
      await expectAccessible(page, { everyRule: true });
      await page.getByRole('button', { name: 'Stop reminders' }).click();
      await expect(page.getByText('You get no more reminders.')).toBeVisible();
      expect(await house.admin(['events', 'list'])).toContain('reminders_stopped');
      await page.getByRole('button', { name: 'Get reminders again' }).click();
      await expect(page.getByText('Reminders are on again.')).toBeVisible();
    });

    await test.step('a mail program presses the button by itself, from anywhere', async () => {
      const press = (address: string) =>
        fetch(address, {
          method: 'POST',
          headers: { 'content-type': 'application/x-www-form-urlencoded' },
          body: 'List-Unsubscribe=One-Click',
        });
      expect((await press(oneClick)).status).toBe(200);
      expect((await press(oneClick)).status).toBe(200);
      const broken = await press(`${oneClick.slice(0, -4)}AAAA`);
      expect([broken.status, (await broken.json()).code]).toEqual([422, 'reminder_link_broken']);
      await page.goto(`${house.origin}/reminders?token=${'A'.repeat(64)}`);
      await expect(page.getByText('This link is not whole')).toBeVisible();
    });
    // The house goes: nothing of it is asked for any more.
    await page.goto('about:blank');
    expect(new Set(written()).size).toBe(written().length);
  });
  await new Promise<void>((resolve) => peer.close(() => resolve()));
});

test('sheets print as their paper, and nothing of the page around them', async ({ page, server }) => {
  const administrator = await enrolled(server, await newPerson(server, 'global_administrator'), 'BOSS-73');
  await administrator.enterBrowser(page.context());
  const pdf = async (query: string) => {
    await page.goto(`${HERE}/print?${query}`);
    await expect(page.locator('.sheet')).toBeVisible();
    const cut = await page.locator('.sheet').evaluate((sheet) => sheet.scrollHeight > sheet.clientHeight + 1);
    expect([query, cut]).toEqual([query, false]);
    return pagesOf(await page.pdf({ preferCSSPageSize: true, printBackground: true }));
  };
  for (const ink of ['light', 'dark']) {
    expect(await pdf(`sheet=poster&size=a4&ink=${ink}`)).toEqual(['210 x 297']);
    expect(await pdf(`sheet=poster&size=a3&ink=${ink}`)).toEqual(['297 x 420']);
  }
  expect(await pdf('sheet=why_pin')).toEqual(['210 x 297']);
  for (const sheet of ['help_desk', 'faq'])
    expect(new Set(await pdf(`sheet=${sheet}`))).toEqual(new Set(['210 x 297']));
  // Words of one's own that are longer are smaller, and all there.
  await administrator.act('admin/communication#saveWords', {
    name: 'poster',
    subject: 'Your device knows you, your face and your finger: let it sign you in, and forget the password',
    body: `${'Look, touch, or enter a PIN. '.repeat(8)}\n\n1. Open it\n2. Confirm that it is you\n3. Choose a PIN\n\n${'Questions? Ask {{contact}}. '.repeat(4)}`,
  });
  expect(await pdf('sheet=poster&size=a3&ink=dark')).toEqual(['297 x 420']);
  await administrator.act('admin/communication#saveWords', {
    name: 'poster',
    subject: 'Your device knows you. Let it sign you in.',
    body: 'Look, touch, or enter a PIN. No password to type, and none to steal.',
  });
  expect(await pdf('sheet=poster&size=a4&ink=light')).toEqual(['210 x 297']);
});
