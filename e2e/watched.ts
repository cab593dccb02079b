/** What the live view of a browser drew, and what its network carried meanwhile. */
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { type BrowserContext, expect, type Page, type Request } from '@playwright/test';
import { serverActions } from './visitor.ts';

export interface Told {
  readonly id: string;
  readonly run: { readonly id: string; readonly name: string | null };
  readonly facts: readonly { readonly name: string; readonly value: string }[];
  readonly bytes?: number;
  readonly times?: number;
}

/** What a live view was told, in order. */
export const told = (live: Page): Promise<readonly Told[]> =>
  live.evaluate(() => JSON.parse(sessionStorage.getItem('latchkey-live-ceremony') ?? '[]'));

/** Chooses the last ceremony of each title in turn, and reads who says what to whom in it, so far. */
export async function shownAs(live: Page, ...titles: string[]): Promise<readonly string[]> {
  const shown: string[] = [];
  for (const title of titles) shown.push(...(await lastShownAs(live, title)));
  return shown;
}

async function lastShownAs(live: Page, title: string): Promise<readonly string[]> {
  const ceremony = live.getByLabel('Ceremony');
  const named = ceremony.getByRole('option', { name: new RegExp(`^[\\d:]+\\s+${title} \\(`) });
  await ceremony.selectOption((await named.first().getAttribute('value')) ?? '');
  await expect(live.getByRole('heading', { level: 2, name: title, exact: true })).toBeVisible();
  const items = await live.locator('figure ol > li:visible').all();
  return await Promise.all(
    items.map(async (item) => {
      const ends = await item.locator('.sr-only').innerText();
      return `${ends.trim()} ${await item.getByRole('button').first().innerText()}`;
    }),
  );
}

/** A ceremony as the documentation lists it. */
export function documented(title: string): readonly string[] {
  const page = readFileSync('docs/ceremonies.md', 'utf8');
  const [, section = ''] = page.split(`## ${title}\n`);
  const [list = ''] = section.split('\n## ');
  const said = [...list.matchAll(/^\d+\. (.*? to .*?: [^.?]*\??)/gm)].map(([, each = '']) => each);
  expect(said.length, title).toBeGreaterThan(0);
  return said;
}

/** The forms of ceremonies, by the server action that each calls. */
const forms: Readonly<Record<string, string>> = {
  redeemPassAction: 'pass',
  passwordAction: 'password',
  codeAction: 'code',
  newPasswordAction: 'new-password',
  confirmWithCodeAction: 'confirmation',
  federatedAction: 'federated',
  federatedUnlockAction: 'federated-unlock',
  askPhoneSignInAction: 'phone-request',
  askPhonesAction: 'phone-request',
  askPhonesAfterPasswordAction: 'phone-request',
  lookAtApprovalAction: 'phone-look',
  phoneSignInAction: 'phone-answer',
  signInByPhoneAction: 'phone-answer',
  confirmWithPhoneAction: 'phone-answer',
  withdrawApprovalAction: 'phone-withdrawal',
  syncPolicyAction: 'policy-refresh',
};

/** What pages ask on the side. */
const isAside = (id: string): boolean => /^\w+ (\/api\/credential\/signals|phone-look)$/.test(id);
/** Messages that are a request of the browser. */
const isRequest = (id: string): boolean => /^(asks|sends) |^(upstreamAsks|callback)$/.test(id);

/** No word of ours is that long: what is as long and stands in a request or an answer is somebody's. */
const LONG = 20;

function longTexts(value: unknown): string[] {
  if (typeof value === 'string') return value.length >= LONG ? [value] : [];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(longTexts) : [];
}

function parsed(text: string | null): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return null;
  }
}

/** What one half of a request comes to, as the network carried it or as the live view says. Null is what is not told of it. */
interface Weighed {
  readonly id: string;
  readonly bytes: number | null;
  readonly status: string | null;
  /** Of each challenge its size and the beginning of its nonce. */
  readonly challenges: readonly string[];
}

/** Every challenge of a body: as such, and in what an authenticator signed of it. */
function challengesOf(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, each]) => {
    if (typeof each !== 'string') return challengesOf(each);
    if (name === 'clientDataJSON')
      return challengesOf(parsed(Buffer.from(each, 'base64url').toString('utf8')));
    return name === 'challenge' ? [each] : [];
  });
}

/** In a challenge the nonce comes after its version, its purpose and two times of six bytes. */
const NONCE_AT = 14;

function challengeWords(sealed: string): string {
  const bytes = Buffer.from(sealed, 'base64url');
  return `${bytes.length} bytes, nonce ${bytes.toString('hex', NONCE_AT, NONCE_AT + 4)}…`;
}

/** Of an answer that the browser no longer has. */
const NOT_READ = { bytes: null, status: null, challenges: [] } as const;

const weigh = (id: string, body: unknown, bytes: number | null, status: string | null): Weighed => ({
  id,
  bytes,
  status,
  challenges: challengesOf(body).map(challengeWords),
});

const weighTold = ({ id, bytes, facts }: Told): Weighed => {
  const named = (name: string) => facts.filter((fact) => fact.name === name).map(({ value }) => value);
  return { id, bytes: bytes ?? null, status: named('Status')[0] ?? null, challenges: named('Challenge') };
};

/** A request of a ceremony, as the live view names it, and what came back. */
interface Carried {
  readonly id: string;
  readonly sent: Weighed;
  /** Null where nothing came back, and of what has no door. */
  readonly got: Promise<Weighed | null>;
  readonly bodies: readonly (unknown | Promise<unknown>)[];
}

/** Long enough for an answer that has come to be read. */
const PATIENCE_MS = 5_000;

/** What has come by now: Chromium loses the end of an answer now and then, when its page leaves. */
async function comeByNow<T>(coming: T | Promise<T>, otherwise: T): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<T>((resolve) => {
    timer = setTimeout(() => resolve(otherwise), PATIENCE_MS);
  });
  return await Promise.race([coming, late]).finally(() => clearTimeout(timer));
}

export interface Traffic {
  /** The requests of ceremonies. */
  readonly requests: readonly Carried[];
  /** Every long text that a ceremony sent or got. */
  readonly carried: () => Promise<readonly string[]>;
}

/** A request at a door: all of it is weighed, both ways. Of an answer whose page left at once the browser keeps the status alone. */
function atDoor(request: Request, path: string): Carried {
  const sent = request.postData() ?? '';
  const answer = request.response().catch(() => null);
  const read = answer.then((response) => response?.body()).catch(() => undefined);
  const json = read.then((bytes) => parsed(bytes?.toString('utf8') ?? null));
  const got = Promise.all([answer, read, json]).then(
    ([response, bytes, body]) =>
      response && weigh(`answers ${path}`, body, bytes?.length ?? null, String(response.status())),
  );
  const id = `asks ${path}`;
  const body = parsed(sent);
  return { id, sent: weigh(id, body, Buffer.byteLength(sent), null), got, bodies: [body, json] };
}

/** A form, or a redirect: no size of it may be told, as it would be that of what was typed. */
function unsized(id: string, body: unknown): Carried {
  return { id, sent: weigh(id, body, null, null), got: Promise.resolve(null), bodies: [body] };
}

/** Listens to all that a browser asks from now on. */
export function listen(context: BrowserContext, origin: string): Traffic {
  const names = new Map([...serverActions()].map(([name, { id }]) => [id, name.split('#')[1] ?? '']));
  const requests: Carried[] = [];
  context.on('request', (request) => {
    const address = new URL(request.url());
    const action = names.get(request.headers()['next-action'] ?? '');
    const form = forms[action ?? ''];
    if (request.method() === 'POST' && address.pathname.startsWith('/api/'))
      requests.push(atDoor(request, address.pathname));
    else if (form !== undefined) requests.push(unsized(`sends ${form}`, parsed(request.postData())));
    else if (address.pathname.startsWith('/sign-in/federated/callback/'))
      requests.push(unsized('callback', Object.fromEntries(address.searchParams)));
    else if (address.origin !== origin && address.searchParams.has('code_challenge'))
      requests.push(unsized('upstreamAsks', Object.fromEntries(address.searchParams)));
  });
  const carried = async () => {
    const bodies = await Promise.all(
      requests.flatMap((each) => each.bodies).map((body) => comeByNow(body, null)),
    );
    return [...new Set(bodies.flatMap(longTexts))].filter((text) => !text.startsWith(origin));
  };
  return { requests, carried };
}

/** Each by its name, and those of one name in their order: answers may overtake each other. */
const byName = (weighed: readonly Weighed[]): readonly Weighed[] =>
  [...weighed].sort((one, other) => (one.id < other.id ? -1 : Number(one.id > other.id)));

/**
 * Every request stands in what was told, in order, with its answer, as the network carried it; none is made up. What pages ask on
 * the side is there as often, whether or not the page stayed for the answer.
 */
export async function expectAll(live: Page, { requests }: Traffic): Promise<void> {
  const asked = requests.map(({ id }) => id);
  const steps = (ids: readonly string[]) => ids.filter((id) => !isAside(id));
  const ids = async () => (await told(live)).map(({ id }) => id);
  await expect.poll(async () => steps(await ids()).filter(isRequest)).toEqual(steps(asked));
  const halves = async (...names: string[]) =>
    steps(await ids())
      .filter((id) => names.includes(id.split(' ')[0] ?? ''))
      .map((id) => id.split(' ')[1])
      .sort();
  await expect.poll(() => halves('answers', 'gets')).toEqual(await halves('asks', 'sends'));
  const missing = async () => {
    const messages = await told(live);
    const often = (id: string) =>
      messages.filter((each) => each.id === id).reduce((sum, { times = 1 }) => sum + times, 0);
    return asked.filter(isAside).filter((id, _, all) => often(id) < all.filter((each) => each === id).length);
  };
  await expect.poll(missing).toEqual([]);
  await expectCarried(live, requests);
}

/**
 * Size, status and challenges of each message are those of the request and its answer; of an answer that the browser no longer
 * has, as its page left, the status. What stays on the device is told of no other challenge.
 */
async function expectCarried(live: Page, requests: readonly Carried[]): Promise<void> {
  const got = await Promise.all(
    requests.map((each) =>
      comeByNow(each.got, { ...each.sent, id: each.id.replace('asks', 'answers'), ...NOT_READ }),
    ),
  );
  const network = [...requests.map(({ sent }) => sent), ...got.filter((each) => each !== null)];
  const read = got.filter((each) => each !== null && each.bytes !== null);
  expect(read.length > 0).toBe(requests.some(({ id }) => id.startsWith('asks ')));
  const messages = (await told(live)).map(weighTold);
  const overDoors = messages.filter(({ id }) => isRequest(id) || id.startsWith('answers '));
  const weighed = byName(network.filter(({ id }) => !isAside(id)));
  const left = (half: Weighed | undefined) => half?.bytes === null && half.id.startsWith('answers ');
  const known = (half: Weighed, other: Weighed | undefined) =>
    left(other) ? { ...half, ...NOT_READ, status: other?.status === null ? null : half.status } : half;
  const drawn = byName(overDoors.filter(({ id }) => !isAside(id)));
  expect(drawn.map((half, at) => known(half, weighed[at]))).toEqual(weighed);
  for (const aside of overDoors.filter(({ id }) => isAside(id)))
    expect(
      network.some((half) => half.id === aside.id && isDeepStrictEqual(known(aside, half), half)),
      aside.id,
    ).toBe(true);
  for (const { id, bytes, challenges } of messages.filter((each) => !overDoors.includes(each))) {
    expect(bytes, id).toBe(null);
    for (const each of challenges)
      expect(
        network.flatMap((half) => half.challenges),
        id,
      ).toContain(each);
  }
}

/** Everything that this browser keeps for its person, as texts: containers, keys, profiles. */
async function keptBy(page: Page): Promise<readonly string[]> {
  const kept = await page.evaluate(async () => {
    const opened = (request: IDBRequest) =>
      new Promise<unknown>((resolve) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => resolve([]);
      });
    const bytes = (value: unknown): unknown => {
      if (value instanceof ArrayBuffer) return bytes(new Uint8Array(value));
      if (ArrayBuffer.isView(value)) {
        const text = btoa(
          String.fromCharCode(...new Uint8Array(value.buffer, value.byteOffset, value.byteLength)),
        );
        return text.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
      }
      if (Array.isArray(value)) return value.map(bytes);
      if (typeof value !== 'object' || value === null || value instanceof CryptoKey) return value;
      return Object.values(value).map(bytes);
    };
    const all: unknown[] = [];
    for (const { name = '' } of await indexedDB.databases()) {
      const db = (await opened(indexedDB.open(name))) as IDBDatabase;
      for (const store of db.objectStoreNames)
        all.push(bytes(await opened(db.transaction(store).objectStore(store).getAll())));
      db.close();
    }
    return all;
  });
  return longTexts(kept);
}

/** The live view's own tab, its page and its picture hold nothing of what was sent, got, kept or typed. */
export async function expectNoSecret(
  live: Page,
  page: Page,
  traffic: Traffic,
  typed: readonly string[],
): Promise<void> {
  await live.bringToFront();
  await live.getByLabel('Ceremony').selectOption('all');
  await live.getByLabel('Also what pages ask on the side').check();
  const saved = live.waitForEvent('download');
  await live.getByRole('button', { name: 'SVG', exact: true }).click();
  const svg = await readFile(await (await saved).path(), 'utf8');
  expect(svg.startsWith('<svg')).toBe(true);
  const shown = await live.evaluate(() =>
    JSON.stringify({ ...sessionStorage, ...localStorage, page: document.body.outerHTML }),
  );
  const cookies = (await page.context().cookies())
    .map(({ value }) => value)
    .filter((value) => value.length >= LONG);
  expect(cookies.length).toBeGreaterThan(0);
  const carried = await traffic.carried();
  expect(carried.length).toBeGreaterThan(0);
  for (const secret of [...typed, ...cookies, ...carried, ...(await keptBy(page))])
    for (const text of [svg, shown]) {
      // A code of six digits may stand in a time by chance.
      const found = /^\d+$/.test(secret)
        ? new RegExp(`(?<!\\d)${secret}(?!\\d)`).test(text)
        : text.includes(secret);
      expect(found, secret).toBe(false);
    }
  // Nothing typed is left in the tab that it was typed in, either.
  const here = await page.evaluate(() => JSON.stringify(sessionStorage));
  for (const secret of typed) expect(here.includes(secret), secret).toBe(false);
  await live.getByLabel('Also what pages ask on the side').uncheck();
  await live.getByLabel('Ceremony').selectOption('newest');
  await page.bringToFront();
}
