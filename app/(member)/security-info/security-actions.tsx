'use client';

import type { SecondFactorKind } from '#domain/second-factor';
import { ButtonLink } from '#ui/button';
import { Dialog } from '#ui/dialog';
import {
  deletePassAction,
  endSessionAction,
  preferSecondFactorAction,
  removeKeyAction,
  removeSecondFactorAction,
  renameKeyAction,
  renameSecondFactorAction,
  reportKeyLostAction,
} from '../actions.ts';
import { Press, Remove, Rename } from '../change.tsx';
import { KeysLeft } from '../keys-left.tsx';

export function KeyActions({
  id,
  name,
  hello,
  last,
  keysLeft,
  password,
  here,
}: {
  id: string;
  name: string;
  hello: boolean;
  /** Whether no other key gets this person in. */
  last: boolean;
  /** Keys that get this person in without this one. */
  keysLeft: number;
  /** Whether there is a password to come back with. */
  password: boolean;
  /** Whether this session began with it, or was confirmed with it. */
  here: boolean;
}) {
  return (
    <div className="flex flex-wrap gap-2">
      <Rename what={name} current={name} rename={(to) => renameKeyAction({ credentialId: id, name: to })} />
      {last ? (
        <Dialog
          trigger={{ label: 'Remove', size: 'small', tone: 'quiet' }}
          title="This is your last key"
          intro="Without it you could not get in any more, so it can't be removed."
        >
          <div className="flex flex-col gap-4 text-14">
            <p>
              To replace it, add another key first. If you have lost it, close this and choose “Report lost”:
              then it stops at once.
            </p>
            <div>
              <ButtonLink href="/passkey" tone="primary">
                Add a passkey
              </ButtonLink>
            </div>
          </div>
        </Dialog>
      ) : (
        <Remove
          label="Remove"
          title={`Remove the key “${name}”?`}
          confirmLabel="Remove this key"
          remove={() => removeKeyAction({ credentialId: id })}
        >
          <p>It will never sign you in again, and sessions that it opened elsewhere end now.</p>
          <p>
            {hello ? 'You can set up this device again at any time.' : 'Your other keys stay as they are.'}
          </p>
        </Remove>
      )}
      <ReportKeyLost id={id} name={name} keysLeft={keysLeft} password={password} here={here} />
    </div>
  );
}

/** Reports a key lost; says before what is left then. */
export function ReportKeyLost({
  id,
  name,
  keysLeft,
  password,
  here,
}: {
  id: string;
  name: string;
  keysLeft: number;
  password: boolean;
  here: boolean;
}) {
  return (
    <Remove
      label="Report lost"
      title={`Report the key “${name}” lost?`}
      confirmLabel="Report it lost"
      remove={() => reportKeyLostAction({ credentialId: id })}
      {...(here ? { leave: '/sign-in' } : {})}
    >
      <p>It stops working at once and for good, and everybody whom it let in is signed out.</p>
      {here ? <p>This session is one of them: you will be signed out here.</p> : null}
      <KeysLeft keys={keysLeft} password={password} />
    </Remove>
  );
}

export function EndSession({ id, label, here = false }: { id: string; label: string; here?: boolean }) {
  return (
    <Press
      label={label}
      press={() => endSessionAction({ sessionId: id })}
      {...(here ? { leave: '/sign-in' } : {})}
    />
  );
}

export function PassActions() {
  return (
    <Remove
      label="Delete"
      title="Delete your Temporary Access Pass?"
      confirmLabel="Delete the pass"
      remove={deletePassAction}
    >
      <p>It stops working now. Your keys stay as they are.</p>
    </Remove>
  );
}

export function SecondFactorActions({
  factor,
  mayPrefer,
  last,
}: {
  factor: { readonly kind: SecondFactorKind; readonly id: string; readonly name: string };
  /** Whether the other kind is asked for first as yet. */
  mayPrefer: boolean;
  last: boolean;
}) {
  const { kind, id, name } = factor;
  const phone = kind === 'authenticator';
  return (
    <div className="flex flex-wrap gap-2">
      {mayPrefer ? (
        <Press label="Ask for this first" press={() => preferSecondFactorAction({ preferred: kind })} />
      ) : null}
      <Rename what={name} current={name} rename={(to) => renameSecondFactorAction({ kind, id, name: to })} />
      <Remove
        label="Remove"
        title={`Remove the ${phone ? 'phone' : 'authenticator app'} “${name}”?`}
        confirmLabel={phone ? 'Remove this phone' : 'Remove this app'}
        remove={() => removeSecondFactorAction({ kind, id })}
      >
        <p>
          {phone ? 'It approves nothing any more' : 'Its codes stop working'}, and sessions elsewhere that it
          let in or confirmed end now.
        </p>
        <p>
          {last
            ? 'It is your last one: your password alone gets you in again, and registers nothing.'
            : 'Your others stay as they are.'}
        </p>
      </Remove>
    </div>
  );
}
