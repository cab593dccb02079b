import {
  Activity,
  BookOpen,
  Clock,
  Laptop,
  LockKeyhole,
  Radio,
  ShieldCheck,
  Wallet,
  Wrench,
} from 'lucide-react';
import type { Route } from 'next';
import Link from 'next/link';
import { redirect } from 'next/navigation';
import { applicationKeys } from '#domain/application';
import { keyProtectionWords } from '#domain/credential';
import { mayAdminister } from '#domain/identity';
import { toldOf } from '#domain/key-rules';
import { prerequisites } from '#domain/prerequisites';
import { sessionWords } from '#domain/session';
import { isSoftwareKey } from '#domain/software-key';
import { listCredentials } from '#server/credential';
import { listEvents } from '#server/event';
import { readKeyRulesAt } from '#server/key-rules-policy';
import { isLiveCeremonyOn } from '#server/live-ceremony';
import { memberPage } from '#server/page';
import { checkPrerequisites } from '#server/provisioning';
import { readTenant } from '#server/tenant';
import { ButtonLink } from '#ui/button';
import { Emblem } from '#ui/emblem';
import { Notice } from '#ui/notice';
import { ActivityList } from './activity-list.tsx';
import { applications } from './applications.ts';
import { Leave } from './leave.tsx';
import { MemberPage } from './member-page.tsx';
import { Told } from './told.tsx';

const icons = { handbook: BookOpen, timesheet: Clock, payroll: Wallet } as const;

export default async function HomePage() {
  const { runtime, caller } = await memberPage();
  const { session } = caller;
  const [tenant, provisioning, credentials, events, rules, live] = await Promise.all([
    readTenant(runtime),
    checkPrerequisites(runtime, session),
    listCredentials(runtime, session.userId),
    listEvents(runtime, { userId: session.userId }, 20),
    readKeyRulesAt(runtime.db, runtime, session),
    isLiveCeremonyOn(runtime),
  ]);
  if (provisioning.launch) redirect('/provision');

  const used = credentials.find(({ id }) => id === session.credentialId);
  // Under enforced rules it would not have come in.
  const told = used === undefined || rules[used.kind].mode !== 'warn' ? [] : toldOf(rules, used.facts);
  const stopped = provisioning.prerequisites.checks
    .filter(({ verdict }) => verdict === 'no')
    .map(({ field }) => field);
  const stop = prerequisites.find(({ field }) => field === stopped[0]);
  const firstName = session.person.displayName.split(' ')[0];
  const places: { href: Route; title: string; icon: typeof ShieldCheck }[] = [
    { href: '/security-info', title: 'Security info', icon: ShieldCheck },
    { href: '/devices', title: 'My devices', icon: Laptop },
    { href: '/activity', title: 'My activity', icon: Activity },
    ...(mayAdminister(session.person.roles, 'read')
      ? [{ href: '/admin' as Route, title: 'Administration', icon: Wrench }]
      : []),
    ...(live ? [{ href: '/live' as Route, title: 'Live ceremony', icon: Radio }] : []),
  ];

  return (
    <MemberPage session={session} home title={`Hello ${firstName}`} intro={tenant.name}>
      <p className="flex items-center gap-3 text-14">
        {used ? (
          <Emblem protection={used.protection} size={24} />
        ) : (
          <LockKeyhole size={20} className="shrink-0" aria-hidden />
        )}
        <span>
          Signed in with{' '}
          {used && isSoftwareKey(used)
            ? 'your PIN'
            : sessionWords(
                session.method,
                session.proofs.map(({ kind }) => kind),
                used,
              )}
          {session.device ? ` on ${session.device.name}` : ''}.{' '}
          {used === undefined
            ? 'No key was used.'
            : isSoftwareKey(used)
              ? 'Software key, kept by a browser.'
              : `${keyProtectionWords(used)}.`}
        </span>
      </p>

      {told.length === 0 ? null : (
        <Notice
          tone="warning"
          live="none"
          title="Your organisation asks for another key"
          action={<ButtonLink href="/security-info">See your keys</ButtonLink>}
        >
          {told.join(' ')} You can go on with it for now. Ask your administrator what to use instead.
        </Notice>
      )}

      <Told session={session} runtime={runtime} />

      {provisioning.keyOnThisDevice ? null : provisioning.policyEnabled ? (
        <Notice
          tone="info"
          live="none"
          title="Set up your face, finger or PIN on this device"
          action={
            <ButtonLink href="/provision" tone="primary">
              Set up this device
            </ButtonLink>
          }
        >
          {stop ? `${stop.fails}. ` : ''}It takes two minutes, and you won't need a password here again.
        </Notice>
      ) : (
        <Notice tone="info" live="none" title="Windows Hello for Business is switched off">
          Your organisation decides when it starts. Nothing is needed from you.
        </Notice>
      )}

      <section aria-labelledby="applications" className="flex flex-col gap-3">
        <h2 id="applications" className="text-20 font-semibold">
          Your applications
        </h2>
        <ul className="grid gap-4 sm:grid-cols-3">
          {applicationKeys.map((key) => {
            const Icon = icons[key];
            const { name, about } = applications[key];
            return (
              <li key={key}>
                <Link
                  href={`/apps/${key}` as Route}
                  className="flex h-full flex-col gap-2 rounded-card border border-line bg-surface p-4 no-underline hover:border-accent-ink"
                >
                  <Icon size={24} className="text-accent-ink" aria-hidden />
                  <span className="font-semibold">{name}</span>
                  <span className="text-14 text-ink-soft">{about}</span>
                </Link>
              </li>
            );
          })}
        </ul>
      </section>

      <nav aria-label="Your account">
        <ul className="grid grid-cols-[repeat(auto-fit,minmax(11rem,1fr))] gap-2">
          {places.map(({ href, title, icon: Icon }) => (
            <li key={href}>
              <Link
                href={href}
                className="flex min-h-12 items-center gap-3 rounded-inner border border-line px-4 no-underline hover:border-accent-ink"
              >
                <Icon size={20} className="text-accent-ink" aria-hidden />
                {title}
              </Link>
            </li>
          ))}
        </ul>
      </nav>

      <section aria-labelledby="recent" className="flex flex-col gap-3">
        <h2 id="recent" className="text-20 font-semibold">
          Recent activity
        </h2>
        <ActivityList events={events} keys={credentials} limit={5} />
      </section>

      <Leave />
    </MemberPage>
  );
}
