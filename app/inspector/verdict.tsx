'use client';

import { Anchor, ChevronRight, CircleCheck, CircleDashed, CircleMinus, OctagonAlert } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { NO_AAGUID } from '#domain/attestation/aaguids';
import { aboutCheck, type Outcome } from '#domain/attestation/checks';
import type { AttestationInspection } from '#domain/attestation/inspection';
import { isUnreadable, readRegistration } from '#domain/attestation/statement';
import { registrationTree, type TreeNode } from '#domain/attestation/tree';
import { protectionOf, protectionWords } from '#domain/credential';
import { Badge } from '#ui/badge';
import { Section } from '#ui/card';
import { CopyButton } from '#ui/copy-button';
import { Emblem } from '#ui/emblem';
import { Facts } from '#ui/facts';
import { Time } from '#ui/time';

type Check = AttestationInspection['checks'][number];

const looks: Record<Outcome, { icon: typeof CircleCheck; ink: string; words: string }> = {
  failed: { icon: OctagonAlert, ink: 'text-danger-ink', words: 'failed' },
  passed: { icon: CircleCheck, ink: 'text-success-ink', words: 'passed' },
  not_checked: { icon: CircleDashed, ink: 'text-warning-ink', words: 'not checked' },
  not_applicable: { icon: CircleMinus, ink: 'text-ink-soft', words: 'not part of it' },
};
const order = ['failed', 'not_checked', 'passed', 'not_applicable'] as const satisfies readonly Outcome[];

/** An inspection, for reading: what it is worth, every check, the certificates, and everything decoded. */
export function Verdict({
  inspection,
  attestationObject,
  clientDataJSON,
}: {
  inspection: AttestationInspection;
  attestationObject: Uint8Array | null;
  clientDataJSON: Uint8Array | null;
}) {
  const { checks, accepted, format, aaguid, manufacturer, trustPath } = inspection;
  const top = useRef<HTMLDivElement>(null);
  useEffect(() => {
    top.current?.focus();
  }, []);
  const protection = protectionOf(inspection.class);
  const of = (outcome: Outcome) => checks.filter((check) => check.outcome === outcome);
  const read =
    attestationObject === null || clientDataJSON === null
      ? null
      : readRegistration(attestationObject, clientDataJSON);
  const statement = read === null || isUnreadable(read) ? null : read.statement;
  const chain = (statement !== null && 'x5c' in statement ? statement.x5c : null) ?? [];
  return (
    <div className="flex min-w-0 flex-col gap-8">
      <div
        ref={top}
        tabIndex={-1}
        role="status"
        className="flex flex-wrap items-center gap-4 rounded-card border border-line bg-sunken p-5"
      >
        <Emblem protection={protection} size={40} />
        <div className="flex min-w-0 grow flex-col gap-1">
          <p className="text-20 font-semibold">{protectionWords[protection]}</p>
          <p className="text-14 text-ink-soft">
            Format {format}
            {manufacturer === null ? '' : `, ${manufacturer}`}. {accepted ? 'Nothing failed.' : ''}
            {order
              .filter((outcome) => of(outcome).length > 0)
              .map((outcome) => ` ${of(outcome).length} ${looks[outcome].words}`)
              .join(',')}
            .
          </p>
        </div>
        {accepted ? (
          <Badge tone="success" icon={<CircleCheck size={12} />}>
            Accepted
          </Badge>
        ) : (
          <Badge tone="danger" icon={<OctagonAlert size={12} />}>
            Refused
          </Badge>
        )}
      </div>

      <Section
        title="Checks"
        note="Open a line for why it matters and where it is written."
        action={<CopyButton text={JSON.stringify(inspection, null, 2)} label="Copy the answer as JSON" />}
      >
        <div className="flex flex-col gap-4">
          {order.slice(0, 3).map((outcome) => (
            <CheckList key={outcome} checks={of(outcome)} />
          ))}
          {of('not_applicable').length === 0 ? null : (
            <details className="min-w-0">
              <summary className="py-2 text-14 font-semibold text-accent-ink">
                {of('not_applicable').length} checks that are not part of this format
              </summary>
              <CheckList checks={of('not_applicable')} />
            </details>
          )}
        </div>
      </Section>

      {trustPath.length === 0 ? null : (
        <Section title="Certificates" note="From the one that signs to the anchor, where one was found.">
          <ol className="flex flex-col gap-3">
            {trustPath.map((certificate, place) => (
              <li
                key={certificate.fingerprint}
                className="flex flex-col gap-3 rounded-card border border-line p-4"
              >
                <div className="flex flex-wrap items-center justify-between gap-2">
                  <p className="min-w-0 font-semibold wrap-anywhere">
                    {certificate.subject || 'No subject, as a TPM has it'}
                  </p>
                  <span className="flex flex-wrap items-center gap-2">
                    {certificate.anchor ? (
                      <Badge tone="success" icon={<Anchor size={12} />}>
                        Anchor
                      </Badge>
                    ) : null}
                    {chain[place] === undefined ? null : (
                      <CopyButton text={pemOf(chain[place])} label="Copy as PEM" />
                    )}
                  </span>
                </div>
                <Facts
                  tight
                  facts={[
                    { term: 'Issuer', value: certificate.issuer },
                    {
                      term: 'Validity',
                      value: (
                        <>
                          <Time at={certificate.notBefore} form="day" /> to{' '}
                          <Time at={certificate.notAfter} form="day" />
                        </>
                      ),
                    },
                    { term: 'Key, signature', value: `${certificate.key}, ${certificate.signature}` },
                    {
                      term: 'May',
                      value: [certificate.authority ? 'issue certificates' : '', ...certificate.usages]
                        .filter(Boolean)
                        .join(', '),
                    },
                    { term: 'Serial number', value: certificate.serialNumber, mono: true },
                    {
                      term: 'Fingerprint (SHA-256)',
                      value: certificate.fingerprint,
                      mono: true,
                      copy: certificate.fingerprint,
                    },
                  ]}
                />
              </li>
            ))}
          </ol>
        </Section>
      )}

      {read === null || isUnreadable(read) ? null : (
        <Section
          title="Decoded"
          note={`Every byte by its name. ${aaguid === NO_AAGUID ? 'It names no model.' : `It says of itself that its model is ${aaguid}.`}`}
        >
          <div className="min-w-0 rounded-card border border-line p-4">
            <Tree nodes={registrationTree(read)} />
          </div>
        </Section>
      )}
    </div>
  );
}

/** RFC 7468 2. */
function pemOf(certificate: Uint8Array): string {
  const lines = btoa(String.fromCharCode(...certificate)).match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}

function CheckList({ checks }: { checks: readonly Check[] }) {
  if (checks.length === 0) return null;
  return (
    <ul className="divide-y divide-line rounded-card border border-line">
      {checks.map(({ id, outcome, detail }) => {
        const { icon: Icon, ink, words } = looks[outcome];
        const { title, why, source } = aboutCheck(id);
        return (
          <li key={id} data-check={id} data-outcome={outcome}>
            <details className="group min-w-0">
              <summary className="flex min-h-11 list-none items-start gap-3 px-4 py-3">
                <Icon size={20} className={`shrink-0 ${ink}`} role="img" aria-label={words} />
                <span className="flex min-w-0 grow flex-col gap-x-4 sm:flex-row sm:justify-between">
                  <span className="shrink-0 text-14 font-semibold">{title}</span>
                  <span className="min-w-0 text-14 wrap-anywhere text-ink-soft sm:text-end">{detail}</span>
                </span>
                <ChevronRight
                  size={16}
                  aria-hidden
                  className="mt-0.5 shrink-0 text-ink-soft transition-transform group-open:rotate-90"
                />
              </summary>
              <div className="flex flex-col gap-1 px-4 pb-4 pl-12 text-14">
                <p className="max-w-line">{why}</p>
                <p className="text-12 text-ink-soft">
                  {source} · <code className="font-mono">{id}</code>
                </p>
              </div>
            </details>
          </li>
        );
      })}
    </ul>
  );
}

function Tree({ nodes }: { nodes: readonly TreeNode[] }) {
  return (
    <ul className="flex min-w-0 flex-col gap-1">
      {nodes.map(({ name, value, hex, children }) => (
        <li key={name} className="min-w-0 text-12">
          {children === undefined ? (
            <span className="flex min-w-0 flex-col gap-x-3 py-0.5 sm:flex-row">
              <span className="shrink-0 font-semibold sm:min-w-40">{name}</span>
              <code className="min-w-0 font-mono break-all text-ink-soft">{value}</code>
              {hex === undefined ? null : (
                <span className="-my-2">
                  <CopyButton text={hex} label={`Copy ${name}`} compact />
                </span>
              )}
            </span>
          ) : (
            <details open className="min-w-0">
              <summary className="py-1 font-semibold text-accent-ink">{name}</summary>
              <div className="border-line border-l pl-3 sm:pl-4">
                <Tree nodes={children} />
              </div>
            </details>
          )}
        </li>
      ))}
    </ul>
  );
}
