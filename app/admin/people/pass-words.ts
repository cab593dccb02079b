import type { PassObstacle, PassUsability } from '#domain/temporary-access-pass';

interface Words {
  readonly text: string;
  readonly explains: string;
}

/** Microsoft Graph's reasons, in the words of administrators. */
export const usabilityWords: Readonly<Record<PassUsability, Words>> = {
  EnabledByPolicy: {
    text: 'Can be used now',
    explains: 'EnabledByPolicy: it is valid, not used up, and policy lets this person use it.',
  },
  DisabledByPolicy: {
    text: 'Policy keeps it from being used',
    explains: 'DisabledByPolicy: anybody may be given a pass; who can use one is decided by policy.',
  },
  NotYetValid: { text: 'Not valid yet', explains: 'NotYetValid: its start lies in the future.' },
  Expired: { text: 'Ran out', explains: 'Expired: its lifetime is over. A new pass replaces it.' },
  OneTimeUsed: {
    text: 'Used up',
    explains: 'OneTimeUsed: it worked once, and it was used. A new pass replaces it.',
  },
};

/** Why policy keeps somebody from using a pass. */
export const obstacleWords: Readonly<Record<PassObstacle, string>> = {
  switched_off: 'Temporary Access Passes are switched off.',
  excluded: 'A group of this person is excluded from using passes.',
  not_included: 'No group of this person is among those who can use a pass.',
  one_time_only: 'Every pass works once now, and this one was made for many times.',
};

/** "1 hour", "90 minutes", "30 days". */
export function minutesWords(minutes: number): string {
  const of = (count: number, unit: string) => `${count} ${unit}${count === 1 ? '' : 's'}`;
  if (minutes % 1440 === 0) return of(minutes / 1440, 'day');
  return minutes % 60 === 0 ? of(minutes / 60, 'hour') : of(minutes, 'minute');
}
