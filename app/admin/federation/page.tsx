import { Landmark } from 'lucide-react';
import type { Metadata } from 'next';
import { mayAdminister } from '#domain/identity';
import { type FederatedDomain, listFederatedDomains } from '#server/federation';
import { administratorPage } from '#server/page';
import { AdminPage } from '#ui/admin-page';
import { type Column, DataTable } from '#ui/data-table';
import { EmptyState } from '#ui/empty-state';
import { Notice } from '#ui/notice';
import { Time } from '#ui/time';
import { address, asked, type SearchParams } from '../address.ts';
import { counted } from '../words.ts';
import { NewDomain } from './domain-form.tsx';
import { DomainPanel } from './domain-panel.tsx';
import { StandingBadge } from './standing.tsx';
import { behaviorTitles, PURPOSE, TITLE } from './words.ts';

export const metadata: Metadata = { title: TITLE };

const columns: Column<FederatedDomain>[] = [
  { key: 'domain', title: 'Domain', cell: ({ domain }) => <span className="wrap-anywhere">{domain}</span> },
  { key: 'state', title: 'State', width: 'tight', cell: (row) => <StandingBadge row={row} /> },
  {
    key: 'issuer',
    title: 'Issuer',
    extra: true,
    cell: ({ issuer }) => <span className="wrap-anywhere">{issuer}</span>,
  },
  { key: 'mfa', title: 'MFA over there', extra: true, cell: ({ behavior }) => behaviorTitles[behavior] },
  {
    key: 'tested',
    title: 'Last test',
    extra: true,
    cell: ({ testedAt }) => (testedAt === null ? 'Never' : <Time at={testedAt.toISOString()} />),
  },
  { key: 'people', title: 'Linked', align: 'end', width: 'tight', cell: ({ people }) => people },
];

export default async function FederationPage({ searchParams }: { searchParams: Promise<SearchParams> }) {
  const { runtime, caller } = await administratorPage();
  const manages = mayAdminister(caller.session.person.roles, 'manage_policy');
  const open = asked(await searchParams, 'domain');
  const domains = await listFederatedDomains(runtime);
  const row = domains.find(({ domain }) => domain === open);

  return (
    <AdminPage
      title={TITLE}
      purpose={PURPOSE}
      action={manages && domains.length > 0 ? <NewDomain /> : null}
      panel={
        open === undefined ? null : (
          <DomainPanel
            key={open}
            runtime={runtime}
            manages={manages}
            row={row}
            closeHref={address('/admin/federation')}
          />
        )
      }
    >
      {manages ? null : (
        <Notice tone="info" live="none" title="You can look, not change">
          A Global Administrator federates domains: it decides who may sign in as whom.
        </Notice>
      )}
      <DataTable
        caption="Federated domains"
        columns={columns}
        rows={domains}
        rowKey={({ id }) => id}
        rowHref={({ domain }) => address('/admin/federation', { domain })}
        current={row?.id}
        empty={
          <EmptyState
            icon={<Landmark size={32} />}
            title="No domain is federated"
            action={manages ? <NewDomain /> : null}
          >
            Where an organisation has a sign-in of its own, such as Entra ID, AD FS, Keycloak or Okta, its
            people can come in from there and set up Windows Hello. Whoever runs that provider can then sign
            in as anybody of the domain. Once somebody has a key here, the provider is not asked again.
          </EmptyState>
        }
        foot={`${counted(domains.length, 'domain')} federated.`}
      />
    </AdminPage>
  );
}
