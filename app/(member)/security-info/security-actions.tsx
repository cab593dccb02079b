'use client';

import {
  deletePassAction,
  endSessionAction,
  removeAppAction,
  removeKeyAction,
  renameAppAction,
  renameKeyAction,
} from '../actions.ts';
import { Press, Remove, Rename } from '../change.tsx';

export function KeyActions({ id, name, hello }: { id: string; name: string; hello: boolean }) {
  return (
    <div className="flex flex-wrap gap-2">
      <Rename what={name} current={name} rename={(to) => renameKeyAction({ credentialId: id, name: to })} />
      <Remove
        label="Remove"
        title={`Remove the key “${name}”?`}
        confirmLabel="Remove this key"
        remove={() => removeKeyAction({ credentialId: id })}
      >
        <p>It will never sign you in again, and sessions that it opened elsewhere end now.</p>
        <p>{hello ? 'You can set up this device again at any time.' : 'Your other keys stay as they are.'}</p>
      </Remove>
    </div>
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

export function AppActions({ id, name, last }: { id: string; name: string; last: boolean }) {
  return (
    <div className="flex flex-wrap gap-2">
      <Rename what={name} current={name} rename={(to) => renameAppAction({ appId: id, name: to })} />
      <Remove
        label="Remove"
        title={`Remove the authenticator app “${name}”?`}
        confirmLabel="Remove this app"
        remove={() => removeAppAction({ appId: id })}
      >
        <p>Its codes stop working, and sessions elsewhere that one of them opened or confirmed end now.</p>
        <p>
          {last
            ? 'It is your last one: your password alone gets you in again, and registers nothing.'
            : 'Your other apps stay as they are.'}
        </p>
      </Remove>
    </div>
  );
}
