import { Landmark } from 'lucide-react';
import Link from 'next/link';
import type { readFederationOf } from '#server/federation';
import type { PersonSummary } from '#server/identity';
import { Section } from '#ui/card';
import { Facts } from '#ui/facts';
import { Time } from '#ui/time';
import { address } from '../address.ts';
import { unlinkPerson } from '../federation/actions.ts';
import { Act } from '../outcomes.tsx';

/** Who they are at their organisation's own provider. */
export function PersonFederation({
  person,
  first,
  manages,
  federation: { domain, link },
}: {
  person: PersonSummary;
  first: string;
  manages: boolean;
  federation: NonNullable<Awaited<ReturnType<typeof readFederationOf>>>;
}) {
  return (
    <Section title="Sign-in at their organisation" level={3}>
      <p className="flex gap-2 text-14">
        <Landmark size={16} className="mt-0.5 shrink-0 text-ink-soft" aria-hidden />
        <span>
          <Link href={address('/admin/federation', { domain: domain.domain })} className="link">
            {domain.domain}
          </Link>{' '}
          is federated{domain.disabledAt === null ? '' : ', and switched off'}.{' '}
          {link === null ? `${first} has not signed in there yet: the first sign-in links them.` : null}
        </span>
      </p>
      {link === null ? null : (
        <Facts
          tight
          facts={[
            { term: 'Subject', value: link.subject, mono: true, copy: link.subject },
            { term: 'Issuer', value: link.issuer },
            { term: 'Linked', value: <Time at={link.linkedAt.toISOString()} /> },
          ]}
        />
      )}
      {link === null || !manages ? null : (
        <div>
          <Act
            trigger={{ label: 'Unlink', size: 'small' }}
            title={`Unlink ${person.displayName} from the provider?`}
            confirmLabel="Unlink 1 person"
            pendingLabel="Unlinking"
            action={unlinkPerson}
            input={{ userId: person.id }}
            done={`${first} is not linked any more.`}
          >
            <p>
              Sessions of {first} that began at the provider end. Whoever the provider names as {person.upn}{' '}
              next is linked in their place.
            </p>
            <p>Keys, devices and everything else of {first} stay.</p>
          </Act>
        </div>
      )}
    </Section>
  );
}
