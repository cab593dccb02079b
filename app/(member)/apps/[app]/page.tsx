import type { Metadata } from 'next';
import { notFound } from 'next/navigation';
import type { ApplicationKey } from '#domain/application';
import { sufficientProof } from '#domain/authentication';
import { strengthMissing } from '#domain/session';
import { confirmationWays } from '#server/authentication';
import { memberPage } from '#server/page';
import { Badge } from '#ui/badge';
import { applications } from '../../applications.ts';
import { ConfirmItIsYou } from '../../confirm-it-is-you.tsx';
import { MemberPage } from '../../member-page.tsx';
import { StrengthAsked } from '../../strength-asked.tsx';

interface Params {
  params: Promise<{ app: string }>;
}

const find = (app: string) => (Object.hasOwn(applications, app) ? applications[app as ApplicationKey] : null);

export async function generateMetadata({ params }: Params): Promise<Metadata> {
  return { title: find((await params).app)?.name ?? 'Not found' };
}

export default async function ApplicationPage({ params }: Params) {
  const { runtime, caller } = await memberPage();
  const { app } = await params;
  const application = find(app);
  if (application === null) notFound();
  const { session } = caller;
  const strength = strengthMissing(session, app as ApplicationKey);
  const open =
    !application.confirm ||
    sufficientProof('change_credentials', session.proofs, runtime.clock.now()) !== null;
  return (
    <MemberPage session={session} title={application.name} intro={application.about} wide={false}>
      <div>
        <Badge>Demo resource</Badge>
      </div>
      {strength !== null ? (
        <StrengthAsked
          runtime={runtime}
          session={session}
          place={app as ApplicationKey}
          strength={strength}
        />
      ) : open ? (
        <ul className="flex flex-col gap-2">
          {application.lines.map((line) => (
            <li key={line}>{line}</li>
          ))}
        </ul>
      ) : (
        <ConfirmItIsYou
          ways={await confirmationWays(runtime, session, session.demands.securityInfo)}
          account={session.person.upn}
        />
      )}
    </MemberPage>
  );
}
