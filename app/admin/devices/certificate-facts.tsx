import { revocationReasons } from '#domain/device-certificate';
import type { CertificateSummary } from '#server/device-certificate';
import { CertificateBadge } from '#ui/device-certificate';
import type { Fact } from '#ui/facts';
import { Term } from '#ui/term';
import { Time } from '#ui/time';

/** What an administrator reads of a browser's certificate. */
export function certificateFacts(certificate: CertificateSummary | undefined): Fact[] {
  const term = (
    <Term explains="An X.509 certificate of the tenant's device CA over this browser's key, under the device's ID. It is renewed by a sign-in after two thirds of its life, and an old one stops no sign-in: what signs in is the key.">
      Certificate
    </Term>
  );
  if (certificate === undefined)
    return [{ term, value: 'None yet: the next sign-in in this browser brings it.' }];
  const { state, reason, thumbprint, serialNumber } = certificate;
  return [
    {
      term,
      value: (
        <span className="flex flex-wrap items-center gap-2">
          <CertificateBadge state={state} />
          {reason === null ? null : (
            <span className="text-ink-soft">
              {revocationReasons[reason].text} <span className="font-mono text-12">({reason})</span>
            </span>
          )}
        </span>
      ),
    },
    {
      term: <Term explains="SHA-1 of the certificate, as Windows shows it.">Thumbprint</Term>,
      value: thumbprint,
      mono: true,
      copy: thumbprint,
    },
    { term: 'Serial number', value: serialNumber, mono: true, copy: serialNumber },
    {
      term: 'Validity',
      value: (
        <>
          <Time at={certificate.startsAt.toISOString()} form="day" /> to{' '}
          <Time at={certificate.expiresAt.toISOString()} form="day" />
        </>
      ),
    },
    ...(state === 'valid'
      ? [{ term: 'Renewed from', value: <Time at={certificate.renewsFrom.toISOString()} form="day" /> }]
      : []),
  ];
}
