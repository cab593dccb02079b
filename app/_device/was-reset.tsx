'use client';

import type { Route } from 'next';
import { useEffect, useState } from 'react';
import { ButtonLink } from '#ui/button';
import { readMachine } from './machine.ts';
import { knownProfiles } from './profile.ts';
import type { Trouble } from './trouble.ts';

/** What a device says that should hold a key and does not answer with it. None of these tells why. */
const SILENT = new Set(['NotAllowedError', 'UnknownError', 'credential_unknown']);

/**
 * After a failed ask, on a device that should hold a key: the way to a new one. Latchkey cannot see what happened in the
 * system's own settings, so it asks.
 */
export function WasReset({ trouble, href }: { trouble: Trouble | null; href: Route }) {
  const [system, setSystem] = useState<string | null>(null);

  useEffect(() => {
    if (trouble === null || !SILENT.has(trouble.code)) return setSystem(null);
    void Promise.all([knownProfiles(), readMachine()]).then(([profiles, { os }]) =>
      setSystem(profiles.length === 0 ? null : os === 'Windows' ? 'Windows' : 'this device'),
    );
  }, [trouble]);

  if (system === null) return null;
  return <ButtonLink href={href}>{`Was ${system} reset? Make a new key`}</ButtonLink>;
}
