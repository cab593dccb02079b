import type { Metadata } from 'next';
import { sufficientProof } from '#domain/authentication';
import { confirmationWays } from '#server/authentication';
import { methodObstacles } from '#server/methods-policy';
import { signedInPage } from '#server/page';
import { adding, afterwards } from '../afterwards.ts';
import { DemandNote } from '../demand-note.tsx';
import { DevicePage } from '../device-page.tsx';
import { MethodOff } from '../method-off.tsx';
import { AddPhone } from './add-phone.tsx';

export const metadata: Metadata = { title: 'Add your phone' };

export default async function PhonePage({
  searchParams,
}: {
  searchParams: Promise<{ readonly then?: string | string[] }>;
}) {
  const [{ runtime, caller }, { then }] = await Promise.all([signedInPage(), searchParams]);
  const { session } = caller;
  const fresh = sufficientProof('add_authenticator_app', session.proofs, runtime.clock.now()) !== null;
  const ways = await confirmationWays(runtime, session, session.demands.securityInfo);
  const off = (await methodObstacles(runtime.db, session.userId, 'register')).authenticator !== null;
  return (
    <DevicePage
      session={session}
      title="Add your phone"
      intro="It then confirms that it is you. From then on your password alone no longer gets anybody in."
    >
      {fresh || off ? null : <DemandNote demand={session.demands.securityInfo} />}
      {off ? (
        <MethodOff method="authenticator" />
      ) : (
        <AddPhone
          account={session.person.upn}
          fresh={fresh}
          ways={ways}
          here={adding('/phone', then)}
          back={afterwards(session, then)}
        />
      )}
    </DevicePage>
  );
}
