import { CirclePlay, CircleStop, MapPinOff, Trash2 } from 'lucide-react';
import type { Route } from 'next';
import type { DeviceSummary } from '#server/device';
import { Act } from '../outcomes.tsx';
import { counted } from '../words.ts';
import { changeDevice, reportDeviceLost } from './actions.ts';

/** What an administrator can do to a device; each says what ends with it. */
export function DeviceActions({
  device,
  sessions,
  keysElsewhere,
  yours = false,
  thenHref,
}: {
  device: DeviceSummary;
  /** Live sessions on it. */
  sessions: number;
  /** Keys that get its owner in without those made on it. */
  keysElsewhere: number;
  /** Whether the administrator sits at it. */
  yours?: boolean | undefined;
  /** Where to go when the device is gone. */
  thenHref?: Route | undefined;
}) {
  const whose = `${device.name} of ${device.owner.displayName}`;
  const ends = counted(sessions, 'live session');
  const keys = counted(device.keys, 'key');
  const losesAll = device.softwareKeys > 0 && device.softwareKeys === device.keys;
  return (
    <div className="flex flex-wrap gap-2">
      {device.disabledAt === null ? (
        <Act
          trigger={{ label: 'Disable', size: 'small', icon: <CircleStop size={16} /> }}
          title={`Disable ${whose}?`}
          confirmLabel={`Disable 1 device${device.softwareKeys === 0 ? '' : ` and revoke ${counted(device.softwareKeys, 'software key')}`}`}
          pendingLabel="Disabling"
          action={changeDevice}
          input={{ deviceId: device.id, change: 'disable' as const }}
          done={`${device.name} is disabled.`}
        >
          <p>
            This ends {ends} there at once, and {keys} made on it cannot sign in, from any browser.
          </p>
          {yours ? <YoursToo /> : null}
          {device.softwareKeys === 0 ? (
            <p>Nothing is lost: enabling the device brings its keys back.</p>
          ) : (
            <WipesToo device={device} />
          )}
          {losesAll && keysElsewhere === 0 ? <NoKeyLeft name={device.owner.displayName} /> : null}
        </Act>
      ) : (
        <Act
          trigger={{ label: 'Enable', size: 'small', icon: <CirclePlay size={16} /> }}
          title={`Enable ${whose}?`}
          confirmLabel="Enable 1 device"
          pendingLabel="Enabling"
          tone="primary"
          action={changeDevice}
          input={{ deviceId: device.id, change: 'enable' as const }}
          done={`${device.name} is enabled.`}
        >
          <p>
            {device.keys === 0
              ? `${device.owner.displayName} can use it again. No key is left on it: a new one has to be made there.`
              : `${device.owner.displayName} can sign in there again, with ${keys} made on it.`}
          </p>
        </Act>
      )}
      {device.disabledAt !== null && device.keys === 0 ? null : (
        <Act
          trigger={{ label: 'Report lost', size: 'small', icon: <MapPinOff size={16} /> }}
          title={`Report ${whose} lost?`}
          confirmLabel={`Disable 1 device${device.keys === 0 ? '' : ` and revoke ${keys}`}`}
          pendingLabel="Reporting"
          action={reportDeviceLost}
          input={{ deviceId: device.id }}
          done={`${device.name} is reported lost.`}
        >
          <p>
            This disables the device, ends {ends} there and revokes {keys} made on it for good. Its
            certificate is put on hold.
          </p>
          {yours ? <YoursToo /> : null}
          {device.keys > 0 && keysElsewhere === 0 ? <NoKeyLeft name={device.owner.displayName} /> : null}
          <p>
            Found again, it can be enabled; a new key has to be made there. {device.owner.displayName} is
            told.
          </p>
        </Act>
      )}
      <Act
        trigger={{ label: 'Delete', size: 'small', icon: <Trash2 size={16} /> }}
        title={`Delete ${whose}?`}
        confirmLabel={`Delete 1 device${device.keys === 0 ? '' : ` and revoke ${keys}`}`}
        pendingLabel="Deleting"
        action={changeDevice}
        input={{
          deviceId: device.id,
          change: 'delete' as const,
          evenLast: device.keys > 0 && keysElsewhere === 0,
        }}
        done={`${device.name} is deleted.`}
        thenHref={thenHref}
      >
        <p>
          This ends {ends}, revokes {keys} made on it and forgets {counted(device.profiles.length, 'browser')}{' '}
          registered for it.
        </p>
        {yours ? <YoursToo /> : null}
        {device.keys > 0 && keysElsewhere === 0 ? <NoKeyLeft name={device.owner.displayName} /> : null}
        <p>It cannot be undone: {device.owner.displayName} would register it again and make a new key.</p>
      </Act>
    </div>
  );
}

function YoursToo() {
  return <p className="font-semibold text-ink">You are using this device now: you are signed out as well.</p>;
}

/** A browser's own keys are destroyed on the server: that cannot wait for the device to come back. */
function WipesToo({ device: { keys, softwareKeys } }: { device: DeviceSummary }) {
  return (
    <>
      <p className="font-semibold text-ink">
        {softwareKeys === 1
          ? 'The software key that its browser keeps is revoked for good: no PIN opens it again.'
          : `${softwareKeys} software keys that its browsers keep are revoked for good: no PIN opens them again.`}
      </p>
      <p>
        {keys === softwareKeys
          ? 'Enabling the device brings no key back: a new one has to be made there.'
          : `Enabling the device brings ${counted(keys - softwareKeys, 'other key')} back.`}
      </p>
    </>
  );
}

function NoKeyLeft({ name }: { name: string }) {
  return (
    <p className="font-semibold text-ink">
      {name} has no other key that works: this takes their last one. Only a pass leads to a new one.
    </p>
  );
}
