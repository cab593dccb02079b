import { arrival } from '#server/arrival';
import { finishFederatedSignIn } from '#server/federated-sign-in';

export const dynamic = 'force-dynamic';

/** Where the provider of a federated domain sends people back to. */
export const GET = arrival(
  finishFederatedSignIn,
  (step) =>
    step.next === 'upstream'
      ? step.address
      : `/sign-in/federated?arrived${step.leadsTo === null ? '' : `&then=${step.leadsTo}`}`,
  '/sign-in/federated',
);
