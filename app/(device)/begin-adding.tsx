'use client';

import { Smartphone } from 'lucide-react';
import type { Route } from 'next';
import { useRouter } from 'next/navigation';
import { Actions } from '#ui/actions';
import { Button, ButtonLink } from '#ui/button';
import type { Trouble } from '../_device/trouble.ts';
import { TroubleNotice } from '../_device/trouble-notice.tsx';
import type { ConfirmationWays } from '../(sign-in)/confirm-with-code.tsx';
import { ConfirmFirst } from './confirm-first.tsx';

/** What adding a second factor takes. */
export interface Adding {
  readonly account: string;
  /** Whether there is a proof that is recent enough. */
  readonly fresh: boolean;
  readonly ways: ConfirmationWays;
  /** This page. */
  readonly here: Route;
  /** Where it leads on to. */
  readonly back: Route;
}

/** The first step: a fresh proof, and then the code to scan. */
export function BeginAdding({
  account,
  fresh,
  ways,
  here,
  back,
  trouble,
  onTrouble,
  pending,
  onBegin,
}: Adding & {
  trouble: Trouble | null;
  onTrouble: (trouble: null) => void;
  pending: string | false;
  onBegin: () => void;
}) {
  const router = useRouter();
  return (
    <>
      <TroubleNotice trouble={trouble?.code === 'proof_required' ? null : trouble} />
      {fresh ? (
        <Actions>
          <Button
            tone="primary"
            size="large"
            icon={<Smartphone size={20} aria-hidden />}
            pending={pending}
            onClick={onBegin}
          >
            Show the code to scan
          </Button>
          <ButtonLink href={back} tone="quiet">
            Not now
          </ButtonLink>
        </Actions>
      ) : (
        <ConfirmFirst
          ways={ways}
          account={account}
          here={here}
          onConfirmed={() => {
            onTrouble(null);
            router.refresh();
          }}
        />
      )}
    </>
  );
}
