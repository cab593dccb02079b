import { Package, Pin, SearchCheck, Trash2 } from 'lucide-react';
import type { Metadata } from 'next';
import { mayAdminister } from '#domain/identity';
import { listAnchors, type ShownAnchor } from '#server/attestation/anchor';
import { namesOf } from '#server/identity';
import { administratorPage } from '#server/page';
import { AdminPage } from '#ui/admin-page';
import { Badge } from '#ui/badge';
import { ButtonLink } from '#ui/button';
import { Card, Section } from '#ui/card';
import { EmblemLegend } from '#ui/emblem-legend';
import { Facts } from '#ui/facts';
import { Time } from '#ui/time';
import { Act, Outcomes } from '../outcomes.tsx';
import { unpinAnchor } from './actions.ts';
import { AddAnchor } from './add-anchor.tsx';
import { MetadataSection } from './metadata.tsx';
import { RevocationSection } from './revocation.tsx';
import { formatWords, PURPOSE } from './words.ts';

export const metadata: Metadata = { title: 'Attestation' };

export default async function AttestationPage() {
  const { runtime, caller } = await administratorPage();
  const manages = mayAdminister(caller.session.person.roles, 'manage_policy');
  const anchors = await listAnchors(runtime);
  const people = await namesOf(
    runtime,
    anchors.flatMap(({ addedById }) => addedById ?? []),
  );
  const adder = ({ addedById }: ShownAnchor) =>
    (addedById === null ? undefined : people.get(addedById)?.displayName) ?? 'the command line';
  return (
    <AdminPage
      title="Attestation"
      purpose={PURPOSE}
      action={
        <ButtonLink href="/inspector" icon={<SearchCheck size={16} />}>
          Open the inspector
        </ButtonLink>
      }
    >
      <Outcomes>
        <Section
          title="Trust anchors"
          note="A statement proves hardware only when its certificates end in one of these. Keys keep their verdict until they are judged again: npm run admin -- attestation rejudge."
        >
          <div className="grid gap-4 xl:grid-cols-2">
            {anchors.map((anchor) => (
              <Card key={anchor.id ?? anchor.certificate.fingerprint}>
                <div className="flex flex-col gap-4">
                  <div className="flex flex-wrap items-start justify-between gap-3">
                    <h3 className="min-w-0 text-16 font-semibold wrap-anywhere">{anchor.name}</h3>
                    {anchor.id === null ? (
                      <Badge icon={<Package size={12} />}>Ships with Latchkey</Badge>
                    ) : (
                      <Badge tone="accent" icon={<Pin size={12} />}>
                        Added
                      </Badge>
                    )}
                  </div>
                  <Facts
                    tight
                    facts={[
                      { term: 'Counts for', value: formatWords[anchor.format] ?? anchor.format },
                      {
                        term: 'Fingerprint (SHA-256)',
                        value: anchor.certificate.fingerprint,
                        mono: true,
                        copy: anchor.certificate.fingerprint,
                      },
                      { term: 'Key', value: anchor.certificate.key.words },
                      {
                        term: 'Validity',
                        value: (
                          <>
                            <Time at={anchor.certificate.notBefore.toISOString()} form="day" /> to{' '}
                            <Time at={anchor.certificate.notAfter.toISOString()} form="day" />
                          </>
                        ),
                      },
                      ...(anchor.createdAt === null
                        ? []
                        : [
                            {
                              term: 'Added',
                              value: (
                                <>
                                  <Time at={anchor.createdAt.toISOString()} /> by {adder(anchor)}
                                </>
                              ),
                            },
                          ]),
                    ]}
                  />
                  {manages && anchor.id !== null ? (
                    <div>
                      <Act
                        trigger={{ label: 'Remove', size: 'small', icon: <Trash2 size={16} /> }}
                        title={`Remove the anchor ${anchor.name}?`}
                        confirmLabel="Remove 1 anchor"
                        pendingLabel="Removing"
                        action={unpinAnchor}
                        input={{ id: anchor.id }}
                        done={`${anchor.name} no longer counts.`}
                      >
                        <p>New keys that it stands behind count as not verified at once.</p>
                        <p>Keys that were made before keep their verdict until they are judged again.</p>
                      </Act>
                    </div>
                  ) : null}
                </div>
              </Card>
            ))}
          </div>
        </Section>
        <MetadataSection runtime={runtime} manages={manages} />
        <RevocationSection runtime={runtime} />
      </Outcomes>
      {manages ? (
        <Section
          title="Add an anchor"
          note="Such as the authority of a maker of security keys, or a test authority for a software TPM."
        >
          <AddAnchor />
        </Section>
      ) : null}
      <Section title="What is proven" note="The emblem of a key, wherever it appears.">
        <Card>
          <EmblemLegend />
        </Card>
      </Section>
    </AdminPage>
  );
}
