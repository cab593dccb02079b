import type { ResultantAnswer, ValueAnswer } from '#domain/policy/resultant';
import { policySettings, type Setting } from '#domain/policy/settings';
import { rankTitles } from '#domain/policy/source';
import { Card, Section } from '#ui/card';
import { Facts } from '#ui/facts';
import { Time } from '#ui/time';
import { textWords } from '../../../admin/policy/words.ts';
import { SyncNow } from './sync-now.tsx';

/** Settings that decide something in this product; all others only Windows enforces. */
const governsHere = (name: ResultantAnswer['settings'][number]['name']) => {
  const setting: Setting = policySettings[name];
  return setting.windows !== undefined && setting.governs !== 'windows';
};

/** What this device was told last, from where each value comes, and a way to ask again. */
export function DevicePolicy({ resultant: { refreshedAt, settings } }: { resultant: ResultantAnswer }) {
  const shown = settings.filter(({ name, now }) => now.source !== null || governsHere(name));
  return (
    <Section
      title="Policy on this device"
      note={
        refreshedAt === null ? (
          'This device has not asked yet what your organisation says.'
        ) : (
          <>
            This device asked last <Time at={refreshedAt} />. It asks at each sign-in and every eight hours.
          </>
        )
      }
    >
      <SyncNow />
      <Card>
        <Facts
          tight
          facts={shown.map(({ name, title, now }) => ({
            term: title,
            value: (
              <span className="flex flex-col">
                <span className="line-clamp-3 wrap-anywhere">{textWords(name, now.value)}</span>
                <span className="text-12 text-ink-soft">{origin(now.source)}</span>
              </span>
            ),
          }))}
        />
      </Card>
      <p className="text-14 text-ink-soft">All other settings have their built-in default.</p>
    </Section>
  );
}

function origin(source: ValueAnswer['source']): string {
  if (source === null) return 'Built-in default';
  return source.version === 0 ? `From ${source.name}` : `From ${source.name} (${rankTitles[source.rank]})`;
}
