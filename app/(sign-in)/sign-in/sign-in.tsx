'use client';

import { Fingerprint, LockKeyhole } from 'lucide-react';
import type { Route } from 'next';
import type { ComponentProps } from 'react';
import { useCallback, useEffect, useRef, useState } from 'react';
import type { AuthenticationAnswer } from '#domain/wire';
import { Actions } from '#ui/actions';
import { Button, ButtonLink } from '#ui/button';
import { Field } from '#ui/field';
import { OtherWays } from '#ui/other-ways';
import { Waiting } from '#ui/waiting';
import { authenticate, authenticateByAutofill } from '../../_device/ceremonies.ts';
import { useContainers } from '../../_device/key-container/use-containers.ts';
import { stopPending } from '../../_device/platform-authenticator.ts';
import { enter } from '../../_device/tabs.tsx';
import type { Outcome, Trouble } from '../../_device/trouble.ts';
import { TroubleNotice } from '../../_device/trouble-notice.tsx';

/** Signs in with a key: from autofill as soon as the page is there, or by the button. */
export function SignIn({
  ways,
  next = '/',
}: {
  ways: ComponentProps<typeof OtherWays>['ways'];
  /** Where it leads. */
  next?: Route;
}) {
  const kept = useContainers();
  // Whose PIN, or the device.
  const [asking, setAsking] = useState<string | null>(null);
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const autofill = useRef<AbortController | null>(null);

  const finish = useCallback(
    (outcome: Outcome<AuthenticationAnswer>) => {
      if (outcome.ok) enter(next);
      else setTrouble(outcome.trouble);
    },
    [next],
  );

  const offerAutofill = useCallback(() => {
    autofill.current?.abort();
    const controller = new AbortController();
    autofill.current = controller;
    void authenticateByAutofill(controller.signal).then((outcome) => {
      if (outcome !== null && !controller.signal.aborted) finish(outcome);
    });
  }, [finish]);

  useEffect(() => {
    offerAutofill();
    return () => {
      autofill.current?.abort();
      stopPending();
    };
  }, [offerAutofill]);

  async function signIn(about?: string) {
    autofill.current?.abort();
    setTrouble(null);
    setAsking(about ?? 'device');
    const outcome = await authenticate('sign-in', { about, withPin: about !== undefined });
    finish(outcome);
    if (outcome.ok) return;
    setAsking(null);
    offerAutofill();
  }

  return (
    <div className="flex flex-col gap-6">
      <TroubleNotice trouble={trouble} action={wayOn(trouble)} />
      {asking === 'device' ? (
        <Waiting title="Asking your device" icon={<Fingerprint size={32} aria-hidden />}>
          Look for the system's dialog. On Windows it is called Windows Security.
        </Waiting>
      ) : null}
      <Field
        label="Your account"
        name="account"
        type="text"
        autoComplete="username webauthn"
        hint="Choose a key that your browser offers here, or use the button. Nothing you type here is sent."
        spellCheck={false}
        autoCapitalize="none"
      />
      <Actions others={<OtherWays ways={ways} title="Other ways to sign in" />}>
        {kept?.map(({ userHandle, name }) => (
          <Button
            key={userHandle}
            tone="primary"
            size="large"
            icon={<LockKeyhole size={20} aria-hidden />}
            pending={asking === userHandle && 'Asking for your PIN'}
            onClick={() => signIn(userHandle)}
          >
            Sign in as {name} with your PIN
          </Button>
        ))}
        <Button
          tone={kept?.length ? 'secondary' : 'primary'}
          size="large"
          icon={<Fingerprint size={20} aria-hidden />}
          pending={asking === 'device' && 'Asking your device'}
          onClick={() => signIn()}
        >
          Sign in with a key
        </Button>
      </Actions>
    </div>
  );
}

/** Where a refused sign-in leads on to. */
function wayOn(trouble: Trouble | null) {
  if (trouble?.code === 'device_unknown') {
    const name = String(trouble.facts?.deviceName ?? 'the device');
    return (
      <ButtonLink href="/sign-in/pass?then=add-browser" tone="secondary">
        {`Add this browser to ${name}`}
      </ButtonLink>
    );
  }
  return undefined;
}
