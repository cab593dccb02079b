import 'server-only';
import { MINUTE_MS, SECOND_MS } from '#domain/time';
import { forgetOldApprovals } from './approval.ts';
import { refreshMetadata } from './attestation/metadata.ts';
import { settleStanding } from './attestation/standing.ts';
import { forgetPhoneOffers } from './authenticator-phone.ts';
import { forgetExpiredChallenges } from './ceremony.ts';
import { forgetOldPlans } from './communication-plan.ts';
import { writePlannedMessages } from './communication-send.ts';
import { unlessMoved } from './demo-clock.ts';
import { forgetOldCertificates } from './device-certificate.ts';
import { EnvironmentError } from './env.ts';
import { forgetOldEvents } from './event-retention.ts';
import { forgetUnfinishedContainers } from './key-container.ts';
import { forgetOldLogos } from './logo.ts';
import { forgetOldMails, sendMails } from './mail.ts';
import { forgetOldNotices } from './notice.ts';
import { forgetOldPassRequests } from './pass-request.ts';
import { pushWaiting } from './phone-push.ts';
import { forgetUnfinishedProtectors } from './pin-protector.ts';
import { forgetExpiredTries } from './pin-try.ts';
import { theRuntime } from './product.ts';
import { forgetExpiredLimits } from './rate-limit.ts';
import type { Runtime } from './runtime.ts';
import { forgetOldSessions } from './session.ts';
import { forgetOldShows } from './shared-show.ts';
import { forgetExpiredPasses } from './temporary-access-pass.ts';

/** How often what has run out is swept. Sweeping is idempotent; what is long work takes a lease besides. */
const SWEEP_MS = 10 * MINUTE_MS;
/** How often the outbox is looked at, where there is a server that sends. */
const MAIL_MS = 10 * SECOND_MS;
/** How often it is looked whether phones were left unwoken; mostly they were woken at once. */
const PUSH_MS = 5 * SECOND_MS;
/** How often it is looked whether a ring has something to say to its people. */
const COMMUNICATION_MS = 20 * SECOND_MS;
/** How often it is looked whether something became known of keys, and what is to be fetched. Both mostly answer no. */
const STANDING_MS = MINUTE_MS;

/** Opens and checks the store and starts the sweep. A product that must not run says why in one sentence and ends. */
export async function startProduct(): Promise<void> {
  try {
    await theRuntime();
  } catch (error) {
    console.error(error instanceof EnvironmentError ? error.message : error);
    process.exit(78);
  }
  setInterval(() => {
    rested(sweep).catch((error) => console.error(error));
  }, SWEEP_MS).unref();
  setInterval(() => {
    rested(mail).catch((error) => console.error(error));
  }, MAIL_MS).unref();
  setInterval(() => {
    push().catch((error) => console.error(error));
  }, PUSH_MS).unref();
  setInterval(() => {
    rested(writePlannedMessages).catch((error) => console.error(error));
  }, COMMUNICATION_MS).unref();
  setInterval(() => {
    rested(standing).catch((error) => console.error(error));
  }, STANDING_MS).unref();
}

/** Runs a job, unless the clock of a demo tenant is moved. */
async function rested(job: (runtime: Runtime) => Promise<unknown>): Promise<void> {
  await unlessMoved(await theRuntime(), job);
}

async function standing(runtime: Runtime): Promise<void> {
  await refreshMetadata(runtime);
  await settleStanding(runtime);
}

async function mail(runtime: Runtime): Promise<void> {
  if (runtime.mailer !== null) await sendMails(runtime, runtime.mailer);
}

async function push(): Promise<void> {
  await pushWaiting(await theRuntime());
}

async function sweep(runtime: Runtime): Promise<void> {
  await forgetExpiredChallenges(runtime);
  await forgetExpiredLimits(runtime);
  await forgetOldSessions(runtime);
  await forgetOldCertificates(runtime);
  await forgetOldEvents(runtime);
  await forgetExpiredPasses(runtime);
  await forgetOldPassRequests(runtime);
  await forgetExpiredTries(runtime);
  await forgetUnfinishedProtectors(runtime);
  await forgetUnfinishedContainers(runtime);
  await forgetOldNotices(runtime);
  await forgetOldMails(runtime);
  await forgetOldLogos(runtime);
  await forgetOldPlans(runtime);
  await forgetOldApprovals(runtime);
  await forgetPhoneOffers(runtime);
  await forgetOldShows(runtime);
}
