import { Waves } from 'lucide-react';
import type { Metadata, Route } from 'next';
import Link from 'next/link';
import { notFound } from 'next/navigation';
import { Suspense } from 'react';
import { z } from 'zod';
import { mayAdminister } from '#domain/identity';
import { IMPORT_MAX_BYTES } from '#domain/policy/artefact-import';
import { emptyDocument, scopesOf, sourceKinds } from '#domain/policy/source';
import { listGroups } from '#server/group';
import { namesOf } from '#server/identity';
import { administratorPage } from '#server/page';
import { readEffect } from '#server/policy-effect';
import { readSource, type SourceDetail } from '#server/policy-source';
import type { Runtime } from '#server/runtime';
import { AdminPage } from '#ui/admin-page';
import { Badge } from '#ui/badge';
import { ButtonLink } from '#ui/button';
import { Card, Section } from '#ui/card';
import { Notice } from '#ui/notice';
import { Skeleton } from '#ui/skeleton';
import { Time } from '#ui/time';
import { Outcomes } from '../../../outcomes.tsx';
import { importFile } from '../../actions.ts';
import { Effect } from '../../effect.tsx';
import { ImportForm } from '../../files/import-form.tsx';
import {
  deletePolicySource,
  discardSourceDraft,
  publishPolicySource,
  readSourceDraft,
  restoreSourceVersion,
  saveSourceDraft,
} from '../actions.ts';
import { StateBadges } from '../state-badges.tsx';
import { isGroupPolicy, scopeTitle } from '../words.ts';
import { About } from './about.tsx';
import { DeleteSource } from './delete-source.tsx';
import { SourceEditor } from './editor.tsx';
import { History } from './history.tsx';
import { Publish } from './publish.tsx';
import { SourceFiles } from './source-files.tsx';
import { Targets } from './targets.tsx';
import { Values } from './values.tsx';

export const metadata: Metadata = { title: 'Policy source' };

export default async function PolicySourcePage({ params }: { params: Promise<{ id: string }> }) {
  const { runtime, caller } = await administratorPage();
  const { id } = await params;
  const source = z.uuid().safeParse(id).success ? await readSource(runtime.db, id) : null;
  if (source === null) notFound();
  const [groups, people] = await Promise.all([listGroups(runtime), namesIn(runtime, source)]);
  const manages = mayAdminister(caller.session.person.roles, 'manage_policy');
  const { kind, version, published, draft } = source;
  const document = draft ?? published ?? emptyDocument;
  const gpo = isGroupPolicy(kind);
  const person = (actorId: string | null) =>
    actorId === null ? null : (people.get(actorId)?.displayName ?? 'Somebody who is gone');
  return (
    <AdminPage
      title={document.name}
      purpose={document.description || sourceKinds[kind].about}
      back={<Link href={'/admin/policy/sources' as Route}>Policy sources</Link>}
      action={
        <>
          <ButtonLink href={`/admin/policy/rollout?source=${id}` as Route} icon={<Waves size={16} />}>
            Roll-out
          </ButtonLink>
          {draft !== null ? (
            <ButtonLink href={'#publish' as Route} tone={manages ? 'primary' : 'secondary'}>
              {manages ? 'Look and publish' : 'Look at the draft'}
            </ButtonLink>
          ) : null}
        </>
      }
    >
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2 text-14 text-ink-soft">
        <Badge tone="accent">{sourceKinds[kind].title}</Badge>
        <StateBadges source={source} />
        {draft === null || source.draftAt === null ? null : (
          <span>
            Draft saved by {person(source.draftActorId) ?? 'the command line'},{' '}
            <Time at={source.draftAt.toISOString()} />
          </span>
        )}
      </div>
      {manages ? null : (
        <Notice tone="info" live="none" title="You can look, not change">
          Policy is changed by a Global Administrator.
        </Notice>
      )}
      <Outcomes>
        <SourceEditor
          id={id}
          kind={kind}
          kept={{ document, revision: source.draftRevision }}
          names={Object.fromEntries(groups.map((group) => [group.id, group.name]))}
          manages={manages}
          save={saveSourceDraft}
          look={readSourceDraft}
        >
          <div className="flex flex-col gap-10">
            <Section
              title="What it says"
              note="Each value is saved in the draft at once. It applies when the draft is published."
            >
              <Values />
            </Section>
            <Section title="Who gets it" note="A group counts with the groups inside it.">
              <Card>
                <Targets groups={groups} />
              </Card>
            </Section>
            <Section
              title="About it"
              note={
                gpo
                  ? 'Its name, where it stands among the linked objects, and whether it is linked.'
                  : 'Its name, and whether it is given to anybody.'
              }
            >
              <Card>
                <About />
              </Card>
            </Section>
            <div id="publish" className="scroll-mt-20">
              <Section
                title="Look and publish"
                note={
                  version === 0
                    ? 'What it will say, once published.'
                    : `What the draft changes of version ${version}.`
                }
              >
                <Publish
                  version={version}
                  published={published}
                  hasDraft={draft !== null}
                  effect={
                    draft === null ? null : (
                      <Suspense
                        key={source.draftRevision}
                        fallback={<Skeleton label="Counting everybody" shape="tiles" />}
                      >
                        <EffectOf runtime={runtime} personId={caller.session.userId} id={id} />
                      </Suspense>
                    )
                  }
                  publish={publishPolicySource}
                  discard={discardSourceDraft}
                />
              </Section>
            </div>
            <Section
              title="History"
              note="Every version that was published. Restoring one makes it the draft."
            >
              <Card>
                {version === 0 ? (
                  <p className="text-14 text-ink-soft">Nothing was published yet.</p>
                ) : (
                  <History
                    versions={source.versions.map(({ at, actorId, ...each }) => ({
                      ...each,
                      at: at.toISOString(),
                      by: person(actorId),
                    }))}
                    hasDraft={draft !== null}
                    restore={restoreSourceVersion}
                  />
                )}
              </Card>
            </Section>
            <Section
              title="Files"
              note="The source in the forms that Windows and its management take, out and in."
            >
              <Card>
                <SourceFiles published={published} />
              </Card>
              {manages ? (
                <ImportForm
                  maximumBytes={IMPORT_MAX_BYTES}
                  importFile={importFile}
                  into={{
                    source: id,
                    scopes: scopesOf(kind).map((scope) => ({ scope, title: scopeTitle(kind, scope) })),
                  }}
                />
              ) : null}
            </Section>
            {manages ? (
              <Section title="Delete" note="For good, with its history.">
                <DeleteSource version={version} remove={deletePolicySource} />
              </Section>
            ) : null}
          </div>
        </SourceEditor>
      </Outcomes>
    </AdminPage>
  );
}

/** What publishing the draft would do to everybody. */
async function EffectOf({ runtime, personId, id }: { runtime: Runtime; personId: string; id: string }) {
  const effect = await readEffect(runtime, personId, { publish: [id], off: [], on: [] });
  return effect.ok ? (
    <Effect effect={effect.value} />
  ) : (
    <Notice tone="warning" live="none" title={effect.problem.title}>
      {effect.problem.detail}
    </Notice>
  );
}

async function namesIn(runtime: Runtime, { draftActorId, versions }: SourceDetail) {
  const ids = [draftActorId, ...versions.map(({ actorId }) => actorId)];
  return await namesOf(
    runtime,
    ids.filter((each) => each !== null),
  );
}
