import { CircleCheck, History } from 'lucide-react';
import { listAuthorities } from '#server/device-certificate';
import type { Runtime } from '#server/runtime';
import { Badge } from '#ui/badge';
import { Card, Section } from '#ui/card';
import { Facts } from '#ui/facts';
import { Term } from '#ui/term';
import { Time } from '#ui/time';
import { counted } from '../words.ts';

/** The tenant's device CA, and those before it that still verify what they signed. */
export async function CertificateAuthorities({ runtime }: { runtime: Runtime }) {
  const authorities = await listAuthorities(runtime);
  return (
    <Section
      title="Device certificate authority"
      note="It certifies the key of every browser that is registered, so that other programs can tell which device a signature came from. A certificate shows a browser profile and its key, not hardware, and signs nobody in."
    >
      {authorities.length === 0 ? (
        <Card>
          <p className="text-14 text-ink-soft">
            There is none yet. It is made when the first device is registered.
          </p>
        </Card>
      ) : (
        authorities.map((authority) => (
          <Card key={authority.id}>
            <div className="flex flex-col gap-3">
              <div className="flex flex-wrap items-center gap-2">
                {authority.issues ? (
                  <Badge tone="success" icon={<CircleCheck size={12} />}>
                    Issues certificates
                  </Badge>
                ) : (
                  <Badge icon={<History size={12} />}>Only verifies what it signed</Badge>
                )}
              </div>
              <Facts
                tight
                facts={[
                  { term: 'Subject', value: authority.subject, mono: true, copy: authority.subject },
                  {
                    term: <Term explains="SHA-256 of the authority's certificate.">Fingerprint</Term>,
                    value: authority.fingerprint,
                    mono: true,
                    copy: authority.fingerprint,
                  },
                  {
                    term: 'Validity',
                    value: (
                      <>
                        <Time at={authority.startsAt.toISOString()} form="day" /> to{' '}
                        <Time at={authority.expiresAt.toISOString()} form="day" />
                      </>
                    ),
                  },
                  {
                    term: (
                      <Term explains="The number of the list's present edition (RFC 5280 5.2.3). It grows with every certificate that is revoked or taken off hold, and every 12 hours.">
                        CRL number
                      </Term>
                    ),
                    value: `${authority.crlNumber}, naming ${counted(authority.listed, 'certificate')}`,
                  },
                  {
                    term: 'CA certificate',
                    value: (
                      <a className="link" href={authority.certificateAddress}>
                        {authority.certificateAddress}
                      </a>
                    ),
                    copy: authority.certificateAddress,
                  },
                  {
                    term: 'Revocation list',
                    value: (
                      <a className="link" href={authority.listAddress}>
                        {authority.listAddress}
                      </a>
                    ),
                    copy: authority.listAddress,
                  },
                ]}
              />
            </div>
          </Card>
        ))
      )}
    </Section>
  );
}
