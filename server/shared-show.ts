import 'server-only';
import { groupedCode, normalisePhoneCode, phoneCodeFromRandom } from '#domain/authenticator';
import { toBase64Url } from '#domain/base64url';
import {
  type Followed,
  JOIN_CODE_LENGTH,
  JOIN_CODE_LIFETIME_MS,
  type JoinCode,
  type Seen,
  SHARED_SHOW_LIFETIME_MS,
  type Sharing,
  seenSchema,
  VIEWERS_MAX,
} from '#domain/presentation/shared';
import { ok, type Result, refuse } from '#domain/result';
import { later } from '#domain/time';
import type { Caller, SignedIn } from './caller.ts';
import type { Streamed } from './endpoint.ts';
import { record } from './event.ts';
import { streamed, turning } from './live-connection.ts';
import { demoTenant } from './presentation.ts';
import { isLogged, passDoor } from './rate-limit.ts';
import { newId, type Runtime } from './runtime.ts';
import { mac } from './secrets.ts';
import { createSlots, perRuntime } from './slots.ts';
import { createStateFeed, type StateFeed } from './state-feed.ts';

/**
 * The presentation on devices that are not the presenter's. A code lets a browser in, by the cookie that names it, to see what the
 * audience sees and nothing else. It is no part of the story: setting a chapter up does not touch it, and it goes by the time
 * of the world.
 */

const hashOf = (runtime: Runtime, what: 'code' | 'browser', text: string) =>
  toBase64Url(mac(runtime.keys('presentation'), Buffer.from(`${what}/${text}`)));

/** There is one at a time. */
const THE_SHOW = 'show';

/** What is never more than a few lines: an attack's report is the longest. */
const SEEN_MAX = 16 * 1024;

const live = (runtime: Runtime) => ({ expiresAt: { gt: runtime.clock.world() } });

const presenterOf = (runtime: Runtime, { browser }: Caller) => hashOf(runtime, 'browser', browser);

/**
 * Shows the presentation of this browser to whoever types the code, in place of an older code. Those who follow already go on,
 * with this browser from now on.
 */
export async function shareShow(runtime: Runtime, caller: SignedIn, seen: Seen): Promise<Result<JoinCode>> {
  if ((await demoTenant(runtime)) === null) return refuse('not_found');
  const text = JSON.stringify(seen);
  if (text.length > SEEN_MAX) return refuse('bad_request');
  const code = phoneCodeFromRandom(runtime.random.bytes(JOIN_CODE_LENGTH));
  const now = runtime.clock.world();
  const codeExpiresAt = later(now, JOIN_CODE_LIFETIME_MS);
  const expiresAt = later(now, SHARED_SHOW_LIFETIME_MS);
  const codeHash = hashOf(runtime, 'code', code);
  const fresh = {
    codeHash,
    codeExpiresAt,
    expiresAt,
    presenterHash: presenterOf(runtime, caller),
    seen: text,
  };
  await runtime.db.$transaction(async (tx) => {
    // One that is over has lost its audience.
    await tx.sharedShow.deleteMany({ where: { expiresAt: { lte: now } } });
    const create = { id: THE_SHOW, ...fresh, createdAt: now };
    await tx.sharedShow.upsert({ where: { id: THE_SHOW }, create, update: fresh });
    await record(tx, runtime, { code: 'presentation_shared', actorId: caller.session.person.id });
  });
  const place = `${runtime.relyingParty.origin}/presentation/join`;
  // What a browser counts down, it counts by the organisation's time.
  const until = later(runtime.clock.now(), JOIN_CODE_LIFETIME_MS).toISOString();
  return ok({ code: groupedCode(code), place, address: `${place}#code=${code}`, expiresAt: until });
}

/** Tells those who follow what the audience sees now, where they follow the browser that asks. */
export async function tellShow(runtime: Runtime, caller: SignedIn, seen: Seen): Promise<Result<null>> {
  const text = JSON.stringify(seen);
  if (text.length > SEEN_MAX) return refuse('bad_request');
  if ((await demoTenant(runtime)) === null) return refuse('not_found');
  const where = { ...live(runtime), presenterHash: presenterOf(runtime, caller) };
  const { count } = await runtime.db.sharedShow.updateMany({ where, data: { seen: text } });
  return count === 0 ? refuse('not_found') : ok(null);
}

/** Ends the presentation on all other devices at once. */
export async function unshareShow(runtime: Runtime, caller: SignedIn): Promise<Result<null>> {
  if ((await demoTenant(runtime)) === null) return refuse('not_found');
  await runtime.db.$transaction(async (tx) => {
    if ((await tx.sharedShow.deleteMany()).count === 0) return;
    await record(tx, runtime, { code: 'presentation_unshared', actorId: caller.session.person.id });
  });
  return ok(null);
}

/** Null where the presentation is on no other device and no code leads there. */
export async function readSharedShow(runtime: Runtime, caller: SignedIn): Promise<Sharing | null> {
  const show = await runtime.db.sharedShow.findFirst({
    where: live(runtime),
    select: { presenterHash: true, _count: { select: { viewers: true } } },
  });
  return show && { viewers: show._count.viewers, mine: show.presenterHash === presenterOf(runtime, caller) };
}

/**
 * Lets the browser that asks follow, by a code that somebody presents. Every code that does not fit reads the same, and so does one
 * that enough devices have used.
 */
export async function joinShow(
  runtime: Runtime,
  caller: Caller,
  input: { readonly code: string },
): Promise<Result<null>> {
  if ((await demoTenant(runtime)) === null) return refuse('not_found');
  const limited = await passDoor(runtime, 'presentation-join', caller);
  if (limited !== null) return { ok: false, problem: limited };
  const codeHash = hashOf(runtime, 'code', normalisePhoneCode(input.code));
  const browserHash = hashOf(runtime, 'browser', caller.browser);
  const now = runtime.clock.world();
  const { browser, address } = { browser: caller.userAgent, address: caller.address };
  const joined = await runtime.db.$transaction(async (tx) => {
    // Written first, so that two devices at once count each other.
    const { count } = await tx.sharedShow.updateMany({
      where: { codeHash, codeExpiresAt: { gt: now }, ...live(runtime) },
      data: { codeHash },
    });
    if (count !== 1) return false;
    const show = await tx.sharedShow.findUniqueOrThrow({ where: { codeHash }, include: { viewers: true } });
    if (show.viewers.some((viewer) => viewer.browserHash === browserHash)) return true;
    if (show.viewers.length >= VIEWERS_MAX) return false;
    const id = newId(runtime);
    await tx.showViewer.create({ data: { id, showId: show.id, browserHash, browser, joinedAt: now } });
    await record(tx, runtime, { code: 'presentation_joined', detail: { browser, address } });
    return true;
  });
  if (joined) return ok(null);
  if (await isLogged(runtime, address))
    await record(runtime.db, runtime, {
      code: 'presentation_join_failed',
      outcome: 'failure',
      detail: { cause: 'join_code_unknown', address },
    });
  return refuse('join_code_refused');
}

async function viewerOf(runtime: Runtime, caller: Caller): Promise<string | null> {
  if ((await demoTenant(runtime)) === null) return null;
  const browserHash = hashOf(runtime, 'browser', caller.browser);
  const viewer = await runtime.db.showViewer.findFirst({ where: { browserHash, show: live(runtime) } });
  return viewer?.id ?? null;
}

/** Whether this browser follows a presentation. */
export async function isViewer(runtime: Runtime, caller: Caller): Promise<boolean> {
  return (await viewerOf(runtime, caller)) !== null;
}

/** The live connections of an audience in one process. */
export function createShowFeed(runtime: Runtime): StateFeed {
  return createStateFeed(runtime, {
    hello: 'the presentation',
    over: { over: true } satisfies Followed,
    read: async (ids) => {
      const viewers = await runtime.db.showViewer.findMany({
        where: { id: { in: [...ids] }, show: live(runtime) },
        select: { id: true, show: { select: { seen: true } } },
      });
      // What an older version of the product told may be unknown to this one: then it is over.
      return new Map(
        viewers.flatMap(({ id, show }) => {
          const seen = seenSchema.safeParse(JSON.parse(show.seen));
          return seen.success ? [[id, seen.data] as const] : [];
        }),
      );
    },
  });
}

const feedOf = perRuntime((runtime: Runtime) => ({
  ...turning(createShowFeed(runtime)),
  slots: createSlots({ perPerson: 3, inAll: 64 }),
}));

/** What the audience sees, for a browser that joined, until the presentation is over (server-sent events). */
export async function streamShow(runtime: Runtime, caller: Caller): Promise<Result<Streamed>> {
  const viewer = await viewerOf(runtime, caller);
  if (viewer === null) return refuse('not_found');
  const { feed, slots, start } = feedOf(runtime);
  const slot = slots.take(viewer);
  if (!slot.ok) return slot;
  start();
  return ok(streamed(feed.listen(viewer), slot.value));
}

/** Forgets presentations that are over. Returns how many. */
export async function forgetOldShows(runtime: Runtime): Promise<number> {
  const where = { expiresAt: { lte: runtime.clock.world() } };
  return (await runtime.db.sharedShow.deleteMany({ where })).count;
}
