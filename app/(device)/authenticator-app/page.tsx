import type { Metadata } from 'next';
import { sufficientProof } from '#domain/authentication';
import { confirmationWays } from '#server/authentication';
import { methodObstacles } from '#server/methods-policy';
import { signedInPage } from '#server/page';
import { adding, afterwards } from '../afterwards.ts';
import { DemandNote } from '../demand-note.tsx';
import { DevicePage } from '../device-page.tsx';
import { MethodOff } from '../method-off.tsx';
import { AddAuthenticatorApp } from './add-authenticator-app.tsx';

export const metadata: Metadata = { title: 'Add an authenticator app' };

export default async function AuthenticatorAppPage({
  searchParams,
}: {
  searchParams: Promise<{ readonly then?: string | string[] }>;
}) {
  const [{ runtime, caller }, { then }] = await Promise.all([signedInPage(), searchParams]);
  const { session } = caller;
  const fresh = sufficientProof('add_authenticator_app', session.proofs, runtime.clock.now()) !== null;
  const ways = await confirmationWays(runtime, session, session.demands.securityInfo);
  const off = (await methodObstacles(runtime.db, session.userId, 'register')).softwareOath !== null;
  return (
    <DevicePage
      session={session}
      title="Add an authenticator app"
      intro="From then on your password alone no longer gets anybody in: it also takes a code that only your app shows."
    >
      {fresh || off ? null : <DemandNote demand={session.demands.securityInfo} />}
      {off ? (
        <MethodOff method="softwareOath" />
      ) : (
        <AddAuthenticatorApp
          account={session.person.upn}
          fresh={fresh}
          ways={ways}
          here={adding('/authenticator-app', then)}
          back={afterwards(session, then)}
        />
      )}
    </DevicePage>
  );
}
