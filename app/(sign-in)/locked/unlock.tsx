'use client';

import {
  BellRing,
  Check,
  Fingerprint,
  KeyRound,
  Landmark,
  LifeBuoy,
  LockKeyhole,
  LogOut,
  Smartphone,
  Ticket,
} from 'lucide-react';
import type { Route } from 'next';
import { useEffect, useState } from 'react';
import type { ProofKind } from '#domain/authentication';
import { methodWords } from '#domain/session';
import type { WebSignIn } from '#domain/web-sign-in';
import { Actions } from '#ui/actions';
import { Button, ButtonLink } from '#ui/button';
import { Notice } from '#ui/notice';
import { answered, unanswered } from '../../_device/answered.ts';
import { authenticate } from '../../_device/ceremonies.ts';
import { useContainer } from '../../_device/key-container/use-containers.ts';
import { sendForm } from '../../_device/send-form.ts';
import { enter, SessionWatch } from '../../_device/tabs.tsx';
import type { Trouble } from '../../_device/trouble.ts';
import { TroubleNotice } from '../../_device/trouble-notice.tsx';
import { drawWayBack, leaveFor } from '../../_device/upstream.ts';
import { federatedUnlockAction, signOutAction } from '../actions.ts';
import { SignInByPhone } from '../approve-on-phone.tsx';
import { ConfirmWithCode } from '../confirm-with-code.tsx';
import { PassForm } from '../pass-form.tsx';

/** What a pass does where it does not open the lock. */
const passWords = {
  pin_reset:
    "A pass doesn't open this lock, because a key of yours is on this device. It lets you reset the PIN of that key.",
  provisioning: "A pass doesn't open this lock here. It lets you make a key on this device, which does.",
} as const;

/** Opens the lock with a key, or with another strong proof. A password alone does not. */
export function Unlock({
  account,
  userHandle,
  next,
  canUseKey,
  canUseCode,
  pass,
  phone,
  shown,
  leaveOut,
  organisation,
  told,
}: {
  account: string;
  userHandle: string;
  /** Where it leads. */
  next: Route;
  canUseKey: boolean;
  canUseCode: boolean;
  /** Whether a pass opens the lock, and what it opens else. */
  pass: 'opens' | WebSignIn['leadsTo'];
  /** Whether a phone opens the lock by itself. */
  phone: boolean;
  /** What was proven since the lock, and does not open it alone. */
  shown: readonly ProofKind[];
  /** Authenticators' IDs of keys that are not asked for. */
  leaveOut: readonly string[];
  /** The federated domain whose provider this lock may be opened at; null where none may. */
  organisation: string | null;
  /** What the way back from there ended with. */
  told: Trouble | null;
}) {
  /** One proof is shown, and there is no other to show. */
  const stuck = shown.length > 0 && !canUseKey && !canUseCode && organisation === null;
  const otherwise = leaveOut.length > 0;
  const keyIcon = otherwise ? <KeyRound size={20} aria-hidden /> : <Fingerprint size={20} aria-hidden />;
  const withPin = useContainer(userHandle) === true && !otherwise;
  const [asking, setAsking] = useState(false);
  const [way, setWay] = useState<'key' | 'pass' | 'phone' | 'code' | 'organisation'>(
    canUseKey ? 'key' : canUseCode ? 'code' : organisation === null ? 'pass' : 'organisation',
  );
  const [trouble, setTrouble] = useState<Trouble | null>(told);
  const ended = told?.code;
  useEffect(() => {
    if (ended !== undefined) void drawWayBack({ problem: ended });
  }, [ended]);

  /** With the PIN of this browser where it keeps a key; with any other on request, and where that one is left out. */
  async function unlock(about?: string) {
    setTrouble(null);
    setAsking(true);
    const outcome = await authenticate('unlock', { leaveOut, about, withPin: about !== undefined });
    if (outcome.ok) return enter(next);
    setAsking(false);
    setTrouble(outcome.trouble);
  }

  /** To the provider, and back with MFA that was made now. */
  async function goThere() {
    setTrouble(null);
    setAsking(true);
    try {
      const result = await sendForm('federated-unlock', federatedUnlockAction, {});
      // The button goes on waiting until the other site is there.
      if (result.ok) return await leaveFor(result.value.address);
      setTrouble(result.problem);
    } catch (error) {
      setTrouble(unanswered(error));
    }
    setAsking(false);
  }

  async function leave() {
    setTrouble(null);
    const answer = await answered(signOutAction());
    if (answer.ok || answer.problem.code === 'sign_in_required') enter('/sign-in');
    else setTrouble(answer.problem);
  }

  return (
    <div className="flex flex-col gap-6">
      <SessionWatch />
      <TroubleNotice trouble={trouble} />
      {shown.length === 0 ? null : (
        <p className="flex items-center gap-2 text-14">
          <Check size={20} className="shrink-0 text-success-ink" aria-hidden />
          Confirmed with {methodWords[shown[0] ?? 'hello']}
        </p>
      )}
      {stuck ? (
        <Notice
          tone="warning"
          live="none"
          title="You have no second way here"
          safe="Nothing of yours is lost. Signing out and in again takes one key."
        >
          Another key, or a password with a code, would open this lock.
        </Notice>
      ) : way === 'pass' ? (
        <>
          {pass === 'opens' ? null : <p className="max-w-line text-14 text-ink-soft">{passWords[pass]}</p>}
          <PassForm next={pass === 'opens' ? next : undefined} account={account} />
        </>
      ) : way === 'phone' ? (
        <SignInByPhone account={account} onIn={() => enter(next)} />
      ) : way === 'organisation' ? (
        <>
          <p className="max-w-line text-14 text-ink-soft">
            You sign in at {organisation} once more, with a second factor, and come back here.
          </p>
          <Actions>
            <Button
              tone="primary"
              size="large"
              icon={<Landmark size={20} aria-hidden />}
              pending={asking && 'Going to your organisation'}
              onClick={goThere}
            >
              Unlock at your organisation
            </Button>
          </Actions>
        </>
      ) : way === 'code' ? (
        <ConfirmWithCode account={account} onConfirmed={() => enter(next)} />
      ) : (
        <Actions>
          <Button
            tone="primary"
            size="large"
            icon={withPin ? <LockKeyhole size={20} aria-hidden /> : keyIcon}
            pending={asking && (withPin ? 'Asking for your PIN' : 'Asking your device')}
            onClick={() => unlock(withPin ? userHandle : undefined)}
          >
            {otherwise ? 'Unlock with another key' : withPin ? 'Unlock with your PIN' : 'Unlock'}
          </Button>
        </Actions>
      )}
      <div className="-ms-4 flex flex-col items-start">
        {way === 'key' || !canUseKey ? null : (
          <Button tone="quiet" icon={<Fingerprint size={16} aria-hidden />} onClick={() => setWay('key')}>
            Use a key instead
          </Button>
        )}
        {way === 'key' && withPin ? (
          <Button tone="quiet" icon={<KeyRound size={16} aria-hidden />} onClick={() => unlock()}>
            Use another key
          </Button>
        ) : null}
        {way === 'pass' || stuck ? null : (
          <Button tone="quiet" icon={<Ticket size={16} aria-hidden />} onClick={() => setWay('pass')}>
            Use a Temporary Access Pass
          </Button>
        )}
        {way === 'phone' || stuck || !phone ? null : (
          <Button tone="quiet" icon={<BellRing size={16} aria-hidden />} onClick={() => setWay('phone')}>
            Use your phone
          </Button>
        )}
        {way === 'code' || !canUseCode ? null : (
          <Button tone="quiet" icon={<Smartphone size={16} aria-hidden />} onClick={() => setWay('code')}>
            Use password and code
          </Button>
        )}
        {way === 'organisation' || organisation === null ? null : (
          <Button
            tone="quiet"
            icon={<Landmark size={16} aria-hidden />}
            onClick={() => setWay('organisation')}
          >
            Use your organisation's sign-in
          </Button>
        )}
        {otherwise ? null : (
          <ButtonLink href="/sign-in/recovery" tone="quiet" icon={<LifeBuoy size={16} aria-hidden />}>
            I forgot my PIN
          </ButtonLink>
        )}
        <form action={leave}>
          <Button type="submit" tone="quiet" icon={<LogOut size={16} aria-hidden />}>
            Sign out
          </Button>
        </form>
      </div>
    </div>
  );
}
