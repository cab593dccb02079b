import type { Metadata } from 'next';
import { PHONE_LIMIT_PER_PERSON } from '#domain/authenticator';
import { TOTP_LIMIT_PER_PERSON } from '#domain/totp';
import { methodObstacles } from '#server/methods-policy';
import { signedInPage } from '#server/page';
import { countSecondFactors, secondFactorsOf } from '#server/second-factor';
import { Actions } from '#ui/actions';
import { ButtonLink } from '#ui/button';
import { Notice } from '#ui/notice';
import { type OtherWay, OtherWays } from '#ui/other-ways';
import { SecondFactorIcon } from '#ui/second-factor-icon';
import { Leave } from '../../(member)/leave.tsx';
import { adding, afterwards } from '../afterwards.ts';
import { DevicePage } from '../device-page.tsx';

export const metadata: Metadata = { title: 'Add a second factor' };

/** What to add beside the password. Also where somebody is led whose administrator asked for a new one. */
export default async function SecondFactorPage({
  searchParams,
}: {
  searchParams: Promise<{ readonly then?: string | string[] }>;
}) {
  const [{ runtime, caller }, { then }] = await Promise.all([signedInPage(), searchParams]);
  const { session } = caller;
  const { userId } = session;
  const [ways, off, phones, apps] = await Promise.all([
    secondFactorsOf(runtime.db, userId),
    methodObstacles(runtime.db, userId, 'register'),
    countSecondFactors(runtime.db, userId, 'authenticator'),
    countSecondFactors(runtime.db, userId, 'totp'),
  ]);
  const renewing = session.kind === 'registration' && session.method === 'password';
  if (renewing && !ways.outdated && ways.first !== null) {
    return (
      <DevicePage session={session} title="Your new second factor is set up">
        <Notice tone="success" title="Those from before are removed">
          Sign in once more, with the new one. Or set up Windows Hello here, and need no password any more.
        </Notice>
        <Actions>
          <Leave lock={false} />
          <ButtonLink href="/provision" tone="quiet">
            Set up Windows Hello
          </ButtonLink>
        </Actions>
      </DevicePage>
    );
  }
  const offered: (OtherWay | null)[] = [
    off.authenticator !== null || (!ways.outdated && phones >= PHONE_LIMIT_PER_PERSON)
      ? null
      : {
          href: adding('/phone', then),
          title: 'Your phone',
          detail: 'Shows what is asked for, and approves by a number. There is nothing to install.',
          icon: <SecondFactorIcon kind="authenticator" size={20} />,
        },
    off.softwareOath !== null || (!ways.outdated && apps >= TOTP_LIMIT_PER_PERSON)
      ? null
      : {
          href: adding('/authenticator-app', then),
          title: 'An app for codes',
          detail: 'Any app that shows six digits: Microsoft or Google Authenticator, Aegis, 2FAS, ...',
          icon: <SecondFactorIcon kind="totp" size={20} />,
        },
  ];
  const left = offered.filter((way) => way !== null);
  return (
    <DevicePage
      session={session}
      title={ways.outdated ? 'Set up a new second factor' : 'Add a second factor'}
      intro="With one, your password alone no longer gets anybody in."
    >
      {ways.outdated ? (
        <Notice tone="info" live="none" title="Your organisation asked for it">
          What you have used so far got you here, and goes when the new one is there.
        </Notice>
      ) : null}
      {left.length === 0 ? (
        <Notice tone="info" live="none" title="There is none that you may add">
          You have as many as you may have, or your organisation does not use them.
        </Notice>
      ) : (
        <OtherWays title="Choose one" ways={left} />
      )}
      {renewing ? null : (
        <ButtonLink href={afterwards(session, then)} tone="quiet">
          Not now
        </ButtonLink>
      )}
    </DevicePage>
  );
}
