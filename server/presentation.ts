import 'server-only';
import type { Chapter, Prop, StartStep } from '#domain/presentation/chapter';
import { type ChapterId, chapterOf } from '#domain/presentation/chapters';
import { ok, type Result, refuse } from '#domain/result';
import type { SignedIn } from './caller.ts';
import { isClockMoved, settleClock } from './demo-clock.ts';
import { record } from './event.ts';
import { findUser, resetPassword } from './identity.ts';
import { setPolicy } from './policy-setting.ts';
import { inWorldTime, type Runtime } from './runtime.ts';
import { issueTemporaryAccessPass } from './temporary-access-pass.ts';
import { readTenant, type Tenant } from './tenant.ts';
import { keepSnapshot, restoreSnapshot } from './tenant-snapshot.ts';

const REASON = 'For a chapter of a presentation';

/** What this organisation is to a presentation: the demo tenant, or nothing. */
export async function demoTenant(runtime: Runtime): Promise<Tenant | null> {
  const tenant = await readTenant(runtime);
  return tenant.demo ? tenant : null;
}

/** Keeps what the demo tenant holds now as where every chapter starts from. */
export async function beginPresentation(runtime: Runtime, caller: SignedIn): Promise<Result<null>> {
  if ((await demoTenant(runtime)) === null) return refuse('not_found');
  const { id: actorId } = caller.session.person;
  const kept = await keepSnapshot(runtime, 'beginning', async (tx) => {
    if (await isClockMoved({ db: tx })) return false;
    return await record(tx, runtime, { code: 'presentation_begun', actorId });
  });
  return kept ? ok(null) : refuse('clock_moved');
}

/**
 * Sets the demo tenant back to the beginning and from there to the start of a chapter, by the use cases that an
 * administrator would use, in one transaction: of two that come at once one is whole and then the other, or none. Everybody
 * is signed out but the presenter, another presenter too, and a moved clock is back in the present.
 */
export async function setUpChapter(
  runtime: Runtime,
  caller: SignedIn,
  input: { readonly chapter: ChapterId },
): Promise<Result<readonly Prop[]>> {
  const tenant = await demoTenant(runtime);
  if (tenant === null) return refuse('not_found');
  const { start }: Chapter = chapterOf(input.chapter);
  return await restoreSnapshot(inWorldTime(runtime), 'beginning', caller.session.id, async (within) => {
    await settleClock(within, caller);
    const props: Prop[] = [];
    for (const step of start) {
      const done = await take(within, caller, tenant, step);
      if (!done.ok) return done;
      if (done.value !== null) props.push(done.value);
    }
    const { id: actorId } = caller.session.person;
    await record(within.db, within, { code: 'chapter_set_up', actorId, detail: { chapter: input.chapter } });
    return ok(props);
  });
}

async function take(
  runtime: Runtime,
  { session }: SignedIn,
  { domain }: Tenant,
  step: StartStep,
): Promise<Result<Prop | null>> {
  if (step.does === 'set_policy') {
    const set = await setPolicy(runtime, session.person.id, { name: step.name, value: step.value });
    return set.ok ? ok(null) : set;
  }
  const upn = `${step.who}@${domain}`;
  const user = await findUser(runtime, upn);
  if (user === null) return refuse('not_found');
  if (step.does === 'set_password') {
    const reset = await resetPassword(runtime, session.person, { userId: user.id, temporary: false });
    return reset.ok ? ok({ label: `Password of ${upn}`, value: reset.value.password, link: null }) : reset;
  }
  const { reason = REASON, again = false } = step;
  const issued = await issueTemporaryAccessPass(runtime, session.person, {
    userId: user.id,
    oneTime: !again,
    reason,
  });
  return issued.ok
    ? ok({
        label: `Pass of ${upn}, works ${again ? 'until it ends' : 'once'}`,
        value: issued.value.pass,
        link: issued.value.link,
      })
    : issued;
}
