import { CircleCheck, Clock, LibraryBig, OctagonAlert, Trash2 } from 'lucide-react';
import Link from 'next/link';
import { compromiseWords } from '#domain/attestation/compromise';
import { METADATA_ADDRESS, namesOfModels, readMetadata, type ShownModel } from '#server/attestation/metadata';
import { countUnsettled } from '#server/attestation/standing';
import { countByModel, listCompromised } from '#server/credential';
import { namesOf } from '#server/identity';
import type { Runtime } from '#server/runtime';
import { Badge } from '#ui/badge';
import { Card, Section } from '#ui/card';
import { DataTable } from '#ui/data-table';
import { EmptyState } from '#ui/empty-state';
import { Facts } from '#ui/facts';
import { Notice } from '#ui/notice';
import { Time } from '#ui/time';
import { address } from '../address.ts';
import { Act } from '../outcomes.tsx';
import { forgetModels } from './actions.ts';
import { CompromiseMeaning } from './compromise-meaning.tsx';
import { LoadMetadata } from './load-metadata.tsx';

/** No page shows more keys at once; the command line counts all. */
const KEYS_SHOWN = 100;

function Model({ aaguid, known }: { aaguid: string; known: ShownModel | undefined }) {
  return (
    <span className="flex items-center gap-2">
      {known?.icon ? (
        // biome-ignore lint/performance/noImgElement: a data URL, which nothing has to be fetched for
        <img src={known.icon} alt="" width={24} height={24} className="size-6 shrink-0 object-contain" />
      ) : null}
      <span className="min-w-0 wrap-anywhere">{known?.name ?? aaguid}</span>
    </span>
  );
}

/** What the loaded metadata is, which keys here it knows, and which of them are compromised. */
export async function MetadataSection({ runtime, manages }: { runtime: Runtime; manages: boolean }) {
  const [found, models, compromised, unsettled] = await Promise.all([
    readMetadata(runtime),
    countByModel(runtime),
    listCompromised(runtime, KEYS_SHOWN),
    countUnsettled(runtime),
  ]);
  const [people, names] = await Promise.all([
    namesOf(
      runtime,
      compromised.map(({ userId }) => userId),
    ),
    namesOfModels(
      runtime,
      models.map(({ aaguid }) => aaguid),
    ),
  ]);
  const known = models.filter(({ aaguid }) => names.has(aaguid)).reduce((sum, { keys }) => sum + keys, 0);
  const all = models.reduce((sum, { keys }) => sum + keys, 0);
  return (
    <Section
      title="Metadata"
      note={
        <>
          The FIDO Alliance's list of models: their names, and which of them became known as unsafe.
          Everything works without it. <CompromiseMeaning runtime={runtime} />
        </>
      }
    >
      {found?.number == null ? (
        <EmptyState icon={<LibraryBig size={28} />} title="No metadata is loaded">
          <p>
            Names of models and their status will be here. Until then nobody tells when a model turns out
            unsafe.
          </p>
          {found?.failure ? (
            <p className="mt-2 text-danger-ink">The last attempt failed: {found.failure}</p>
          ) : null}
        </EmptyState>
      ) : (
        <Card>
          <div className="flex flex-col gap-4">
            <div className="flex flex-wrap items-center justify-between gap-3">
              <h3 className="text-16 font-semibold">No. {found.number}</h3>
              {found.overdue ? (
                <Badge tone="warning" icon={<Clock size={12} />}>
                  Next version overdue
                </Badge>
              ) : (
                <Badge tone="success" icon={<CircleCheck size={12} />}>
                  Up to date
                </Badge>
              )}
            </div>
            <Facts
              tight
              facts={[
                { term: 'Loaded', value: found.loadedAt && <Time at={found.loadedAt.toISOString()} /> },
                { term: 'From', value: found.source === 'file' ? 'A file' : found.source },
                {
                  term: 'Next version',
                  value: found.nextUpdate && <Time at={found.nextUpdate.toISOString()} form="day" />,
                },
                { term: 'Models', value: `${found.models}, of which ${found.compromisedModels} compromised` },
                { term: 'Keys here of a known model', value: `${known} of ${all}` },
                {
                  term: 'Last attempt',
                  value: (
                    <>
                      <Time at={found.checkedAt.toISOString()} />
                      {found.failure === null ? '' : `: ${found.failure}`}
                    </>
                  ),
                },
              ]}
            />
            {manages ? (
              <div>
                <Act
                  trigger={{ label: 'Forget the metadata', size: 'small', icon: <Trash2 size={16} /> }}
                  title={`Forget metadata no. ${found.number}?`}
                  confirmLabel={`Forget ${found.models} ${found.models === 1 ? 'model' : 'models'}`}
                  pendingLabel="Forgetting"
                  action={forgetModels}
                  input={{ number: found.number }}
                  done="The metadata is forgotten."
                >
                  <p>
                    What it said of keys counts no longer: {compromised.length} are known as compromised now.
                  </p>
                  <p>An older version can be loaded afterwards.</p>
                </Act>
              </div>
            ) : null}
          </div>
        </Card>
      )}
      {unsettled > 0 ? (
        <Notice
          tone="info"
          live="none"
          title={`${unsettled} ${unsettled === 1 ? 'key is' : 'keys are'} being judged again`}
        >
          Something became known since they were judged. It takes a minute or two.
        </Notice>
      ) : null}
      {manages ? <LoadMetadata address={METADATA_ADDRESS} /> : null}
      {compromised.length === 0 ? null : (
        <>
          <Notice
            tone="danger"
            live="none"
            title={`${compromised.length}${compromised.length === KEYS_SHOWN ? ' or more' : ''} ${compromised.length === 1 ? 'key is' : 'keys are'} not to be trusted any more`}
          >
            Let their people make another one, then revoke these.
          </Notice>
          <DataTable
            caption="Keys that are known as compromised"
            rows={compromised}
            rowKey={({ id }) => id}
            columns={[
              {
                key: 'person',
                title: 'Person',
                cell: ({ userId }) => (
                  <Link href={address('/admin/people', { person: userId })} className="link">
                    {people.get(userId)?.displayName ?? 'Somebody who is gone'}
                  </Link>
                ),
              },
              {
                key: 'key',
                title: 'Key',
                cell: ({ id, name }) => (
                  <Link href={`/inspector?credential=${id}`} className="link">
                    {name}
                  </Link>
                ),
              },
              {
                key: 'model',
                title: 'Model',
                cell: ({ aaguid }) => <Model aaguid={aaguid} known={names.get(aaguid)} />,
              },
              {
                key: 'why',
                title: 'Why',
                width: 'wide',
                cell: ({ compromised: why }) => (
                  <span className="flex items-start gap-2">
                    <OctagonAlert size={16} className="mt-0.5 shrink-0 text-danger-ink" aria-hidden />
                    {compromiseWords(why)}
                  </span>
                ),
              },
            ]}
          />
        </>
      )}
    </Section>
  );
}
