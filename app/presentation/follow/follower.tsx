'use client';

import type { Route } from 'next';
import { useEffect, useState } from 'react';
import { type Followed, followed } from '#domain/presentation/shared';
import { ButtonLink } from '#ui/button';
import { Waiting } from '#ui/waiting';
import { type Connection, keepConnected } from '../../_device/live.ts';
import { AudienceView } from '../audience/audience.tsx';

/** Shows what the presenter's audience sees, as long as the presentation lasts; without a connection the last of it. */
export function Follower({ tenant }: { tenant: string }) {
  const [told, setTold] = useState<Followed | null>(null);
  const [connection, setConnection] = useState<Connection>('connecting');

  useEffect(() => {
    const end = () => {
      setTold({ over: true });
      return 'over';
    };
    return keepConnected({
      open: (signal) => fetch('/api/presentation/stream', { cache: 'no-store', signal }),
      take: (come) => {
        const last = come.at(-1);
        const next = last && followed.parse(JSON.parse(last.data));
        if (next !== undefined && 'over' in next) return end();
        if (next !== undefined) setTold(next);
        return undefined;
      },
      refused: (code) => (code === 'not_found' ? end() : undefined),
      tell: setConnection,
    });
  }, []);

  if (told === null)
    return (
      <main className="grid min-h-dvh place-items-center px-4">
        <h1 className="sr-only">Presentation</h1>
        <Waiting title="Waiting for the presentation">
          {connection === 'reconnecting'
            ? "We can't reach it now: there is no connection, or this device shows it in too many tabs. We go on trying."
            : null}
        </Waiting>
      </main>
    );
  if ('over' in told)
    return (
      <main className="flex min-h-dvh flex-col items-center justify-center gap-6 px-4 text-center">
        <h1 className="text-28 font-semibold">The presentation is over</h1>
        <ButtonLink href={'/presentation/join' as Route}>Type another code</ButtonLink>
      </main>
    );
  return (
    <>
      <AudienceView show={told} tenant={tenant} />
      {connection === 'reconnecting' && !told.blank ? (
        <p
          role="status"
          className="fixed right-4 bottom-4 rounded-inner border border-line bg-surface px-4 py-2 text-14"
        >
          Connecting again
        </p>
      ) : null}
    </>
  );
}
