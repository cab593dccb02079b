import { Download, KeyRound, TriangleAlert } from 'lucide-react';
import type { Metadata, Route } from 'next';
import { aaguidLabel } from '#domain/attestation/aaguids';
import { mayAdminister } from '#domain/identity';
import { draftedRules, draftOf, type KeyRules, readDraft, ruleCodes, ruleTable } from '#domain/key-rules';
import { listAnchors } from '#server/attestation/anchor';
import { readKeyRulesState } from '#server/key-rules';
import { dryRunKeyRules, type JudgedKey, keyListings, listJudgedKeys } from '#server/key-rules-dry-run';
import { administratorPage } from '#server/page';
import { AdminPage } from '#ui/admin-page';
import { Badge } from '#ui/badge';
import { ButtonLink, buttonLook } from '#ui/button';
import { Card, Section } from '#ui/card';
import { FilterChips } from '#ui/chip';
import { type Column, DataTable } from '#ui/data-table';
import { EmptyState } from '#ui/empty-state';
import { KeyProtection } from '#ui/key-protection';
import { Notice } from '#ui/notice';
import { PageFoot } from '#ui/page-foot';
import { SearchForm } from '#ui/search-form';
import { StatTile } from '#ui/stat-tile';
import { address, asked, askedOf, type SearchParams } from '../address.ts';
import { NameLines } from '../name-lines.tsx';
import { counted } from '../words.ts';
import { ChangeForm } from './change-form.tsx';
import { RulesForm } from './rules-form.tsx';
import { modeWords, PURPOSE } from './words.ts';

export const metadata: Metadata = { title: 'Rules for keys' };

const SHOWN = 25;

const listingWords = {
  falling: 'Stop at sign-in',
  stranded: 'Of people left without a key',
  not_today: 'Not accepted if made today',
} as const;

export default async function KeyRulesPage({ searchParams }: { searchParams: Promise<SearchParams> }) {
  const { runtime, caller } = await administratorPage();
  const params = await searchParams;
  const { rules: applied, policyVersion } = await readKeyRulesState(runtime.db);
  const wanted = draftedRules(readDraft(params), applied);
  const draft = draftOf(wanted, applied);
  const isDraft = Object.keys(draft).length > 0;

  const filter = {
    show: askedOf(params, 'show', keyListings),
    q: asked(params, 'q'),
    page: asked(params, 'page'),
  };
  const page = Math.min(Math.max(Number.parseInt(filter.page ?? '1', 10) || 1, 1), 100_000);
  const at = (change: Partial<Record<keyof typeof filter, string | undefined>> = {}) =>
    address('/admin/key-rules', { ...draft, ...filter, page: undefined, ...change });
  const show = filter.show ?? 'falling';

  const [run, list, anchors] = await Promise.all([
    dryRunKeyRules(runtime, wanted),
    listJudgedKeys(runtime, wanted, { show, search: filter.q, skip: (page - 1) * SHOWN, take: SHOWN }),
    listAnchors(runtime),
  ]);
  const manages = mayAdminister(caller.session.person.roles, 'manage_policy');
  const formats = [...new Set(anchors.map(({ format }) => format))].sort();
  const enforces = (['hello', 'passkey'] as const).some((kind) => wanted[kind].mode === 'enforce');

  return (
    <AdminPage title="Rules for keys" purpose={PURPOSE}>
      <div className="flex flex-col gap-10">
        <Section
          title={isDraft ? 'Rules that are not applied yet' : 'What applies now'}
          note={`Hello keys: ${modeWords[applied.hello.mode].title.toLowerCase()}. Passkeys: ${modeWords[applied.passkey.mode].title.toLowerCase()}. Change anything here and look at what it would do.`}
          action={
            isDraft ? (
              <ButtonLink href={'/admin/key-rules' as Route} size="small">
                Back to what applies
              </ButtonLink>
            ) : null
          }
        >
          <RulesForm applied={applied} wanted={wanted} />
        </Section>

        <Section
          title={isDraft ? 'Dry run: what these rules would do' : 'What the rules do to the keys there are'}
          note={`Of ${counted(run.keys, 'key')} that are not revoked. Rules that are off find nothing.`}
          action={
            <a
              href={`/api/key-rules/export?${new URLSearchParams(draft as Record<string, string>)}`}
              download
              className={buttonLook({ size: 'small' })}
            >
              <Download size={16} />
              <span>Export these keys as CSV</span>
            </a>
          }
        >
          <div className="grid grid-cols-[repeat(auto-fit,minmax(13rem,1fr))] gap-4">
            <StatTile
              label={enforces ? 'Stop at sign-in' : 'Would stop at sign-in'}
              value={run.refused > 0 ? run.refused : run.falling}
              unit={(run.refused > 0 ? run.refused : run.falling) === 1 ? 'key' : 'keys'}
              detail={
                run.falling > run.refused
                  ? `${run.falling} in all once everything here is enforced`
                  : 'Models, synced and compromised keys'
              }
            />
            <StatTile
              label="People left without a key"
              value={run.stranded > 0 ? run.stranded : run.wouldStrand}
              detail={
                run.stranded > 0
                  ? `${run.strandedWithPassword} of them with a password`
                  : run.wouldStrand > 0
                    ? 'Once everything here is enforced; none in these modes'
                    : 'Everybody keeps one'
              }
            />
            <StatTile
              label="Not accepted if made today"
              value={run.notToday}
              unit={run.notToday === 1 ? 'key' : 'keys'}
              detail="They go on working: hardware and attestation are asked for when a key is made"
            />
          </div>
        </Section>

        <Section title="Which keys" note="Each with the rules that it does not meet, and whose it is.">
          <div className="flex flex-col gap-4">
            <FilterChips
              label="Which keys"
              chips={[
                {
                  href: at({ show: undefined }),
                  label: listingWords.falling,
                  count: run.falling,
                  current: show === 'falling',
                },
                ...(['stranded', 'not_today'] as const).map((each) => ({
                  href: at({ show: each }),
                  label: listingWords[each],
                  count: each === 'not_today' ? run.notToday : undefined,
                  current: show === each,
                })),
                ...ruleCodes
                  .filter((code) => run.counts[code] > 0 || show === code)
                  .map((code) => ({
                    href: at({ show: code }),
                    label: ruleTable[code].title,
                    count: run.counts[code],
                    current: show === code,
                  })),
              ]}
            />
            {list.total > SHOWN || filter.q !== undefined ? (
              <SearchForm
                action={'/admin/key-rules' as Route}
                label="Find a person"
                placeholder="Name or account"
                words={filter.q}
                kept={{ ...draft, show: filter.show }}
              />
            ) : null}
            <DataTable
              caption="Keys and the rules that they do not meet"
              columns={keyColumns}
              rows={list.keys}
              rowKey={({ id }) => id}
              rowHref={({ person }) => address('/admin/people', { q: person.upn, person: person.id })}
              empty={
                <EmptyState
                  icon={<KeyRound size={32} />}
                  title={filter.q === undefined ? 'No key here' : 'No key fits this search'}
                  action={
                    filter.q === undefined && filter.show === undefined ? null : (
                      <ButtonLink href={at({ q: undefined, show: undefined })}>Show all that stop</ButtonLink>
                    )
                  }
                >
                  {filter.q === undefined && show === 'falling'
                    ? 'Every key that exists meets the rules that act at sign-in.'
                    : null}
                </EmptyState>
              }
              foot={
                <PageFoot
                  page={page}
                  size={SHOWN}
                  here={list.keys.length}
                  total={list.total}
                  words={(count) => counted(count, 'key')}
                  href={(number) => at({ page: String(number) })}
                />
              }
            />
          </div>
        </Section>

        <Section
          title="Apply"
          note="All rules change together. Two administrators cannot overwrite each other: the later one is told."
        >
          {manages ? (
            <Card>
              <ChangeForm
                rules={wanted}
                changed={changeLines(applied, wanted)}
                // The version that was read before anything else here: what came later is not overwritten.
                policyVersion={policyVersion}
                refused={run.refused}
                stranded={run.stranded}
                withPassword={run.strandedWithPassword}
              />
            </Card>
          ) : (
            <Notice tone="info" live="none" title="You can look, not change">
              Rules for keys are changed by a Global Administrator.
            </Notice>
          )}
        </Section>

        <Section title="What to know" note="What the rules can tell, and what nobody can.">
          <Card flush>
            <ul className="divide-y divide-line text-14">
              {[
                ...effects,
                {
                  title: 'What can be proven now',
                  text: `Anchors are pinned for ${formats.join(', ')}. A rule that no anchor could prove is not enforced, and the last anchor of one that is cannot be removed.`,
                },
              ].map(({ title, text }) => (
                <li key={title} className="flex flex-col gap-1 p-4">
                  <h3 className="font-semibold">{title}</h3>
                  <p className="max-w-line text-ink-soft">{text}</p>
                </li>
              ))}
            </ul>
          </Card>
        </Section>
      </div>
    </AdminPage>
  );
}

/** What differs between the rules that apply and others, a line each. */
function changeLines(applied: KeyRules, wanted: KeyRules): string[] {
  const onOff = (value: boolean) => (value ? 'on' : 'off');
  const line = (title: string, now: string, then: string) =>
    now === then ? [] : [`${title}: ${now} → ${then}`];
  const models = (title: string, now: readonly string[], then: readonly string[]) => [
    ...then.filter((aaguid) => !now.includes(aaguid)).map((aaguid) => `${title}: + ${named(aaguid)}`),
    ...now.filter((aaguid) => !then.includes(aaguid)).map((aaguid) => `${title}: − ${named(aaguid)}`),
  ];
  return [
    ...line('Hello keys', applied.hello.mode, wanted.hello.mode),
    ...line(
      'RequireSecurityDevice',
      onOff(applied.hello.requireSecurityDevice),
      onOff(wanted.hello.requireSecurityDevice),
    ),
    ...line(
      'ExcludeSecurityDevices/TPM12',
      onOff(applied.hello.excludeTpm12),
      onOff(wanted.hello.excludeTpm12),
    ),
    ...line('Passkeys', applied.passkey.mode, wanted.passkey.mode),
    ...line('AllowSyncedPasskeys', onOff(applied.passkey.allowSynced), onOff(wanted.passkey.allowSynced)),
    ...line(
      'isAttestationEnforced',
      onOff(applied.passkey.requireAttestation),
      onOff(wanted.passkey.requireAttestation),
    ),
    ...models('Only these models', applied.passkey.allow, wanted.passkey.allow),
    ...models('Never these models', applied.passkey.block, wanted.passkey.block),
  ];
}

function named(aaguid: string): string {
  const label = aaguidLabel(aaguid);
  return label === aaguid ? aaguid : `${label} (${aaguid})`;
}

const keyColumns: Column<JudgedKey>[] = [
  {
    key: 'person',
    title: 'Person',
    cell: ({ person, breakGlass }) => (
      <span className="flex flex-col items-end gap-1 @2xl:items-start">
        <NameLines name={person.displayName} upn={person.upn} />
        {breakGlass ? <Badge>Break-glass account</Badge> : null}
      </span>
    ),
  },
  {
    key: 'key',
    title: 'Key',
    cell: ({ name, words, protection, manufacturer, model }) => (
      <span className="flex flex-col items-end gap-0.5 @2xl:items-start">
        <KeyProtection protection={protection} maker={manufacturer} model={model} />
        <span className="text-12 text-ink-soft">
          {words}, {name}
        </span>
      </span>
    ),
  },
  {
    key: 'rules',
    title: 'Does not meet',
    width: 'wide',
    cell: ({ findings, strands }) => (
      <span className="flex flex-col items-end gap-1 @2xl:items-start">
        {findings.map((code) => (
          <span key={code}>
            {ruleTable[code].title}
            {ruleTable[code].atSignIn ? null : <span className="text-ink-soft"> (when made)</span>}
          </span>
        ))}
        {strands ? (
          <Badge tone="warning" icon={<TriangleAlert size={12} />}>
            The last key that gets them in
          </Badge>
        ) : null}
      </span>
    ),
  },
];

const effects: readonly { readonly title: string; readonly text: string }[] = [
  {
    title: 'When a key is made, and at sign-in',
    text: 'A security device and attestation are asked for when a key is made. Models, synced and compromised keys are looked at when one is made and every time it signs in, unlocks or confirms.',
  },
  {
    title: 'A second try',
    text: 'Windows prepares its statement in the background: the first key at a new place may come without one. Whoever is refused for that is asked to try again after a few seconds; only then are they told that the device cannot.',
  },
  {
    title: 'Names of models',
    text: 'A model is proven by a TPM or by the maker’s certificate. Anything else is a label: it never meets “only these”, and is enough for “never these”. Latchkey names some 300 models; any other is written by its AAGUID.',
  },
  {
    title: 'TPM 1.2',
    text: 'WebAuthn has a statement for TPM 2.0 only. A TPM 1.2 never proves anything here, so that a security device is always a TPM 2.0; without that rule, a key in a TPM 1.2 cannot be told from any other that is not verified.',
  },
  {
    title: 'Break-glass accounts',
    text: 'The rules hold for them, too: theirs are the keys that matter most. A change after which no Global Administrator could sign in is refused, and the command line on the server always issues a pass.',
  },
];
