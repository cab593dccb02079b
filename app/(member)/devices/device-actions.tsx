'use client';

import { removeDeviceAction, renameDeviceAction, reportDeviceLostAction } from '../actions.ts';
import { Remove, Rename } from '../change.tsx';
import { KeysLeft } from '../keys-left.tsx';

export function DeviceActions({
  id,
  name,
  keys,
  keysLeft,
  password,
  here,
}: {
  id: string;
  name: string;
  keys: number;
  /** Keys that get this person in without those made here. */
  keysLeft: number;
  /** Whether there is a password to come back with. */
  password: boolean;
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
      <Remove
        label="Report lost"
        title={`Report ${name} lost?`}
        confirmLabel={`Report ${name} lost`}
        remove={() => reportDeviceLostAction({ deviceId: id })}
        {...(here ? { leave: '/sign-in' } : {})}
      >
        <p>
          The device is disabled,{' '}
          {keys === 0
            ? 'it has no keys to stop'
            : keys === 1
              ? 'the key made on it stops for good'
              : `the ${keys} keys made on it stop for good`}
          , and everybody signed in there with your account is signed out.
        </p>
        {here ? <p>You are using it now: you will be signed out here.</p> : null}
        <KeysLeft keys={keysLeft} password={password} />
        <p>If it turns up again, an administrator can enable it, and you make a new key there.</p>
      </Remove>
    </div>
  );
}
