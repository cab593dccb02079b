'use client';

import { Fingerprint, Hash, LifeBuoy, Plus } from 'lucide-react';
import { type ReactNode, useEffect, useState } from 'react';
import { Button, ButtonLink } from '#ui/button';
import { ConfirmDialog } from '#ui/dialog';
import { Notice } from '#ui/notice';
import { Time } from '#ui/time';
import { Waiting } from '#ui/waiting';
import { addOpener, removeOpener } from '../../../_device/ceremonies.ts';
import { NotKept } from '../../../_device/key-container/not-kept.tsx';
import type { OpenerStep } from '../../../_device/key-container/passkey-protector.ts';
import { useContainer } from '../../../_device/key-container/use-containers.ts';
import { prfAvailable } from '../../../_device/platform-authenticator.ts';
import type { Trouble } from '../../../_device/trouble.ts';
import { TroubleNotice } from '../../../_device/trouble-notice.tsx';
import { useOpeners } from '../../../_device/use-openers.ts';

/** As many passkeys as a container takes. */
const PASSKEYS_MAX = 4;

const stepWords: Readonly<Record<OpenerStep, { readonly title: string; readonly text: string }>> = {
  passkey: {
    title: 'Waiting for your passkey',
    text: "Answer in the system's dialog, on your phone, or by touching your security key.",
  },
  pin: { title: 'Asking for your PIN', text: 'Look for the dialog.' },
  keeping: { title: 'Letting it open your key', text: 'This takes a moment.' },
};

interface Passkey {
  readonly credentialId: string;
  readonly name: string;
}

/** What opens the key that this browser keeps, and what else may. */
export function Protectors({
  userHandle,
  allowed,
  passkeys,
  resetSince,
}: {
  userHandle: string;
  /** Whether policy lets passkeys open it. */
  allowed: boolean;
  /** The person's passkeys that count. */
  passkeys: readonly Passkey[];
  /** Since when the PIN reset service could; null: it could not. */
  resetSince: string | null;
}) {
  const container = useContainer(userHandle);
  const here = useOpeners(userHandle);
  const [offered, setOffered] = useState<boolean | null>(null);
  const [doing, setDoing] = useState<OpenerStep | null>(null);
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const [added, setAdded] = useState<string | null>(null);

  useEffect(() => {
    void prfAvailable().then(setOffered);
  }, []);

  if (container === false) return <NotKept live="none" />;

  async function add({ credentialId, name }: Passkey) {
    setTrouble(null);
    setAdded(null);
    setDoing('passkey');
    const outcome = await addOpener(userHandle, { credentialId, onStep: setDoing });
    setDoing(null);
    if (outcome.ok) setAdded(name);
    else setTrouble(outcome.trouble);
  }

  async function remove(credentialIds: readonly string[]) {
    setTrouble(null);
    setAdded(null);
    for (const credentialId of credentialIds) {
      const outcome = await removeOpener(userHandle, credentialId);
      if (!outcome.ok) setTrouble(outcome.trouble);
    }
  }

  const openers = here ?? [];
  const strangers = openers.filter((id) => !passkeys.some(({ credentialId }) => credentialId === id));
  const room = openers.length < PASSKEYS_MAX;
  return (
    <>
      <TroubleNotice trouble={trouble} />
      {added === null ? null : (
        <Notice tone="success" title={`${added} opens this key from now on`}>
          If you forget your PIN, it lets you choose a new one, and the key stays. Signing in goes on with the
          PIN.
        </Notice>
      )}
      {doing === null ? null : <Waiting title={stepWords[doing].title}>{stepWords[doing].text}</Waiting>}
      {allowed ? null : (
        <Notice
          tone="info"
          live="none"
          title="Your organisation lets no passkey open it"
          action={
            openers.length === 0 ? undefined : (
              <Button onClick={() => remove(openers)}>Remove them from this browser</Button>
            )
          }
        >
          {openers.length === 0
            ? 'Your PIN opens it as before.'
            : 'Those that this browser prepared open nothing any more while that is so.'}
        </Notice>
      )}
      {allowed && offered === false ? (
        <Notice tone="info" live="none" title="This browser can't let a passkey open it">
          It does not say that it can ask a passkey for a secret (PRF). A current Edge, Chrome, Firefox or
          Safari can.
        </Notice>
      ) : null}
      <ul className="flex flex-col divide-y divide-line" aria-label="What opens your key">
        <Row
          icon={<Hash size={20} aria-hidden />}
          name="Your PIN"
          text="Always. It is what signs you in."
          action={
            <ButtonLink href="/security-info/pin" size="small" tone="quiet">
              Change the PIN
            </ButtonLink>
          }
        />
        {resetSince === null ? null : (
          <Row
            icon={<LifeBuoy size={20} aria-hidden />}
            name="The PIN reset service"
            text={
              <>
                When you forgot the PIN and have proven who you are. Prepared <Time at={resetSince} />.
              </>
            }
          />
        )}
        {passkeys.map((passkey) => {
          const opens = openers.includes(passkey.credentialId);
          if (!opens && !allowed) return null;
          return (
            <Row
              key={passkey.credentialId}
              icon={<Fingerprint size={20} aria-hidden />}
              name={passkey.name}
              text={opens ? 'When you forgot the PIN.' : 'A passkey of yours. It does not open this key.'}
              action={
                opens ? (
                  <RemoveOpener name={passkey.name} remove={() => remove([passkey.credentialId])} />
                ) : offered && room && here !== null ? (
                  <Button size="small" disabled={doing !== null} onClick={() => add(passkey)}>
                    Let it open this key
                  </Button>
                ) : null
              }
            />
          );
        })}
        {strangers.map((credentialId) => (
          <Row
            key={credentialId}
            icon={<Fingerprint size={20} aria-hidden />}
            name="A passkey that is no longer yours here"
            text="It opens nothing any more: it was removed from your account, or does not count now."
            action={<RemoveOpener name="this passkey" remove={() => remove([credentialId])} />}
          />
        ))}
      </ul>
      {allowed && offered ? (
        <div className="flex flex-col gap-3">
          <p className="max-w-line text-14 text-ink-soft">
            {passkeys.length === 0
              ? 'You have no passkey yet. Add one in this browser, on a security key or a phone, and it can open this key.'
              : 'A passkey that was added elsewhere may not be able to. Add it once more in this browser then.'}
          </p>
          <div>
            <ButtonLink href="/passkey" size="small" icon={<Plus size={16} aria-hidden />}>
              Add a passkey
            </ButtonLink>
          </div>
        </div>
      ) : null}
    </>
  );
}

function Row({
  icon,
  name,
  text,
  action,
}: {
  icon: ReactNode;
  name: string;
  text: ReactNode;
  action?: ReactNode;
}) {
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 py-3 text-14">
      <span className="shrink-0 text-ink-soft">{icon}</span>
      <span className="min-w-0 flex-1 basis-48">
        <span className="block font-semibold wrap-anywhere">{name}</span>
        <span className="text-ink-soft">{text}</span>
      </span>
      {action}
    </li>
  );
}

function RemoveOpener({ name, remove }: { name: string; remove: () => Promise<void> }) {
  return (
    <ConfirmDialog
      trigger={{ label: 'Remove', size: 'small', tone: 'quiet' }}
      title={`Let ${name} open this key no more?`}
      confirmLabel="Remove"
      action={remove}
    >
      It stays a passkey of your account and signs you in as before. If you forget your PIN, it no longer
      keeps this key for you.
    </ConfirmDialog>
  );
}
