import { Clock, Eraser, KeyRound, Lock } from 'lucide-react';
import type { ReactNode } from 'react';
import { PHRASE, TRIES_MAX, wrongInARow } from '#domain/anti-hammering';
import type { ContainerState } from '#server/key-container';
import { Badge } from '#ui/badge';
import { Section } from '#ui/card';
import { type Fact, Facts } from '#ui/facts';
import { Term } from '#ui/term';
import { Time } from '#ui/time';
import { address } from '../address.ts';
import { Act } from '../outcomes.tsx';
import { counted } from '../words.ts';
import { askForNewPin, clearPinTries } from './actions.ts';

/** The PINs of keys that browsers keep themselves: what was tried at them, and what an administrator can do about it. */
export function Pins({
  name,
  containers,
  deviceNames,
  manages,
}: {
  /** Whose they are, as a person reads it. */
  name: string;
  containers: readonly ContainerState[];
  deviceNames: ReadonlyMap<string, string>;
  manages: boolean;
}) {
  if (containers.length === 0) return null;
  return (
    <Section
      title={containers.length === 1 ? 'PIN of the software key' : 'PINs of software keys'}
      level={3}
      note="A browser keeps such a key itself, behind a PIN whose tries are counted here. Nobody but its person ever sees the PIN."
    >
      <ul className="divide-y divide-line rounded-card border border-line">
        {containers.map((container) => {
          const device = deviceNames.get(container.deviceId) ?? 'a device';
          return (
            <li key={container.id} className="flex flex-col gap-3 p-3">
              <div className="flex flex-wrap items-baseline justify-between gap-x-3 gap-y-1">
                <a
                  href={address('/admin/devices', { device: container.deviceId })}
                  className="link text-14 font-semibold wrap-anywhere"
                >
                  {device}
                </a>
                <States container={container} />
              </div>
              <Facts tight facts={factsOf(container)} />
              {manages ? <PinActions container={container} name={name} device={device} /> : null}
            </li>
          );
        })}
      </ul>
    </Section>
  );
}

function States({ container }: { container: ContainerState }) {
  const { stoppedUntil, pinChangeRequired, ladder } = container;
  return (
    <span className="flex flex-wrap gap-1.5">
      {stoppedUntil === null ? null : (
        <Badge tone="warning" icon={ladder.triesLeft === 0 ? <Lock size={12} /> : <Clock size={12} />}>
          {ladder.triesLeft === 0 ? 'No tries left' : 'Waits'}
        </Badge>
      )}
      {pinChangeRequired ? (
        <Badge tone="info" icon={<KeyRound size={12} />}>
          New PIN asked for
        </Badge>
      ) : null}
    </span>
  );
}

function factsOf({
  counter,
  ladder,
  forgottenAt,
  stoppedUntil,
  pinChangedAt,
  resetProtectorAt,
}: ContainerState): Fact[] {
  const wrong = wrongInARow(counter);
  return [
    {
      term: (
        <Term explains="Each try counts before it is answered, and a right PIN gives its own back. At 32 nothing is answered; one is forgotten every ten minutes, as a TPM does.">
          Tries that count
        </Term>
      ),
      value:
        forgottenAt === null ? (
          `None of ${TRIES_MAX}`
        ) : (
          <>
            <span className="figures">
              {counter.tries} of {TRIES_MAX}
            </span>
            , the next is forgotten <Time at={forgottenAt.toISOString()} />
          </>
        ),
    },
    ...(wrong === 0
      ? []
      : [{ term: 'Wrong in a row', value: <span className="figures">{wrong}</span> } satisfies Fact]),
    ...waits(ladder.phraseNeeded, stoppedUntil),
    {
      term: 'PIN set',
      value: pinChangedAt === null ? 'Not known' : <Time at={pinChangedAt.toISOString()} form="absolute" />,
    },
    {
      term: (
        <Term explains="With one, and while policy has EnablePinRecovery, a forgotten PIN is reset without losing the key.">
          PIN reset protector
        </Term>
      ),
      value:
        resetProtectorAt === null ? (
          'No: a forgotten PIN takes a new key'
        ) : (
          <>
            Yes, since <Time at={resetProtectorAt.toISOString()} form="day" />
          </>
        ),
    },
  ];
}

function waits(phraseNeeded: boolean, stoppedUntil: Date | null): Fact[] {
  if (stoppedUntil === null)
    return phraseNeeded ? [{ term: 'Next try', value: `Asks for the phrase ${PHRASE} first` }] : [];
  const value: ReactNode = (
    <>
      Nothing is answered until <Time at={stoppedUntil.toISOString()} form="absolute" />
    </>
  );
  return [{ term: 'Next try', value }];
}

function PinActions({
  container,
  name,
  device,
}: {
  container: ContainerState;
  name: string;
  device: string;
}) {
  const { id: containerId, counter, pinChangeRequired } = container;
  const first = name.split(' ')[0] ?? name;
  const isTouched = counter.tries > 0 || wrongInARow(counter) > 0;
  if (!isTouched && pinChangeRequired) return null;
  return (
    <div className="flex flex-wrap gap-2">
      {isTouched ? (
        <Act
          trigger={{ label: 'Clear the tries', size: 'small', icon: <Eraser size={16} /> }}
          title={`Clear the tries at the PIN of ${name} on ${device}?`}
          confirmLabel={
            counter.tries === 0 ? 'End the wait' : `Clear ${counted(counter.tries, 'try', 'tries')}`
          }
          pendingLabel="Clearing"
          tone="primary"
          action={clearPinTries}
          input={{ containerId }}
          done={`${first} can enter the PIN on ${device} again at once.`}
        >
          <p>
            All {TRIES_MAX} tries are there again, without a wait: for {first}, and for anybody else who sits
            at that browser.
          </p>
          <p>If it was not {first}, leave it: the wait ends by itself, and tries are forgotten one by one.</p>
        </Act>
      ) : null}
      {pinChangeRequired ? null : (
        <Act
          trigger={{ label: 'Ask for a new PIN', size: 'small', icon: <KeyRound size={16} /> }}
          title={`Ask ${name} for a new PIN on ${device}?`}
          confirmLabel="Ask at its next use"
          pendingLabel="Asking"
          tone="primary"
          action={askForNewPin}
          input={{ containerId }}
          done={`${first} is asked for a new PIN on ${device}.`}
        >
          <p>
            The present PIN still unlocks this key. Every page that {first} then opens leads to the choice of
            another PIN, also where a session is open now.
          </p>
          <p>The key stays the same, and other keys and passkeys are not touched.</p>
        </Act>
      )}
    </div>
  );
}
