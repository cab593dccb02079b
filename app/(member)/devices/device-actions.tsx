'use client';

import { removeDeviceAction, renameDeviceAction } from '../actions.ts';
import { Remove, Rename } from '../change.tsx';

export function DeviceActions({
  id,
  name,
  keys,
  here,
}: {
  id: string;
  name: string;
  keys: number;
  here: boolean;
}) {
  return (
    <div className="-ml-3 flex flex-wrap gap-2">
      <Rename what={name} current={name} rename={(to) => renameDeviceAction({ deviceId: id, name: to })} />
      <Remove
        label="Remove"
        title={`Remove ${name}?`}
        confirmLabel={`Remove ${name}`}
        remove={() => removeDeviceAction({ deviceId: id })}
        {...(here ? { leave: '/sign-in' } : {})}
      >
        <p>
          {keys === 0
            ? 'It has no keys.'
            : keys === 1
              ? 'The key made on it stops working.'
              : `The ${keys} keys made on it stop working.`}{' '}
          Everybody signed in there with your account is signed out.
        </p>
        {here ? <p>That is this device: you will be signed out now.</p> : null}
      </Remove>
    </div>
  );
}
