import { Check, CircleCheck, CircleHelp, OctagonAlert, X } from 'lucide-react';
import type { Metadata, Route } from 'next';
import Link from 'next/link';
import { mayAdminister } from '#domain/identity';
import { administratorPage } from '#server/page';
import { type RegistrationState, readPinResetService } from '#server/pin-reset-registration';
import { readPolicy } from '#server/policy';
import { AdminPage } from '#ui/admin-page';
import { Badge, type BadgeTone } from '#ui/badge';
import { Card, Section } from '#ui/card';
import { DataTable } from '#ui/data-table';
import { EmptyState } from '#ui/empty-state';
import { Facts } from '#ui/facts';
import { Notice } from '#ui/notice';
import { Time } from '#ui/time';
import { Controls } from './controls.tsx';
import { consents, PURPOSE, stateWords, TITLE } from './words.ts';

export const metadata: Metadata = { title: TITLE };

const looks: Readonly<Record<RegistrationState, { icon: typeof CircleCheck; tone: BadgeTone }>> = {
  not_registered: { icon: CircleHelp, tone: 'neutral' },
  registered: { icon: CircleCheck, tone: 'success' },
  incomplete: { icon: OctagonAlert, tone: 'danger' },
  unreachable: { icon: OctagonAlert, tone: 'warning' },
};

/** The two consents for the PIN reset service as one decision: what is granted to whom, how it stands, and its keys. */
export default async function PinResetServicePage() {
  const { runtime, caller } = await administratorPage();
  const [service, policy] = await Promise.all([readPinResetService(runtime), readPolicy(runtime.db)]);
  const manages = mayAdminister(caller.session.person.roles, 'manage_policy');
  const { state, registeredAt, by, ticketKey, keys, protectors } = service;
  const { icon: Icon, tone } = looks[state];
  const registered = state !== 'not_registered';

  return (
    <AdminPage
      title={TITLE}
      purpose={PURPOSE}
      back={
        <Link href={'/admin/policy' as Route} className="link">
          Policy
        </Link>
      }
    >
      {manages ? null : (
        <Notice tone="info" live="none" title="You can look, not change">
          The service is registered and withdrawn by a Global Administrator.
        </Notice>
      )}
      {state === 'unreachable' ? (
        <Notice
          tone="warning"
          live="none"
          title="The service does not answer"
          safe="Keys and PINs work as before. Only a reset that keeps the key has to wait."
        >
          See that its process runs, and that PIN_RESET_SERVICE_URL and PIN_RESET_SERVICE_TOKEN are the same
          there and here.
        </Notice>
      ) : null}
      {state === 'incomplete' ? (
        <Notice tone="danger" live="none" title="The service does not know this organisation's key">
          Its folder was replaced, or registering was cut off. Until you register again, no PIN can be reset
          without a new key.
        </Notice>
      ) : null}
      <div className="flex flex-col gap-10">
        <Card>
          <div className="flex flex-col gap-5">
            <div className="flex flex-wrap items-center gap-3">
              <h2 className="text-20 font-semibold">
                {registered
                  ? 'This organisation uses the service'
                  : 'This organisation does not use the service'}
              </h2>
              <Badge tone={tone} icon={<Icon size={12} />}>
                {stateWords[state]}
              </Badge>
            </div>
            <Facts
              tight
              facts={[
                ...(registeredAt === null
                  ? []
                  : [
                      {
                        term: 'Registered',
                        value: (
                          <>
                            <Time at={registeredAt.toISOString()} form="day" /> by {by}
                          </>
                        ),
                      },
                    ]),
                {
                  term: 'Policy for devices',
                  value: (
                    <>
                      EnablePinRecovery is {policy('EnablePinRecovery').value ? 'on' : 'off'} for devices that
                      are enrolled from now on. Others get it from a policy source.{' '}
                      <Link href={'/admin/policy?q=EnablePinRecovery' as Route} className="link">
                        Change it in Policy
                      </Link>
                    </>
                  ),
                },
                {
                  term: 'Devices with a protector',
                  value: <span className="figures">{protectors}</span>,
                },
                ...(ticketKey === null
                  ? []
                  : [{ term: 'Key for tickets', value: ticketKey, mono: true, copy: ticketKey }]),
              ]}
            />
            {manages ? (
              <Controls
                registered={registered}
                incomplete={state === 'incomplete'}
                reachable={keys !== null}
                protectors={protectors}
              />
            ) : null}
          </div>
        </Card>
        <Section
          title="What the two consents grant"
          note="Windows asks for each of them apart, as an enterprise application. Neither is worth anything alone, so here they are given and withdrawn together."
        >
          <div className="grid gap-6 lg:grid-cols-2">
            {consents.map(({ name, role, grants, can, cannot }) => (
              <Card key={name}>
                <div className="flex flex-col gap-4">
                  <div className="flex flex-col gap-1">
                    <h3 className="text-16 font-semibold">{role}</h3>
                    <p className="text-12 text-ink-soft">{name}</p>
                    <p className="pt-1 text-14">{grants}</p>
                  </div>
                  <Points
                    title="It can"
                    icon={<Check size={16} className="text-success-ink" />}
                    points={can}
                  />
                  <Points
                    title="It cannot"
                    icon={<X size={16} className="text-ink-soft" />}
                    points={cannot}
                  />
                </div>
              </Card>
            ))}
          </div>
        </Section>
        {registered ? (
          <Section
            title="Keys of the service"
            note="The first is the one that new protectors are encrypted to. The others open what was prepared before. They live in the folder of the service, outside the store and its backups: back it up apart."
          >
            {keys === null ? (
              <EmptyState title="The service does not answer">
                Its keys are shown when it can be asked again.
              </EmptyState>
            ) : (
              <DataTable
                caption="Keys of the PIN reset service, the newest first"
                rows={keys}
                rowKey={({ kid }) => kid}
                columns={[
                  {
                    key: 'kid',
                    title: 'Key',
                    width: 'wide',
                    cell: ({ kid }) => <code className="font-mono text-12 wrap-anywhere">{kid}</code>,
                  },
                  {
                    key: 'use',
                    title: 'Use',
                    cell: ({ kid }) =>
                      kid === keys[0]?.kid ? (
                        <Badge tone="accent">New protectors</Badge>
                      ) : (
                        <Badge>Old protectors</Badge>
                      ),
                  },
                  {
                    key: 'made',
                    title: 'Made',
                    cell: ({ createdAt }) => <Time at={createdAt} form="day" />,
                  },
                ]}
                empty={
                  <EmptyState title="No key yet">
                    The first one is made when the service is registered.
                  </EmptyState>
                }
              />
            )}
          </Section>
        ) : null}
      </div>
    </AdminPage>
  );
}

function Points({
  title,
  icon,
  points,
}: {
  title: string;
  icon: React.ReactNode;
  points: readonly string[];
}) {
  return (
    <div className="flex flex-col gap-2">
      <h4 className="text-14 font-semibold">{title}</h4>
      <ul className="flex flex-col gap-1.5 text-14">
        {points.map((point) => (
          <li key={point} className="flex gap-2">
            <span className="mt-0.5 shrink-0">{icon}</span>
            <span>{point}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
