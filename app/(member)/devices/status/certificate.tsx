import { authorityAddress } from '#domain/device-certificate';
import type { CertificateSummary } from '#server/device-certificate';
import { Card } from '#ui/card';
import { CertificateBadge, CertificateDownload } from '#ui/device-certificate';
import { Facts } from '#ui/facts';
import { Time } from '#ui/time';
import { ThisBrowser } from './this-browser.tsx';

/** One browser's certificate, as a person can read, compare and keep it. */
export function Certificate({
  browser,
  certificate,
  userHandle,
  origin,
}: {
  browser: string;
  certificate: CertificateSummary;
  userHandle: string;
  origin: string;
}) {
  const { authorityId, thumbprint, serialNumber } = certificate;
  return (
    <Card>
      <div className="flex flex-col gap-4">
        <div className="flex flex-wrap items-center gap-2">
          <h3 className="text-16 font-semibold">{browser || 'Browser'}</h3>
          <CertificateBadge state={certificate.state} />
          <ThisBrowser userHandle={userHandle} profileId={certificate.profileId} />
        </div>
        <Facts
          tight
          facts={[
            { term: 'Thumbprint (SHA-1)', value: thumbprint, mono: true, copy: thumbprint },
            { term: 'Serial number', value: serialNumber, mono: true, copy: serialNumber },
            { term: 'Subject', value: certificate.subject, mono: true, copy: certificate.subject },
            { term: 'Issuer', value: certificate.issuer, mono: true },
            {
              term: 'Valid',
              value: (
                <>
                  <Time at={certificate.startsAt.toISOString()} form="absolute" /> to{' '}
                  <Time at={certificate.expiresAt.toISOString()} form="absolute" />
                </>
              ),
            },
            {
              term: 'Renewal',
              value: (
                <>
                  At a sign-in here from <Time at={certificate.renewsFrom.toISOString()} form="day" /> on
                </>
              ),
            },
          ]}
        />
        <div className="flex flex-wrap items-center gap-x-4 gap-y-2 text-14">
          <CertificateDownload
            base64={Buffer.from(certificate.certificate).toString('base64')}
            fileName={`${thumbprint}.cer`}
          />
          <a className="link" href={authorityAddress(origin, authorityId, 'cer')}>
            Certificate of the issuer
          </a>
          <a className="link" href={authorityAddress(origin, authorityId, 'crl')}>
            Revocation list
          </a>
        </div>
      </div>
    </Card>
  );
}
