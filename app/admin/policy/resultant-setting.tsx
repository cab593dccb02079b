import { CircleHelp, Clock, GitCompareArrows } from 'lucide-react';
import { lossReasons } from '#domain/policy/resolve';
import type { ResultantAnswer, ValueAnswer } from '#domain/policy/resultant';
import { rankTitles } from '#domain/policy/source';
import { Badge } from '#ui/badge';
import { Term } from '#ui/term';
import { SourceLink, ValueSource } from './source-link.tsx';
import { textWords } from './words.ts';

type SettingLine = ResultantAnswer['settings'][number];

export const hasConflict = ({ now, next }: SettingLine) =>
  [now, next].some(({ losers }) => losers.some(({ reason }) => reason === 'conflict'));

/** One setting: the value with its source, what it becomes, and what lost and why. */
export function ResultantSetting({
  setting,
  words,
}: {
  setting: SettingLine;
  /** What the two values are called: now and after the refresh, or without and with a change. */
  words: { readonly now: string; readonly next: string };
}) {
  const { name, title, now, next, changes } = setting;
  return (
    <li className="grid gap-x-10 gap-y-1.5 p-4 sm:px-6 sm:gap-y-3 lg:grid-cols-[minmax(0,2fr)_minmax(0,3fr)]">
      <div className="flex min-w-0 flex-col gap-1">
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
          <h3 className="text-14 font-semibold">{title}</h3>
          {hasConflict(setting) ? (
            <Badge tone="danger" icon={<GitCompareArrows size={12} />}>
              <Term explains="Two sources of one rank disagree, so neither applies.">Conflict</Term>
            </Badge>
          ) : null}
          {changes === 'no' ? null : (
            <Badge tone="info" icon={<Clock size={12} />}>
              {changes === 'yes' ? 'Changes' : 'May change'}
            </Badge>
          )}
        </div>
        <code className="font-mono text-12 text-ink-soft wrap-anywhere">{name}</code>
      </div>
      <div className="flex min-w-0 flex-col gap-2 text-14">
        <Value name={name} value={now} label={changes === 'no' ? null : words.now} />
        {changes === 'no' ? null : <Value name={name} value={next} label={words.next} />}
        <Losers setting={setting} words={words} />
      </div>
    </li>
  );
}

function Value({
  name,
  value,
  label,
}: {
  name: SettingLine['name'];
  value: ValueAnswer;
  label: string | null;
}) {
  return (
    <div className={label === null ? '' : 'grid gap-x-4 sm:grid-cols-[8rem_minmax(0,1fr)]'}>
      {label === null ? null : <span className="text-ink-soft">{label}</span>}
      <span className="flex min-w-0 flex-col">
        <span className="flex flex-wrap items-center gap-x-2">
          <span className="line-clamp-3 min-w-0 font-semibold wrap-anywhere">
            {textWords(name, value.value)}
          </span>
          {value.known ? null : (
            <Badge tone="warning" icon={<CircleHelp size={12} />}>
              <Term explains="A source that may apply would change it: that hangs on groups of the device, and there is none yet. The value is the one without that source.">
                Not known
              </Term>
            </Badge>
          )}
        </span>
        <span className="text-12 wrap-anywhere">
          <ValueSource source={value.source} />
        </span>
      </span>
    </div>
  );
}

/** Everything else that was said about the setting; open to whoever asks why. */
function Losers({
  setting: { name, title, now, next, changes },
  words,
}: {
  setting: SettingLine;
  words: { readonly now: string; readonly next: string };
}) {
  const parts = [
    { label: words.now, losers: now.losers },
    { label: words.next, losers: changes === 'no' ? [] : next.losers },
  ].filter(({ losers }) => losers.length > 0);
  if (parts.length === 0) return null;
  const count = Math.max(...parts.map(({ losers }) => losers.length));
  return (
    <details>
      <summary className="inline-flex min-h-8 cursor-pointer items-center rounded-inner text-accent-ink hover:underline pointer-coarse:min-h-11">
        {count === 1 ? '1 other value, and why not' : `${count} other values, and why not`}
        <span className="sr-only"> for {title}</span>
      </summary>
      {parts.map(({ label, losers }) => (
        <div key={label} className="flex flex-col pt-1">
          {parts.length === 1 ? null : <p className="text-12 text-ink-soft">{label}</p>}
          <ul className="divide-y divide-line">
            {losers.map(({ source, value, reason }) => (
              <li key={`${source.id} ${source.rank} ${reason}`} className="flex min-w-0 flex-col py-2">
                <span className="wrap-anywhere">
                  <span className="line-through decoration-ink-faint">{textWords(name, value)}</span>
                  {' from '}
                  <SourceLink source={source} />
                  <span className="text-ink-soft">, {rankTitles[source.rank]}</span>
                </span>
                <span className="text-12 text-ink-soft">{lossReasons[reason]}</span>
              </li>
            ))}
          </ul>
        </div>
      ))}
    </details>
  );
}
