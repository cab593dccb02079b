'use client';

import { useNow } from '#ui/now';

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const two = (n: number) => String(n).padStart(2, '0');

type Form = 'relative' | 'absolute' | 'day' | 'precise';

function inUtc(date: Date, form: Form): string {
  const day = `${date.getUTCDate()} ${months[date.getUTCMonth()]} ${date.getUTCFullYear()}`;
  if (form === 'day') return day;
  const seconds = form === 'precise' ? `:${two(date.getUTCSeconds())}` : '';
  return `${day}, ${two(date.getUTCHours())}:${two(date.getUTCMinutes())}${seconds} UTC`;
}

function here(date: Date, form: Form): string {
  const day = `${date.getDate()} ${months[date.getMonth()]} ${date.getFullYear()}`;
  return form === 'day' ? day : `${day}, ${two(date.getHours())}:${two(date.getMinutes())}`;
}

function inWords(at: number, now: number): string | null {
  const seconds = Math.round((at - now) / 1000);
  const size = Math.abs(seconds);
  if (size < 45) return seconds > 0 ? 'in a moment' : 'just now';
  const [value, unit] =
    size < 2700
      ? [Math.round(seconds / 60), 'minute' as const]
      : size < 79_200
        ? [Math.round(seconds / 3600), 'hour' as const]
        : [Math.round(seconds / 86_400), 'day' as const];
  if (unit === 'day' && Math.abs(value) > 30) return null;
  return new Intl.RelativeTimeFormat('en', { numeric: 'auto' }).format(value, unit);
}

/** A moment. The server writes it in UTC; the browser turns it into the reader's own time, or into "3 minutes ago". */
export function Time({
  at,
  form = 'relative',
}: {
  /** ISO 8601. */
  at: string;
  /** `day` leaves the hours out; `precise` shows seconds and stays in UTC, for logs. */
  form?: Form | undefined;
}) {
  const now = useNow(30_000);
  const date = new Date(at);
  const utc = inUtc(date, form);
  const own = now !== null && form !== 'precise';
  const text = own ? ((form === 'relative' ? inWords(date.getTime(), now) : null) ?? here(date, form)) : utc;
  return (
    <time
      dateTime={at}
      title={own ? inUtc(date, 'absolute') : undefined}
      className="figures whitespace-nowrap"
    >
      {text}
    </time>
  );
}
