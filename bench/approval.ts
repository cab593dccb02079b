import { loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Browser as Chromium, Page } from '@playwright/test';
import { redeemPass } from '../e2e/people.ts';
import { launchChromium } from './chromium.ts';
import { describeMachine, issuePass, openStore, runProgram, say, table } from './house.ts';
import { spread } from './readings.ts';
import { startServer } from './server-process.ts';

/**
 * How long after the phone's answer the waiting page turns, in a real Chromium: from the moment that the phone has the server's word to
 * the moment that the page says so (denied) or leaves for where it leads (approved). The floor is taken in the same run: one look of
 * that page at how it stands, which is what it would take if it looked at that very moment.
 */
const ROOT = fileURLToPath(new URL('..', import.meta.url));
const UPN = 'phone@latchkey.example';
const { values: given } = parseArgs({ options: { readings: { type: 'string', default: '5' } } });
const READINGS = Number(given.readings);
/** The aim, over the floor: the page turns within a second of the answer. */
const MOST_MS = 1000;

async function addPhone(page: Page, phone: Page): Promise<void> {
  await page.goto('/phone');
  await page.getByRole('button', { name: 'Show the code to scan' }).click();
  await phone.goto(`/authenticator#code=${await page.getByTestId('phone-code').innerText()}`);
  await phone.getByRole('button', { name: 'Add this phone' }).click();
  await page.getByRole('button', { name: 'Yes, add this phone' }).click();
  await page.getByText('approves for you now').waitFor();
  await phone.getByText('Nothing waits for you').waitFor();
}

/** Milliseconds from the server's answer to the phone to what the waiting page does then. */
async function turned(phone: Page, answer: () => Promise<void>, turn: Promise<unknown>): Promise<number> {
  const taken = phone.waitForResponse('**/api/authenticator/answer').then(() => performance.now());
  const seen = turn.then(() => performance.now());
  await answer();
  return (await seen) - (await taken);
}

interface Reading {
  readonly denied: number;
  readonly approved: number;
  readonly look: number;
}

let moves = 0;

async function read(browser: Chromium, origin: string, phone: Page, password: string): Promise<Reading> {
  moves += 1;
  // A place of its own each time: no phone rings that often for one.
  const extraHTTPHeaders = { 'x-forwarded-for': `10.2.0.${moves}` };
  const context = await browser.newContext({ baseURL: origin, extraHTTPHeaders });
  const page = await context.newPage();
  await page.goto('/sign-in/password');
  await page.getByLabel('Your account').fill(UPN);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('button', { name: 'Approve on your phone' }).click();
  await phone.getByRole('button', { name: 'Deny' }).waitFor();
  const looked = await page.waitForEvent('requestfinished', (request) => request.method() === 'POST');
  const look = looked.timing().responseEnd;
  const deny = () => phone.getByRole('button', { name: 'Deny' }).click();
  const denied = await turned(phone, deny, page.getByText('It was denied on your phone').waitFor());

  await page.getByRole('button', { name: 'Ask again' }).click();
  const number = await page.getByTestId('approval-number').innerText();
  await phone.getByLabel('The number on the other screen').fill(number);
  const approve = () => phone.getByRole('button', { name: 'Approve', exact: true }).click();
  const leaves = page.waitForRequest((request) => request.isNavigationRequest());
  const approved = await turned(phone, approve, leaves);
  await page.getByText('Signed in with a password and your phone').waitFor();
  await context.close();
  return { denied, approved, look };
}

const running: (() => Promise<void>)[] = [];
try {
  describeMachine();
  const store = await openStore(ROOT, 'sqlite');
  running.unshift(store.remove);
  const server = await startServer(ROOT, store.port, store.env);
  running.unshift(server.stop);
  const browser = await launchChromium();
  running.unshift(() => browser.close());
  say(`Chromium ${browser.version()}, ${READINGS} readings, load ${loadavg()[0]?.toFixed(1)}`);
  say('min - median - max, elapsed ms\n');

  const { pass } = issuePass(ROOT, store, UPN, 'Bench Phone');
  const password = runProgram(ROOT, store.env, 'server/command-line.ts', 'user', 'password', UPN, '--keep');
  const [page, phone] = await Promise.all(
    [1, 2].map(async () => (await browser.newContext({ baseURL: server.origin })).newPage()),
  );
  if (page === undefined || phone === undefined) throw new Error('There are no pages.');
  await redeemPass(page, UPN, pass);
  await page.getByRole('link', { name: 'OK', exact: true }).waitFor();
  await addPhone(page, phone);
  const readings: Reading[] = [];
  for (let reading = 0; reading < READINGS; reading += 1)
    readings.push(await read(browser, server.origin, phone, password));

  const row = (what: string, pick: (reading: Reading) => number) => [
    what,
    spread(readings.map(pick), 0),
    spread(
      readings.map(({ look }) => look),
      0,
    ),
    spread(
      readings.map((reading) => pick(reading) - reading.look),
      0,
    ),
  ];
  table(
    ['from the answer', 'until the page turned', 'one look', 'over it'],
    [
      row('denied: it says so', ({ denied }) => denied),
      row('approved: it leaves', ({ approved }) => approved),
    ],
  );
  const most = Math.max(
    ...readings.flatMap(({ denied, approved, look }) => [denied - look, approved - look]),
  );
  if (most > MOST_MS) {
    process.exitCode = 1;
    say(`A page turned ${most.toFixed(0)} ms later than one look takes, above the aim of ${MOST_MS}.`);
  }
} finally {
  for (const stop of running) await stop();
}
