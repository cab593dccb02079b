import { sessionWords } from '#domain/session';
import { placeTitle, type Strength, type StrengthPlace, strengthWords } from '#domain/strength';
import { confirmationWays } from '#server/authentication';
import type { SignedInSession } from '#server/caller';
import { listStrongEnough } from '#server/methods-of-person';
import type { Runtime } from '#server/runtime';
import { ButtonLink } from '#ui/button';
import { Notice } from '#ui/notice';
import { ConfirmStronger } from './confirm-stronger.tsx';

/** What a place asks for that this session has not: in words, with those of the person's methods that have it, and the way to them. */
export async function StrengthAsked({
  runtime,
  session,
  place,
  strength,
}: {
  runtime: Runtime;
  session: SignedInSession;
  place: StrengthPlace;
  strength: Strength;
}) {
  const { title, takes } = strengthWords[strength];
  const [ways, enough] = await Promise.all([
    confirmationWays(runtime, session, strength),
    listStrongEnough(runtime, session, strength),
  ]);
  const came = sessionWords(
    session.method,
    session.proofs.map(({ kind }) => kind),
    undefined,
  );
  return (
    <div className="flex flex-col gap-6">
      <p className="max-w-line">
        {placeTitle(place)} asks for <strong>{title}</strong>: {takes}. You came in with {came}.
      </p>
      {enough.length === 0 ? (
        <Notice
          tone="info"
          live="none"
          title="You have nothing of that strength yet"
          safe="You are still signed in, and nothing was changed."
          action={<ButtonLink href="/provision">Set up this device</ButtonLink>}
        >
          Windows Hello on this device is enough. If you have nothing to set it up with, ask your
          administrator for a Temporary Access Pass.
        </Notice>
      ) : (
        <>
          <div className="flex flex-col gap-2">
            <h2 className="text-16 font-semibold">These of yours are enough</h2>
            <ul className="flex list-disc flex-col gap-1 pl-6">
              {enough.map(({ id, words }) => (
                <li key={id}>{words}</li>
              ))}
            </ul>
          </div>
          <ConfirmStronger ways={ways} account={session.person.upn} />
        </>
      )}
    </div>
  );
}
