import { CircleSlash, MapPin, ShieldAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { Badge } from '#ui/badge';
import { CopyButton } from '#ui/copy-button';
import { Emblem, type Protection, protectionNames } from '#ui/emblem';
import { Time } from '#ui/time';

export type KeyKind = 'hello' | 'passkey-synced' | 'passkey-device' | 'security-key' | 'container';

const kinds: Record<KeyKind, string> = {
  hello: 'Windows Hello key',
  'passkey-synced': 'Passkey, synced',
  'passkey-device': 'Passkey, this device',
  'security-key': 'Security key',
  container: 'Key kept by a browser',
};

/** A credential, drawn as a card. Its face is drawn the way its emblem is: solid, layered, outlined, hollow, dashed. */
export function KeyCard({
  protection,
  maker,
  model,
  kind,
  name,
  gesture,
  madeAt,
  usedAt,
  kid,
  thisDevice = false,
  state = 'active',
  note,
  action,
}: {
  protection: Protection;
  /** The maker of the chip, where it is proven. */
  maker?: string | null | undefined;
  /** The model, said as what it is: a fact or the key's own word. */
  model?: string | null | undefined;
  kind: KeyKind;
  /** The device that holds it ("STUDIO-07"), or what its owner calls it. */
  name: string;
  /** "Face, fingerprint or PIN". */
  gesture?: string | undefined;
  madeAt: string;
  /** null: never used. */
  usedAt?: string | null | undefined;
  kid?: string | undefined;
  thisDevice?: boolean | undefined;
  state?: 'active' | 'quarantined' | 'revoked' | undefined;
  /** One sentence under the face: why it is quarantined, what to do. */
  note?: ReactNode;
  /** Buttons or a Menu. */
  action?: ReactNode;
}) {
  return (
    <article aria-label={`${kinds[kind]}, ${name}`} className="flex w-full max-w-104 flex-col gap-2">
      <div
        data-protection={protection}
        data-state={state}
        className="key-face flex min-h-56 flex-col justify-between gap-6 p-5 sm:p-6"
      >
        <div className="flex items-start justify-between gap-4">
          <div className="flex items-center gap-3">
            <Emblem protection={protection} size={40} />
            <span aria-hidden="true" className="text-14 font-semibold text-ink">
              {protectionNames[protection]}
              {maker ? <span className="block text-12 font-normal text-ink-soft">{maker}</span> : null}
            </span>
          </div>
          <div className="flex flex-wrap justify-end gap-1.5">
            {state === 'quarantined' ? (
              <Badge tone="warning" icon={<ShieldAlert size={12} />}>
                Quarantined
              </Badge>
            ) : null}
            {state === 'revoked' ? (
              <Badge tone="danger" icon={<CircleSlash size={12} />}>
                Revoked
              </Badge>
            ) : null}
            {thisDevice ? (
              <Badge tone="accent" icon={<MapPin size={12} />}>
                This device
              </Badge>
            ) : null}
          </div>
        </div>
        <div className="min-w-0">
          <h3 className="text-20 font-semibold break-words text-ink">{name}</h3>
          <p className="text-14 text-ink-soft">
            {kinds[kind]}
            {gesture ? <> · {gesture}</> : null}
          </p>
          {model ? <p className="text-12 wrap-anywhere text-ink-soft">{model}</p> : null}
        </div>
        <dl className="flex flex-wrap gap-x-8 gap-y-2 text-ink">
          <Stamp term="Made">
            <Time at={madeAt} form="day" />
          </Stamp>
          <Stamp term="Last used">{usedAt ? <Time at={usedAt} /> : 'Never'}</Stamp>
        </dl>
      </div>
      {note ? <p className="px-1 text-14 text-ink-soft">{note}</p> : null}
      {kid || action ? (
        <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 pl-1">
          {kid ? (
            <span className="inline-flex min-w-0 items-center gap-1 text-12 text-ink-soft">
              <span>Key</span>
              <code className="figures font-mono text-ink">
                {kid.length > 14 ? `${kid.slice(0, 6)}…${kid.slice(-4)}` : kid}
              </code>
              <CopyButton text={kid} label={`Copy the key id ${kid}`} compact />
            </span>
          ) : (
            <span />
          )}
          {action ? <div className="flex flex-wrap gap-2">{action}</div> : null}
        </div>
      ) : null}
    </article>
  );
}

function Stamp({ term, children }: { term: string; children: ReactNode }) {
  return (
    <div className="flex flex-col">
      <dt className="text-12 text-ink-soft">{term}</dt>
      <dd className="text-14 font-semibold">{children}</dd>
    </div>
  );
}
