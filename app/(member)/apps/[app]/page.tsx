import type { Metadata } from 'next';
import { notFound } from 'next/navigation';
import { sufficientProof } from '#domain/authentication';
import { confirmationWays } from '#server/authentication';
import { memberPage } from '#server/page';
import { Badge } from '#ui/badge';
import { type ApplicationKey, applications } from '../../applications.ts';
import { ConfirmItIsYou } from '../../confirm-it-is-you.tsx';
import { MemberPage } from '../../member-page.tsx';

interface Params {
  params: Promise<{ app: string }>;
}

const find = (app: string) => (Object.hasOwn(applications, app) ? applications[app as ApplicationKey] : null);

export async function generateMetadata({ params }: Params): Promise<Metadata> {
  return { title: find((await params).app)?.name ?? 'Not found' };
}

export default async function ApplicationPage({ params }: Params) {
  const { runtime, caller } = await memberPage();
  const application = find((await params).app);
  if (application === null) notFound();
  const { session } = caller;
  const open =
    !application.confirm ||
    sufficientProof('change_credentials', session.proofs, runtime.clock.now()) !== null;
  return (
    <MemberPage session={session} title={application.name} intro={application.about} wide={false}>
      <div>
        <Badge>Demo resource</Badge>
      </div>
      {open ? (
        <ul className="flex flex-col gap-2">
          {application.lines.map((line) => (
            <li key={line}>{line}</li>
          ))}
        </ul>
      ) : (
        <ConfirmItIsYou ways={await confirmationWays(runtime, session)} account={session.person.upn} />
      )}
    </MemberPage>
  );
}
