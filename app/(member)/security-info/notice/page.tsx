import { BellOff } from 'lucide-react';
import type { Metadata } from 'next';
import type { ReactNode } from 'react';
import { noticeOf, type Remedy } from '#domain/notice';
import { listCredentials } from '#server/credential';
import { listDevices } from '#server/device';
import { readPasswordState } from '#server/identity';
import { readNotice } from '#server/notice';
import { memberPage } from '#server/page';
import { listSecondFactors } from '#server/second-factor';
import { listSessions } from '#server/session';
import { readPass } from '#server/temporary-access-pass';
import { ButtonLink } from '#ui/button';
import { EmptyState } from '#ui/empty-state';
import { Time } from '#ui/time';
import { DeviceActions } from '../../devices/device-actions.tsx';
import { MemberPage } from '../../member-page.tsx';
import { noticeSentence } from '../../told.tsx';
import { EndSession, PassActions, ReportKeyLost, SecondFactorActions } from '../security-actions.tsx';

export const metadata: Metadata = { title: 'This wasn’t me' };

/** What to do about a notice of something that one did not do: undo it, close every other session, call for help. */
export default async function NoticePage({
  searchParams,
}: {
  searchParams: Promise<Record<string, string | string[] | undefined>>;
}) {
  const { runtime, caller } = await memberPage();
  const { session } = caller;
  const { userId } = session;
  const { id } = await searchParams;
  const notice = typeof id === 'string' ? await readNotice(runtime, userId, id.slice(0, 64)) : null;
  if (notice === null) {
    return (
      <MemberPage session={session} title="There is no such notice" wide={false}>
        <EmptyState
          icon={<BellOff size={32} aria-hidden />}
          title="Notices about your account lead here"
          action={<ButtonLink href="/security-info">Security info</ButtonLink>}
        >
          This one is gone: it was too old, or the link is not right.
        </EmptyState>
      </MemberPage>
    );
  }
  const [keys, devices, factors, pass, password, sessions] = await Promise.all([
    listCredentials(runtime, userId),
    listDevices(runtime, { userId }),
    listSecondFactors(runtime.db, userId),
    readPass(runtime, userId),
    readPasswordState(runtime, userId),
    listSessions(runtime, userId),
  ]);
  const { facts } = notice;
  const usable = keys.filter((each) => each.usable);
  const key = keys.find((each) => each.id === facts.credentialId);
  const factor = factors.find((each) => each.id === facts.credentialId);
  const device = devices.find((each) => each.id === facts.deviceId && each.disabledAt === null);
  const others = sessions.filter((each) => each.id !== session.id).length;
  const remedy = (noticeOf(notice.code) ?? noticeOf(notice.code, 'failure'))?.remedy ?? 'call';

  const undo: Readonly<Record<Remedy, ReactNode>> = {
    key: key ? (
      <Step title="Stop the key" about={`“${key.name}” then opens nothing any more.`}>
        <ReportKeyLost
          id={key.id}
          name={key.name}
          keysLeft={usable.filter((each) => each.id !== key.id).length}
          password={password !== null}
          here={session.proofs.some(({ credentialId }) => credentialId === key.id)}
        />
      </Step>
    ) : null,
    second_factor: factor ? (
      <Step
        title={factor.kind === 'totp' ? 'Remove the app' : 'Remove the phone'}
        about={`“${factor.name}” then lets nobody in any more.`}
      >
        <SecondFactorActions factor={factor} mayPrefer={false} last={factors.length === 1} />
      </Step>
    ) : null,
    device: device ? (
      <Step title="Report the device lost" about={`${device.name} is then disabled, and its keys stop.`}>
        <DeviceActions
          id={device.id}
          name={device.name}
          keys={device.keys}
          keysLeft={usable.filter(({ deviceId }) => deviceId !== device.id).length}
          password={password !== null}
          here={device.id === session.deviceId}
        />
      </Step>
    ) : null,
    password: (
      <Step title="Choose a new password" about="If you still know the present one.">
        <ButtonLink href="/security-info/password" size="small">
          Change your password
        </ButtonLink>
      </Step>
    ),
    pass: pass ? (
      <Step title="Delete the pass" about="It then opens nothing, and a set-up that began with it stops.">
        <PassActions />
      </Step>
    ) : null,
    call: null,
  };

  return (
    <MemberPage
      session={session}
      title="If this wasn’t you"
      intro={
        <>
          {noticeSentence(notice)} That was <Time at={notice.at.toISOString()} form="absolute" />.
        </>
      }
    >
      <ol className="flex flex-col divide-y divide-line">
        {undo[remedy]}
        {others === 0 ? null : (
          <Step
            title="End every other session"
            about={`${others === 1 ? 'One other session is' : `${others} other sessions are`} open. This one goes on.`}
          >
            <EndSession id="others" label="End all others" />
          </Step>
        )}
        <Step
          title="Call your administrator"
          about="On a number that you know, not on one from a message. Say when it was: they see in the event log who did it."
        />
      </ol>
    </MemberPage>
  );
}

function Step({ title, about, children }: { title: string; about: string; children?: ReactNode }) {
  return (
    <li className="flex flex-wrap items-center justify-between gap-x-6 gap-y-2 py-4">
      <span className="flex min-w-0 grow basis-64 flex-col">
        <span className="font-semibold">{title}</span>
        <span className="max-w-line text-14 text-ink-soft wrap-anywhere">{about}</span>
      </span>
      {children}
    </li>
  );
}
