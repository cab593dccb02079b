import type { ComponentType } from 'react';
import { sufficientProof } from '#domain/authentication';
import { confirmationWays } from '#server/authentication';
import { methodObstacles } from '#server/methods-policy';
import { signedInPage } from '#server/page';
import { adding, afterwards } from './afterwards.ts';
import type { Adding } from './begin-adding.tsx';
import { DemandNote } from './demand-note.tsx';
import { DevicePage } from './device-page.tsx';
import { MethodOff } from './method-off.tsx';

export type AddingSearch = Promise<{ readonly then?: string | string[] }>;

/** A page that adds a second factor, where methods have one for this person. */
export async function AddingPage({
  method,
  place,
  title,
  intro,
  form: Form,
  searchParams,
}: {
  method: 'authenticator' | 'softwareOath';
  place: Parameters<typeof adding>[0];
  title: string;
  intro: string;
  form: ComponentType<Adding>;
  searchParams: AddingSearch;
}) {
  const [{ runtime, caller }, { then }] = await Promise.all([signedInPage(), searchParams]);
  const { session } = caller;
  const fresh = sufficientProof('add_authenticator_app', session.proofs, runtime.clock.now()) !== null;
  const ways = await confirmationWays(runtime, session, session.demands.securityInfo);
  const off = (await methodObstacles(runtime.db, session.userId, 'register'))[method] !== null;
  return (
    <DevicePage session={session} title={title} intro={intro}>
      {fresh || off ? null : <DemandNote demand={session.demands.securityInfo} />}
      {off ? (
        <MethodOff method={method} />
      ) : (
        <Form
          account={session.person.upn}
          fresh={fresh}
          ways={ways}
          here={adding(place, then)}
          back={afterwards(session, then)}
        />
      )}
    </DevicePage>
  );
}
