import { ExternalLink, Mail, Newspaper, Pencil, Waves } from 'lucide-react';
import type { Metadata, Route } from 'next';
import Link from 'next/link';
import {
  audiences,
  isMessage,
  type MessageName,
  messages,
  type SheetName,
  sheets,
} from '#domain/communication/templates';
import { mayAdminister } from '#domain/identity';
import { timeZones } from '#domain/time-zone';
import {
  type CurrentTemplate,
  dataUrl,
  listWords,
  readChosenTimeZone,
  readKit,
  readKitLogo,
  readValues,
  templateOf,
  typedKit,
  unfilledFields,
} from '#server/communication';
import { listPlans, type Reach } from '#server/communication-plan';
import { countToWriteTo, listSent, type SentSummary } from '#server/communication-send';
import { administratorPage } from '#server/page';
import { AdminPage } from '#ui/admin-page';
import { Badge } from '#ui/badge';
import { ButtonLink } from '#ui/button';
import { Card, Section } from '#ui/card';
import { type Column, DataTable } from '#ui/data-table';
import { EmptyState } from '#ui/empty-state';
import { Notice } from '#ui/notice';
import { Time } from '#ui/time';
import { address } from '../address.ts';
import { Outcomes } from '../outcomes.tsx';
import { KitForm } from './kit-form.tsx';
import { LogoForm } from './logo-form.tsx';
import { RingPlanCard } from './ring-plan-card.tsx';
import { HERE, PURPOSE, TITLE } from './words.ts';

export const metadata: Metadata = { title: TITLE };

const edit = (template: string) => address(`${HERE}/words`, { template });

export default async function CommunicationPage() {
  const { runtime, caller } = await administratorPage();
  const manages = mayAdminister(caller.session.person.roles, 'manage_policy');
  const { db } = runtime;
  const [all, kit, zone, logo, plans, sent, values] = await Promise.all([
    listWords(db),
    readKit(db),
    readChosenTimeZone(db),
    readKitLogo(db),
    listPlans(runtime),
    listSent(db),
    readValues(runtime, db),
  ]);
  const mails = all.filter(({ name }) => isMessage(name));
  const prints = all.filter(({ name }) => !isMessage(name));
  const sentBy = (name: string) =>
    sent.filter(({ template }) => template === name).reduce((sum, { people }) => sum + people, 0);
  const missing = new Map(mails.map((each) => [each.name, unfilledFields(templateOf(each), values)]));
  const ringNames = new Map(
    plans.flatMap(({ name, rings }) => rings.map(({ ring }) => [ring.id, `${name}, ${ring.name}`])),
  );
  const reach = new Map<string, Reach>();
  for (const { ring, lines } of plans.flatMap(({ rings }) => rings))
    for (const { template, state } of lines)
      if (state !== 'over') reach.set(`${ring.id} ${template}`, await countToWriteTo(db, ring, template));

  const mailColumns: Column<CurrentTemplate>[] = [
    {
      key: 'name',
      title: 'Message',
      width: 'wide',
      cell: ({ name, subject }) => (
        <span className="flex flex-col">
          <span>{messages[name as MessageName].title}</span>
          <span className="text-12 font-normal text-ink-soft">{subject}</span>
        </span>
      ),
    },
    {
      key: 'audience',
      title: 'For',
      cell: ({ name }) => audiences[messages[name as MessageName].audience].title,
    },
    { key: 'words', title: 'Words', width: 'tight', cell: (each) => <Words template={each} /> },
    {
      key: 'sent',
      title: 'Written to',
      width: 'tight',
      align: 'end',
      cell: ({ name }) => sentBy(name),
    },
  ];

  const sentColumns: Column<SentSummary>[] = [
    { key: 'message', title: 'Message', cell: ({ template }) => messages[template].title },
    { key: 'ring', title: 'Ring', cell: ({ ringId }) => ringNames.get(ringId) ?? 'A ring that is gone' },
    { key: 'people', title: 'People', align: 'end', width: 'tight', cell: ({ people }) => people },
    {
      key: 'last',
      title: 'Last',
      width: 'tight',
      cell: ({ lastAt }) => <Time at={lastAt.toISOString()} />,
    },
  ];

  return (
    <AdminPage title={TITLE} purpose={PURPOSE}>
      {manages ? null : (
        <Notice tone="info" live="none" title="You can look, not change">
          Words and plans are changed by a Global Administrator.
        </Notice>
      )}
      <Outcomes>
        <div className="flex flex-col gap-10">
          <Section
            title="Messages"
            note="Written in your name, to one person each. Change the words, look at them as somebody gets them, and try them on yourself."
          >
            <DataTable
              caption="Messages to people"
              columns={mailColumns}
              rows={mails}
              rowKey={({ name }) => name}
              rowHref={({ name }) => edit(name)}
            />
          </Section>
          <Section
            title="What rings send"
            note="Each person gets a message once for a ring. Who is reached is judged when it is written, not when it is planned."
            action={
              <ButtonLink href={'/admin/policy/rollout' as Route} icon={<Waves size={16} />}>
                Roll-out
              </ButtonLink>
            }
          >
            {plans.length === 0 ? (
              <EmptyState icon={<Waves size={32} />} title="There is no ring yet">
                Plan the rings of a roll-out first. Then each of them can write to its people here, so many
                days before its start and after it.
              </EmptyState>
            ) : (
              plans.map(({ sourceId, name, rings }) => (
                <div key={sourceId} className="flex flex-col gap-3">
                  <h3 className="text-16 font-semibold wrap-anywhere">{name}</h3>
                  <ul className="grid gap-4 xl:grid-cols-2">
                    {rings.map((plan) => (
                      <RingPlanCard
                        key={plan.ring.id}
                        plan={plan}
                        chosenZone={zone}
                        manages={manages}
                        reach={(template) => reach.get(`${plan.ring.id} ${template}`) ?? null}
                        missing={(template) => missing.get(template) ?? []}
                      />
                    ))}
                  </ul>
                </div>
              ))
            )}
          </Section>
          <Section
            title="To print"
            note="For walls, desks and the help desk. Each opens as it prints: choose the paper there."
          >
            <ul className="grid gap-4 md:grid-cols-2">
              {prints.map((each) => (
                <SheetCard key={each.name} template={each} name={each.name as SheetName} manages={manages} />
              ))}
            </ul>
          </Section>
          <Section
            title="Your organisation"
            note="What the fields say. Never a secret: everything here is sent to people and hung on walls."
          >
            <div className="grid gap-6 xl:grid-cols-[3fr_2fr]">
              <Card>
                <KitForm kit={typedKit(kit)} zone={zone} zones={timeZones} manages={manages} />
              </Card>
              <Card>
                <LogoForm logo={logo && dataUrl(logo)} manages={manages} />
              </Card>
            </div>
          </Section>
          <Section
            title="What was written"
            note="How each message went is in the outbox."
            action={
              <ButtonLink href={'/admin/outbox' as Route} icon={<Mail size={16} />}>
                Outbox
              </ButtonLink>
            }
          >
            <DataTable
              caption="Messages that rings sent, the latest first"
              columns={sentColumns}
              rows={sent}
              rowKey={({ template, ringId }) => `${ringId} ${template}`}
              empty={
                <EmptyState icon={<Mail size={32} />} title="No ring has written to anybody yet">
                  When the time of a planned message comes, it is listed here with how many people got it.
                </EmptyState>
              }
            />
          </Section>
        </div>
      </Outcomes>
    </AdminPage>
  );
}

function Words({ template: { changedAt } }: { template: CurrentTemplate }) {
  return changedAt === null ? <Badge>As shipped</Badge> : <Badge tone="accent">Your own</Badge>;
}

function SheetCard({
  template,
  name,
  manages,
}: {
  template: CurrentTemplate;
  name: SheetName;
  manages: boolean;
}) {
  const { title, about } = sheets[name];
  return (
    <li className="flex flex-col gap-3 rounded-card border border-line bg-surface p-4 shadow-card sm:p-6">
      <div className="flex items-start gap-3">
        <Newspaper size={20} className="mt-1 shrink-0 text-accent-ink" />
        <div className="flex min-w-0 grow flex-col gap-1">
          <h3 className="text-16 font-semibold">{title}</h3>
          <p className="text-14 text-ink-soft">{about}</p>
        </div>
        <Words template={template} />
      </div>
      <div className="mt-auto flex flex-wrap gap-x-4 gap-y-2 text-14">
        <Link
          href={address(`${HERE}/print`, { sheet: name })}
          className="link inline-flex min-h-6 items-center gap-1.5"
        >
          <ExternalLink size={14} />
          Open it<span className="sr-only">: {title}</span>
        </Link>
        <Link href={edit(name)} className="link inline-flex min-h-6 items-center gap-1.5">
          <Pencil size={14} />
          {manages ? 'Its words' : 'Read its words'}
          <span className="sr-only">: {title}</span>
        </Link>
      </div>
    </li>
  );
}
