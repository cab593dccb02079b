'use client';

import { ExternalLink } from 'lucide-react';
import type { Route } from 'next';
import { type KeepingObstacle, obstacleWords } from '#domain/pin-reset';
import { Actions } from '#ui/actions';
import { Button, ButtonLink } from '#ui/button';
import { Notice } from '#ui/notice';
import { WINDOWS_HELLO_SETTINGS } from '../../_device/trouble.ts';
import { useOnWindows } from '../../_device/use-on-windows.ts';
import { ResetKinds } from './reset-kinds.tsx';

/** What is known beforehand of the reset on this device. */
export interface ExplainedPlan {
  /** The key is one that this browser keeps itself. */
  readonly container: boolean;
  /** Why that one cannot be kept; null where it can. */
  readonly obstacle: KeepingObstacle | null;
  /** Where a PC offers less than this page. */
  readonly limits: readonly string[];
}

/** Why this reset makes a new key. */
function notKept({ container, obstacle }: ExplainedPlan): string {
  if (!container)
    return 'The other one is not possible here: the system keeps this key, and only the system could keep it through a reset.';
  return obstacle === null
    ? 'The other one is possible here, too.'
    : `The other one is not possible here. ${obstacleWords(obstacle)}`;
}

/** What is kept and what is lost, before anything starts; and the system's own way, which Latchkey cannot see. */
export function Explain({
  deviceName,
  plan,
  back,
  onGoOn,
}: {
  deviceName: string;
  plan: ExplainedPlan;
  back: Route;
  onGoOn: () => void;
}) {
  const windows = useOnWindows();
  return (
    <>
      <p className="max-w-line">
        Nobody can read your PIN, so nobody can give it back. You confirm another way that it is you, and{' '}
        {deviceName} makes a new key. Nothing changes before that key is here.
      </p>
      <ResetKinds now="destructive" otherwise={notKept(plan)} />
      {plan.container ? null : <SystemPin windows={windows} limits={plan.limits} />}
      <Actions>
        <Button tone="primary" size="large" onClick={onGoOn}>
          Continue
        </Button>
        <ButtonLink href={back} tone="quiet">
          Not now
        </ButtonLink>
      </Actions>
    </>
  );
}

/** A key that the system keeps has the system's own PIN, which only the system can reset. */
function SystemPin({ windows, limits }: { windows: boolean; limits: readonly string[] }) {
  return (
    <Notice
      tone="info"
      live="none"
      title={
        windows ? 'On Windows, reset the PIN itself in Windows first' : "The PIN itself is your system's own"
      }
      action={
        windows ? (
          <ButtonLink href={WINDOWS_HELLO_SETTINGS as Route} icon={<ExternalLink size={16} aria-hidden />}>
            Open Sign-in options
          </ButtonLink>
        ) : undefined
      }
    >
      {windows
        ? `Settings, Accounts, Sign-in options, PIN, “I forgot my PIN”. Windows then throws away the keys that the old PIN opened, this one too. Come back here for a new one. ${limits.join(' ')}`
        : 'If its dialog asks for a PIN that you no longer know, change that in the system settings first. Then come back here for a new key.'}
    </Notice>
  );
}
