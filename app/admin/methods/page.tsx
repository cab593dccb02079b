import { ChartNoAxesColumn, Check, CircleOff } from 'lucide-react';
import type { Metadata, Route } from 'next';
import Link from 'next/link';
import { mayAdminister } from '#domain/identity';
import {
  governedMethods,
  type MethodName,
  methodNames,
  methods,
  methodUseLabels,
  strengthOfMethod,
} from '#domain/methods';
import { ALL_USERS } from '#domain/policy/settings';
import {
  demandLabels,
  placeTitle,
  type StrengthPlace,
  strengthPlaces,
  strengthWords,
} from '#domain/strength';
import { listGroups } from '#server/group';
import { readMethods } from '#server/methods';
import { settingPrefix } from '#server/methods-policy';
import { readMethodStandings } from '#server/methods-report';
import { administratorPage } from '#server/page';
import { AdminPage } from '#ui/admin-page';
import { Badge } from '#ui/badge';
import { ButtonLink } from '#ui/button';
import { Section } from '#ui/card';
import { type Column, DataTable } from '#ui/data-table';
import { Notice } from '#ui/notice';
import { GroupChips } from '../policy/groups-form.tsx';
import { MethodForm } from './method-form.tsx';
import { StrengthsForm } from './strengths-form.tsx';
import { PURPOSE } from './words.ts';

export const metadata: Metadata = { title: 'Methods' };

export default async function MethodsPage() {
  const { runtime, caller } = await administratorPage();
  const [{ policies, demands }, standings, groups] = await Promise.all([
    readMethods(runtime.db),
    readMethodStandings(runtime),
    listGroups(runtime),
  ]);
  const manages = mayAdminister(caller.session.person.roles, 'manage_policy');
  const governed = (name: MethodName) => governedMethods.find((each) => each === name) ?? null;

  const columns: Column<MethodName>[] = [
    { key: 'method', title: 'Method', cell: (name) => methods[name].title },
    {
      key: 'on',
      title: 'Is it on',
      width: 'tight',
      cell: (name) =>
        standings[name].on === null ? (
          <span className="text-ink-soft">By domain</span>
        ) : standings[name].on ? (
          <Badge tone="success" icon={<Check size={12} />}>
            On
          </Badge>
        ) : (
          <Badge icon={<CircleOff size={12} />}>Off</Badge>
        ),
    },
    {
      key: 'who',
      title: 'For whom',
      cell: (name) => {
        const { include, exclude } = standings[name];
        return (
          <span className="flex flex-wrap items-center gap-1.5">
            {include === null ? (
              <span className="text-ink-soft">{standings[name].who}</span>
            ) : (
              <GroupChips chosen={include} groups={groups} />
            )}
            {exclude.length > 0 ? (
              <>
                <span className="text-12 text-ink-soft">but not</span>
                <GroupChips chosen={exclude} groups={groups} />
              </>
            ) : null}
          </span>
        );
      },
    },
    {
      key: 'uses',
      title: 'Used for',
      extra: true,
      cell: (name) => {
        const own = governed(name);
        return own === null ? standings[name].uses : methodUseLabels[policies[own].uses];
      },
    },
    {
      key: 'strength',
      title: 'Strengths met',
      cell: (name) => {
        const strength = strengthOfMethod(name);
        return strength === null ? (
          <span className="text-ink-soft">None by itself</span>
        ) : (
          `Up to ${strengthWords[strength].title}`
        );
      },
    },
    {
      key: 'registered',
      title: 'Registered',
      align: 'end',
      width: 'tight',
      cell: (name) => <span className="figures">{standings[name].registered ?? '-'}</span>,
    },
    {
      key: 'change',
      title: 'Changed in',
      width: 'tight',
      cell: (name) => {
        const own = governed(name);
        if (own === null) {
          const { href, words } = methods[name].policy;
          return (
            <Link href={href as Route} className="link">
              {words}
            </Link>
          );
        }
        if (!manages) return <span className="text-ink-soft">Here</span>;
        const { enabled, includeGroups, excludeGroups, uses } = policies[own];
        return (
          <MethodForm
            name={own}
            prefix={settingPrefix[own]}
            enabled={enabled}
            include={includeGroups ?? [ALL_USERS]}
            exclude={excludeGroups}
            uses={uses}
            groups={groups}
          />
        );
      },
    },
  ];

  const asked: Column<StrengthPlace>[] = [
    { key: 'place', title: 'Where', cell: placeTitle },
    {
      key: 'demand',
      title: 'What it asks for',
      cell: (place) => (
        <Badge tone={demands[place] === 'none' ? 'neutral' : 'accent'}>{demandLabels[demands[place]]}</Badge>
      ),
    },
    {
      key: 'enough',
      title: 'What is enough',
      width: 'wide',
      cell: (place) => {
        const demand = demands[place];
        return (
          <span className="text-ink-soft">
            {demand === 'none' ? 'Nothing beyond what it always asks for' : strengthWords[demand].takes}
          </span>
        );
      },
    },
  ];

  return (
    <AdminPage
      title="Methods"
      purpose={PURPOSE}
      action={
        <ButtonLink href={'/admin/methods/activity' as Route} icon={<ChartNoAxesColumn size={16} />}>
          Registration and activity
        </ButtonLink>
      }
    >
      {manages ? null : (
        <Notice tone="info" live="none" title="You can look, not change">
          Policy is changed by a Global Administrator.
        </Notice>
      )}
      <div className="flex flex-col gap-10">
        <Section
          title="Which methods there are"
          note="An exclusion wins over an inclusion. What is off is neither registered nor used."
        >
          <DataTable
            caption="Methods, for whom they are and what they may be used for"
            columns={columns}
            rows={methodNames}
            rowKey={(name) => name}
          />
        </Section>
        <Section
          title="How strong a proof has to be"
          note="Whoever falls short is told what is asked for, and which of their methods have it."
          action={manages ? <StrengthsForm key={JSON.stringify(demands)} now={demands} /> : null}
        >
          <DataTable
            caption="The strength that each flow and application asks for"
            columns={asked}
            rows={strengthPlaces}
            rowKey={(place) => place}
          />
        </Section>
      </div>
    </AdminPage>
  );
}
