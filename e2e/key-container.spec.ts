import type { Page } from '@playwright/test';
import { openSqlite } from './crash/store.ts';
import { expect, test, virtualAuthenticator } from './fixtures.ts';
import { leaksOf } from './leaks.ts';
import {
  chooseNewPin,
  enterPin,
  goToKeyStep,
  goToPinStep,
  issuePass,
  LONG_PINS,
  newPerson,
  redeemPass,
  registerDevice,
  reported,
  setUpSoftwareKey,
  signOut,
} from './people.ts';

/** Nobody's birthday: each is found in what is sent only if it is sent. */
const PIN = 'harbour4417west';
const NEW_PIN = 'lantern9023east';
const WRONG_PIN = 'compass1188south';

test.use({ policy: LONG_PINS });

test.beforeEach(({ keepIn }) => {
  for (const pin of [PIN, NEW_PIN, WRONG_PIN]) keepIn(pin);
});

const signInAs = (page: Page) => page.getByRole('button', { name: /^Sign in as .* with your PIN$/ });
const dialog = (page: Page) => page.getByRole('dialog', { name: /Enter your (current )?PIN/ });

async function lock(page: Page): Promise<void> {
  await page.goto('/');
  await page.getByRole('button', { name: 'Lock' }).click();
  await page.waitForURL('**/locked');
}

/** What IndexedDB keeps of the containers of this browser, as text. */
const keptHere = (page: Page) =>
  page.evaluate(
    () =>
      new Promise<string>((resolve, reject) => {
        const request = indexedDB.open('latchkey-container');
        request.onerror = () => reject(request.error);
        request.onsuccess = () => {
          const all = request.result.transaction('containers').objectStore('containers').getAll();
          all.onsuccess = () => resolve(JSON.stringify(all.result));
        };
      }),
  );

/** Changes what is kept, as somebody with the browser's files could; `putBack` is what `keptHere` read before. */
const tamper = (page: Page, change: 'clear' | 'damage' | 'newer' | { readonly putBack: string }) =>
  page.evaluate(
    (what) =>
      new Promise<void>((resolve, reject) => {
        const request = indexedDB.open('latchkey-container');
        request.onerror = () => reject(request.error);
        request.onsuccess = () => {
          const transaction = request.result.transaction('containers', 'readwrite');
          transaction.oncomplete = () => resolve();
          const store = transaction.objectStore('containers');
          if (what === 'clear') return void store.clear();
          if (typeof what === 'object') {
            for (const each of JSON.parse(what.putBack) as { userHandle: string }[])
              store.put(each, each.userHandle);
            return;
          }
          const cursor = store.openCursor();
          cursor.onsuccess = () => {
            const at = cursor.result;
            if (at === null) return;
            const { container, ...beside } = at.value;
            const version = what === 'newer' ? 99 : container.version;
            at.update({ ...beside, container: { ...container, version, keys: [] } });
          };
        };
      }),
    change,
  );

test('a planted leak is found in every form, and nothing is found where there is none', async ({
  page,
  server,
  watch,
  expectRefusal,
}) => {
  const planted = 'sextant5530north';
  await page.goto('/sign-in');
  expectRefusal(404, '/nothing-here');
  const send = (body: string, path = '/nothing-here') =>
    page.evaluate(
      async ([to, text]) => void (await fetch(to ?? '', { method: 'POST', body: text ?? '' })),
      [path, body],
    );
  const hex = (bytes: Buffer) => bytes.toString('hex');
  const utf16 = Buffer.from(planted, 'utf16le');
  const { createHash } = await import('node:crypto');
  const digest = createHash('sha256').update(planted).digest();
  const base64 = Buffer.from(`a${planted}`).toString('base64url');
  for (const body of [
    planted,
    hex(Buffer.from(planted)),
    base64,
    hex(utf16),
    hex(digest),
    digest.toString('base64url'),
  ]) {
    watch.sent.length = 0;
    await send(JSON.stringify({ note: body }));
    expect(leaksOf(planted, watch.sent), body).not.toEqual([]);
    // Of bytes nobody knows which letters they were.
    if (body !== hex(utf16)) expect(leaksOf(Buffer.from(planted), watch.sent), body).not.toEqual([]);
    expect(leaksOf(PIN, watch.sent)).toEqual([]);
  }
  watch.sent.length = 0;
  expectRefusal(404, /nothing-here/);
  await page.evaluate(
    async (to) => void (await fetch(to)),
    `${server.origin}/nothing-here?q=${encodeURIComponent(planted)}`,
  );
  expect(leaksOf(planted, watch.sent)).not.toEqual([]);
});

test.describe('a key that this browser keeps', () => {
  test('is made behind a PIN, signs in, unlocks and confirms; the PIN stays here', async ({
    page,
    server,
  }) => {
    await page.addInitScript(() => {
      const persist = navigator.storage.persist.bind(navigator.storage);
      navigator.storage.persist = () => {
        sessionStorage.setItem('asked-to-persist', 'yes');
        return persist();
      };
    });
    const upn = await newPerson(server);
    await setUpSoftwareKey(page, server, upn, 'SOFT-01', PIN);
    expect(await keptHere(page)).not.toContain(PIN);
    expect(await page.evaluate(() => sessionStorage.getItem('asked-to-persist'))).toBe('yes');

    await signOut(page);
    await signInAs(page).click();
    await expect(dialog(page)).toContainText('Software key, kept by this browser');
    await expect(dialog(page)).toContainText('on SOFT-01');
    await enterPin(page, PIN);
    await expect(page.getByText('on SOFT-01. Software key')).toBeVisible();

    await lock(page);
    await page.getByRole('button', { name: 'Unlock with your PIN' }).click();
    await dialog(page).getByLabel('PIN', { exact: true }).fill(PIN);
    await page.keyboard.press('Enter');
    await expect(page.getByText('on SOFT-01. Software key')).toBeVisible();

    await page.goto('/security-info');
    await expect(page.getByRole('article', { name: 'Key kept by a browser, SOFT-01' })).toBeVisible();
  });

  test('is chosen beside Windows Hello where policy lets people choose', async ({ page, server }) => {
    const upn = await newPerson(server);
    await virtualAuthenticator(page);
    await redeemPass(page, upn, await issuePass(server, upn));
    await goToKeyStep(page, 'SOFT-02');
    await page.getByRole('button', { name: 'Choose where your key is kept' }).click();
    await page.getByRole('radio', { name: /In this browser/ }).check();
    await page.getByRole('button', { name: 'Continue' }).click();
    await chooseNewPin(page, PIN);
    await page.getByRole('button', { name: 'Create my PIN and key' }).click();
    await enterPin(page, PIN);
    await expect(page.getByText('on SOFT-02. Software key')).toBeVisible();
  });

  test('is offered to nobody where policy says never', async ({ page, server }) => {
    await server.admin(['policy', 'set', 'SoftwareKeys', 'never']);
    try {
      const upn = await newPerson(server);
      await virtualAuthenticator(page);
      await redeemPass(page, upn, await issuePass(server, upn));
      await goToKeyStep(page, 'SOFT-03');
      await expect(page.getByRole('button', { name: 'Choose where your key is kept' })).toHaveCount(0);
    } finally {
      await server.admin(['policy', 'set', 'SoftwareKeys', 'choice']);
    }
  });
});

test('a PIN that breaks a rule is refused while it is typed, and so is one that is typed differently', async ({
  page,
  server,
}) => {
  const upn = await newPerson(server);
  await redeemPass(page, upn, await issuePass(server, upn));
  await page.getByRole('link', { name: 'OK', exact: true }).click();
  await registerDevice(page, 'SOFT-04');
  await page.getByRole('link', { name: /^Continue/ }).click();
  const rules = page.getByRole('list', { name: 'What your PIN needs' });
  await page.getByLabel('New PIN').fill('4417');
  await expect(rules.getByText('At least 10 characters, not yet')).toBeVisible();
  await expect(rules.getByText('At least one lowercase letter (a to z), not yet')).toBeVisible();
  await page.getByRole('button', { name: 'Create my PIN and key' }).click();
  await expect(page.getByLabel('New PIN')).toBeFocused();
  await expect(page.getByText("This PIN can't be it yet.")).toBeVisible();
  await page.getByLabel('New PIN').fill(PIN);
  await expect(rules.getByText('At least 10 characters, met')).toBeVisible();
  await page.getByLabel('Confirm the PIN').fill(NEW_PIN);
  await page.getByRole('button', { name: 'Create my PIN and key' }).click();
  await expect(page.getByText('The two are not the same. Type the PIN once more.')).toBeVisible();
  await expect(page.getByLabel('Confirm the PIN')).toBeFocused();
});

test('wrong PINs lead to the phrase and then to a wait, and the screen only shows what the server says', async ({
  page,
  server,
  expectRefusal,
}) => {
  const upn = await newPerson(server);
  await setUpSoftwareKey(page, server, upn, 'LADDER-01', PIN);
  await lock(page);
  await page.getByRole('button', { name: 'Unlock with your PIN' }).click();
  await enterPin(page, WRONG_PIN);
  await expect(dialog(page).getByText('31 tries are left')).toBeVisible();
  await expect(dialog(page).getByLabel('PIN', { exact: true })).toHaveValue('');
  await enterPin(page, WRONG_PIN);
  await expect(dialog(page).getByText('30 tries are left')).toBeVisible();
  await enterPin(page, WRONG_PIN);
  await expect(dialog(page).getByText('That PIN was wrong several times')).toBeVisible();

  // The right PIN is worth nothing without the phrase; closing the dialog forgets nothing.
  await page.keyboard.press('Escape');
  await expect(page.getByText("You didn't enter your PIN. Nothing was changed.")).toBeVisible();
  await reported(page);
  await page.getByRole('button', { name: 'Unlock with your PIN' }).click();
  expectRefusal(403, '/api/key-container/evaluation');
  await enterPin(page, PIN);
  await expect(dialog(page).getByText('That PIN was wrong several times')).toBeVisible();
  await dialog(page).getByLabel('Type A1B2C3').fill('a1b2c3');
  await enterPin(page, WRONG_PIN);
  await expect(dialog(page).getByText('That PIN was wrong too often')).toBeVisible();
  await expect(dialog(page).getByRole('timer')).toHaveText(/^\d+ seconds?$/);
  await expect(dialog(page).getByLabel('PIN', { exact: true })).toHaveCount(0);
  await page.keyboard.press('Escape');
  await expect(page.getByText("You didn't enter your PIN. Nothing was changed.")).toBeVisible();
  await reported(page);
  await page.getByRole('button', { name: 'Unlock with your PIN' }).click();
  expectRefusal(429, '/api/key-container/evaluation');
  await enterPin(page, PIN);
  await expect(dialog(page).getByText('That PIN was wrong too often')).toBeVisible();
  await expect(page).toHaveURL(/locked/);
});

test('the phrase and the right PIN open it', async ({ page, server, expectRefusal }) => {
  const upn = await newPerson(server);
  await setUpSoftwareKey(page, server, upn, 'LADDER-02', PIN);
  await lock(page);
  await page.getByRole('button', { name: 'Unlock with your PIN' }).click();
  for (const left of ['31 tries are left', '30 tries are left', 'wrong several times']) {
    await enterPin(page, WRONG_PIN);
    await expect(dialog(page).getByText(left)).toBeVisible();
  }
  expectRefusal(403, '/api/key-container/evaluation');
  await dialog(page).getByLabel('Type A1B2C3').fill('A1B2C3');
  await enterPin(page, PIN);
  await expect(page.getByText('on LADDER-02. Software key')).toBeVisible();
});

test.describe('the PIN is changed', () => {
  test('and the old one opens nothing any more, not even a copy of what was kept before', async ({
    page,
    server,
    expectRefusal,
  }) => {
    const upn = await newPerson(server);
    await setUpSoftwareKey(page, server, upn, 'CHANGE-01', PIN);
    const before = await keptHere(page);
    await page.goto('/security-info');
    await page.getByRole('link', { name: 'Change the PIN' }).click();
    await chooseNewPin(page, NEW_PIN);
    await page.getByRole('button', { name: 'Change my PIN' }).click();
    await expect(dialog(page)).toContainText('Enter your current PIN');
    await enterPin(page, PIN);
    await expect(page.getByText('Your PIN is changed')).toBeVisible();

    await signOut(page);
    await signInAs(page).click();
    await enterPin(page, PIN);
    await expect(dialog(page).getByText('tries are left')).toBeVisible();
    await enterPin(page, NEW_PIN);
    await expect(page.getByText('on CHANGE-01. Software key')).toBeVisible();

    const after = await keptHere(page);
    await signOut(page);
    await tamper(page, { putBack: before });
    for (const pin of [PIN, NEW_PIN]) {
      expectRefusal(403, '/api/key-container/evaluation');
      await page.reload();
      await signInAs(page).click();
      await enterPin(page, pin);
      await expect(dialog(page)).toHaveCount(0);
      await expect(signInAs(page)).toBeVisible();
    }
    await tamper(page, { putBack: after });
    await signInAs(page).click();
    await enterPin(page, NEW_PIN);
    await expect(page.getByText('on CHANGE-01. Software key')).toBeVisible();
  });

  test('where the answer to the last step is lost, it is changed all the same', async ({
    page,
    server,
    expectLoss,
  }) => {
    const upn = await newPerson(server);
    await setUpSoftwareKey(page, server, upn, 'CHANGE-02', PIN);
    await page.goto('/security-info/pin');
    let asked = 0;
    await page.route('**/api/authentication/verification', async (route) => {
      asked += 1;
      // The first confirms who it is; the second is the one that commits.
      if (asked < 2) return await route.continue();
      await route.fetch();
      await route.abort('connectionreset');
    });
    expectLoss('/api/authentication/verification');
    await chooseNewPin(page, NEW_PIN);
    await page.getByRole('button', { name: 'Change my PIN' }).click();
    await enterPin(page, PIN);
    await expect(page.getByText('Your PIN is changed')).toBeVisible();
    await page.unroute('**/api/authentication/verification');
    await page.context().clearCookies();
    await page.goto('/sign-in');
    await signInAs(page).click();
    await enterPin(page, NEW_PIN);
    await expect(page.getByText('on CHANGE-02. Software key')).toBeVisible();
  });

  test('where the tab dies before the last step, the old one still opens it, and the change begins again', async ({
    page,
    server,
    expectLoss,
  }) => {
    const upn = await newPerson(server);
    await setUpSoftwareKey(page, server, upn, 'CHANGE-03', PIN);
    await page.goto('/security-info/pin');
    let asked = 0;
    await page.route('**/api/authentication/verification', async (route) => {
      asked += 1;
      if (asked < 2) await route.continue();
      else await route.abort('connectionreset');
    });
    expectLoss('/api/authentication/verification');
    await chooseNewPin(page, NEW_PIN);
    await page.getByRole('button', { name: 'Change my PIN' }).click();
    await enterPin(page, PIN);
    await expect(page.getByText("We can't reach Latchkey.")).toBeVisible();
    await page.unroute('**/api/authentication/verification');
    // Both stand in what the browser keeps; the server says that the old one counts.
    expect((await keptHere(page)).match(/"kind":"pin"/g)).toHaveLength(2);
    await signOut(page);
    await signInAs(page).click();
    await enterPin(page, NEW_PIN);
    await expect(dialog(page).getByText('tries are left')).toBeVisible();
    await enterPin(page, PIN);
    await expect(page.getByText('on CHANGE-03. Software key')).toBeVisible();
    await page.goto('/security-info/pin');
    await chooseNewPin(page, NEW_PIN);
    await page.getByRole('button', { name: 'Change my PIN' }).click();
    await enterPin(page, PIN);
    await expect(page.getByText('Your PIN is changed')).toBeVisible();
    expect((await keptHere(page)).match(/"kind":"pin"/g)).toHaveLength(1);
  });

  test('to none of the last ones where policy remembers them', async ({ page, server }) => {
    // The demo tenant remembers ten.
    const upn = await newPerson(server);
    await setUpSoftwareKey(page, server, upn, 'CHANGE-04', PIN);
    const change = async (to: string, from: string) => {
      await page.goto('/security-info/pin');
      await chooseNewPin(page, to);
      await page.getByRole('button', { name: 'Change my PIN' }).click();
      await enterPin(page, from);
    };
    await change(PIN, PIN);
    await expect(page.getByText('You have had this PIN before.')).toBeVisible();
    await change(NEW_PIN, PIN);
    await expect(page.getByText('Your PIN is changed')).toBeVisible();
    await change(PIN, NEW_PIN);
    await expect(page.getByText('You have had this PIN before.')).toBeVisible();
  });
});

test('whoever signs in with a PIN that has to be changed changes it before anything else', async ({
  page,
  server,
}) => {
  const upn = await newPerson(server);
  await setUpSoftwareKey(page, server, upn, 'DUE-01', PIN);
  // What an administrator's button does.
  const store = openSqlite(server);
  store.exec(`UPDATE "KeyContainer" SET "pinChangeRequired" = 1 WHERE "userId" =
    (SELECT "id" FROM "User" WHERE "upn" = '${upn}')`);
  store.close();
  await lock(page);
  await page.getByRole('button', { name: 'Unlock with your PIN' }).click();
  await enterPin(page, PIN);
  await expect(page.getByText('Your organisation asks for a new PIN')).toBeVisible();
  await page.goto('/devices');
  await expect(page).toHaveURL(/security-info\/pin/);
  await chooseNewPin(page, NEW_PIN);
  await page.getByRole('button', { name: 'Change my PIN' }).click();
  await enterPin(page, PIN);
  await page.getByRole('link', { name: 'Done' }).click();
  await expect(page.getByText('on DUE-01. Software key')).toBeVisible();
});

test('two tabs at once: each signs in with the PIN, one after the other', async ({
  page,
  server,
  expectRefusal,
}) => {
  const upn = await newPerson(server);
  await setUpSoftwareKey(page, server, upn, 'TABS-01', PIN);
  await lock(page);
  const other = await page.context().newPage();
  await other.goto('/locked');
  for (const tab of [page, other]) await tab.getByRole('button', { name: 'Unlock with your PIN' }).click();
  for (const tab of [page, other]) await dialog(tab).getByLabel('PIN', { exact: true }).fill(PIN);
  // A try that is on its way while the other tab opens the lock comes with a token that was just changed.
  expectRefusal(400, '/api/key-container/evaluation');
  // The first one that opens the lock opens it in both: the other may have nothing left to press.
  await Promise.any([page, other].map((tab) => dialog(tab).getByRole('button', { name: 'OK' }).click()));
  for (const tab of [page, other]) await expect(tab.getByText('on TABS-01. Software key')).toBeVisible();
});

test('two tabs at once that make a key make one', async ({ page, server }) => {
  const upn = await newPerson(server);
  await redeemPass(page, upn, await issuePass(server, upn));
  await goToPinStep(page, 'TABS-02');
  const other = await page.context().newPage();
  await other.goto('/provision?step=key');
  const tabs = [page, other];
  for (const tab of tabs) await chooseNewPin(tab, PIN);
  await Promise.all(tabs.map((tab) => tab.getByRole('button', { name: 'Create my PIN and key' }).click()));
  // Whichever came first: both are where the key is, and it opens.
  for (const tab of tabs) await expect(tab.getByText('Now: Done')).toBeAttached();
  const made = await server.admin(['events', 'list', '--person', upn, '--code', 'key_registered']);
  expect(made.trim().split('\n')).toHaveLength(1);
  await enterPin(other, PIN);
  await expect(other.getByText('on TABS-02. Software key')).toBeVisible();
});

test.describe('what this browser keeps', () => {
  test('was cleared: a clear sentence, and a new key by the way of a forgotten PIN', async ({
    page,
    server,
  }) => {
    const upn = await newPerson(server);
    await setUpSoftwareKey(page, server, upn, 'CLEARED-01', PIN);
    await lock(page);
    await page.getByRole('button', { name: 'Unlock with your PIN' }).waitFor();
    await tamper(page, 'clear');
    await page.getByRole('button', { name: 'Unlock with your PIN' }).click();
    await expect(page.getByText('This browser no longer keeps your key.')).toBeVisible();
    await page.reload();
    await page.getByRole('link', { name: 'I forgot my PIN' }).click();
    await page.getByRole('link', { name: 'Reset my PIN' }).click();
    await page.getByLabel('Temporary Access Pass').fill(await issuePass(server, upn));
    await page.getByRole('button', { name: 'Continue' }).click();
    await expect(page.getByText('This browser no longer keeps that key')).toBeVisible();
    await page.getByRole('link', { name: 'Make a new key', exact: true }).click();
    await expect(page.getByRole('heading', { level: 1 })).toHaveText(
      'A new key replaces the one you can no longer open',
    );
    await page.getByRole('button', { name: 'Continue' }).click();
    await chooseNewPin(page, NEW_PIN);
    await page.getByRole('button', { name: 'Make my new PIN and key' }).click();
    await enterPin(page, NEW_PIN);
    await expect(page.getByText('on CLEARED-01. Software key')).toBeVisible();
  });

  for (const [change, title] of [
    ['damage', 'What this browser keeps of your key is damaged.'],
    ['newer', 'Your key was kept by a newer Latchkey than this one.'],
  ] as const)
    test(`is ${change === 'damage' ? 'damaged' : 'of a newer version'}: it is said so, and nothing is asked`, async ({
      page,
      server,
    }) => {
      const upn = await newPerson(server);
      await setUpSoftwareKey(page, server, upn, `KEPT-${change}`, PIN);
      await signOut(page);
      await tamper(page, change);
      await signInAs(page).click();
      await expect(page.getByText(title)).toBeVisible();
      await expect(dialog(page)).toHaveCount(0);
    });

  test('stays when its key is set aside: it may be found to be in order', async ({ page, server }) => {
    const upn = await newPerson(server);
    await setUpSoftwareKey(page, server, upn, 'ASIDE-01', PIN);
    await virtualAuthenticator(page, { transport: 'usb' });
    await page.goto('/passkey');
    await page.getByRole('button', { name: /dd a passkey$/ }).click();
    await expect(page.getByText('Your passkey is registered')).toBeVisible();
    const setAside = (at: string) => {
      const store = openSqlite(server);
      store.exec(`UPDATE "Credential" SET "quarantinedAt" = ${at} WHERE "kind" = 'hello' AND "userId" =
        (SELECT "id" FROM "User" WHERE "upn" = '${upn}')`);
      store.close();
    };
    await lock(page);
    setAside(`'2026-01-01T00:00:00.000Z'`);
    await page.getByRole('button', { name: 'Unlock with your PIN' }).click();
    await enterPin(page, PIN);
    await expect(
      page.getByText('The key that this browser keeps is not accepted at the moment.'),
    ).toBeVisible();
    // It comes afterwards, and moves what is below.
    await reported(page);
    setAside('NULL');
    await page.getByRole('button', { name: 'Unlock with your PIN' }).click();
    await enterPin(page, PIN);
    await expect(page.getByText('on ASIDE-01. Software key')).toBeVisible();
  });

  test('is wiped with its device: its PIN opens nothing, and it says so', async ({
    page,
    server,
    expectRefusal,
  }) => {
    const upn = await newPerson(server);
    await setUpSoftwareKey(page, server, upn, 'WIPED-01', PIN);
    await page.goto('/security-info');
    await page.getByRole('button', { name: 'Report lost' }).click();
    await page
      .getByRole('alertdialog')
      .getByRole('button', { name: /Report|lost/ })
      .last()
      .click();
    await page.waitForURL('**/sign-in**');
    expectRefusal(403, '/api/key-container/evaluation');
    expectRefusal(410, '/api/key-container/evaluation');
    await signInAs(page).click();
    await enterPin(page, PIN);
    await expect(page.getByText('The key that this browser kept was destroyed.')).toBeVisible();
    await expect(signInAs(page)).toHaveCount(0);
  });
});

test('a server that cannot prove its half is not believed', async ({ page, server }) => {
  const upn = await newPerson(server);
  await setUpSoftwareKey(page, server, upn, 'LIES-01', PIN);
  await lock(page);
  await page.route('**/api/key-container/evaluation', async (route) => {
    const response = await route.fetch();
    const answer = (await response.json()) as { proof: string };
    const proof = answer.proof.startsWith('A') ? `B${answer.proof.slice(1)}` : `A${answer.proof.slice(1)}`;
    await route.fulfill({ response, json: { ...answer, proof } });
  });
  await page.getByRole('button', { name: 'Unlock with your PIN' }).click();
  await enterPin(page, PIN);
  await expect(
    page.getByText('The server could not show that it is the one that knows your PIN.'),
  ).toBeVisible();
  await expect(page).toHaveURL(/locked/);
});

test('where nothing can be kept, a key is not made by half', async ({ page, server }) => {
  for (const [fault, title] of [
    ['QuotaExceededError', 'This browser has no room left to keep your key.'],
    ['UnknownError', "This browser can't keep anything here."],
  ] as const) {
    const upn = await newPerson(server);
    await redeemPass(page, upn, await issuePass(server, upn));
    const deviceName = `FULL-${fault}`.slice(0, 20);
    await goToPinStep(page, deviceName);
    await chooseNewPin(page, PIN);
    await page.evaluate((name) => {
      const put = IDBObjectStore.prototype.put;
      IDBObjectStore.prototype.put = function (...given: Parameters<typeof put>) {
        if (this.name === 'containers') throw new DOMException('planted', name);
        return put.apply(this, given);
      };
    }, fault);
    await page.getByRole('button', { name: 'Create my PIN and key' }).click();
    await expect(page.getByText(title)).toBeVisible();
    await page.reload();
    await chooseNewPin(page, PIN);
    await page.getByRole('button', { name: 'Create my PIN and key' }).click();
    await enterPin(page, PIN);
    await expect(page.getByText(`on ${deviceName}. Software key`)).toBeVisible();
    await signOut(page);
  }
});
