import type { ReactNode } from 'react';
import { modelWords } from '#domain/attestation/aaguids';
import { compromiseWords } from '#domain/attestation/compromise';
import { isSoftwareKey } from '#domain/software-key';
import type { namesOfModels } from '#server/attestation/metadata';
import type { CredentialSummary } from '#server/credential';
import type { PersonSummary } from '#server/identity';
import type { SessionOrigin } from '#server/session';
import { ButtonLink } from '#ui/button';
import { Section } from '#ui/card';
import { KeyCard } from '#ui/key-card';
import { Time } from '#ui/time';
import { Act } from '../outcomes.tsx';
import { capital, counted } from '../words.ts';
import { revokeKey } from './actions.ts';
import { keyKind } from './key-kind.ts';

const KEYS_SHOWN = 24;

/** Their keys, the latest made first. */
export function PersonKeys({
  person,
  first,
  manages,
  keys,
  models,
  working,
  origins,
}: {
  person: PersonSummary;
  first: string;
  manages: boolean;
  keys: readonly CredentialSummary[];
  /** What metadata calls their models. */
  models: Awaited<ReturnType<typeof namesOfModels>>;
  /** Keys that get them in now. */
  working: readonly CredentialSummary[];
  origins: readonly SessionOrigin[];
}) {
  return (
    <Section title="Keys" level={3}>
      {keys.length === 0 ? (
        <p className="text-14 text-ink-soft">
          No key yet.{' '}
          {manages
            ? 'A Temporary Access Pass takes them through registering a device and making the first one.'
            : ''}
        </p>
      ) : (
        <div className="flex flex-col gap-6">
          {keys.slice(0, KEYS_SHOWN).map((key) => {
            const ends = counted(
              origins.filter(({ credentialIds }) => credentialIds.includes(key.id)).length,
              'session',
            );
            const where = key.deviceName ?? key.name;
            return (
              <KeyCard
                key={key.id}
                protection={key.protection}
                maker={key.manufacturer}
                model={modelWords({
                  aaguid: key.aaguid,
                  proven: key.facts.modelProven,
                  name: models.get(key.aaguid)?.name,
                })}
                kind={keyKind(key)}
                name={where}
                gesture={
                  isSoftwareKey(key)
                    ? 'PIN of a browser'
                    : key.kind === 'hello'
                      ? 'face, fingerprint or PIN'
                      : undefined
                }
                madeAt={key.createdAt.toISOString()}
                usedAt={key.lastUsedAt?.toISOString() ?? null}
                kid={key.id}
                state={key.quarantinedAt === null ? 'active' : 'quarantined'}
                note={
                  key.quarantinedAt === null ? (
                    key.compromised === null ? undefined : (
                      `${compromiseWords(key.compromised)}. Let ${first} make another one, then revoke this.`
                    )
                  ) : (
                    <>
                      Quarantined <Time at={key.quarantinedAt.toISOString()} />: its signature counter went
                      back, the mark of a copied key. Nobody can sign in with it. Revoke it and let {first}{' '}
                      make a new one.
                    </>
                  )
                }
                action={
                  <>
                    <ButtonLink href={`/inspector?credential=${key.id}`} size="small">
                      Inspect
                    </ButtonLink>
                    {manages ? (
                      <Act
                        trigger={{ label: 'Revoke', size: 'small' }}
                        title={`Revoke the key of ${person.displayName} on ${where}?`}
                        confirmLabel="Revoke 1 key"
                        pendingLabel="Revoking"
                        action={revokeKey}
                        input={{
                          userId: person.id,
                          credentialId: key.id,
                          evenLast: isLast(key, working),
                        }}
                        done="The key is revoked."
                      >
                        <p>
                          {first} can never sign in with it again. This ends {ends} that began with it.
                        </p>
                        <p>{remaining(person, isLast(key, working), keys.length)}</p>
                      </Act>
                    ) : null}
                  </>
                }
              />
            );
          })}
          {keys.length > KEYS_SHOWN ? (
            <p className="text-14 text-ink-soft">
              And {keys.length - KEYS_SHOWN} more that were made before.
            </p>
          ) : null}
        </div>
      )}
    </Section>
  );
}

/** Whether nothing else gets the person in. */
function isLast(key: CredentialSummary, working: readonly CredentialSummary[]): boolean {
  return key.usable && working.length === 1;
}

function remaining(person: PersonSummary, last: boolean, keys: number): ReactNode {
  if (last)
    return (
      <span className="font-semibold text-ink">
        {person.hasPassword
          ? 'It is the last key that works: only the password is left. Issue a pass, so that they can make a new one.'
          : 'It is the last key that works and there is no password: they can only come back with a pass.'}
      </span>
    );
  return keys === 2
    ? '1 other key stays as it is.'
    : `${capital(counted(keys - 1, 'other key'))} stay as they are.`;
}
