'use client';

import { Download, Radio, Trash2 } from 'lucide-react';
import { useEffect, useState } from 'react';
import { beforeWall, diagramSvg, takingPart } from '#domain/live-ceremony/diagram';
import { messageOf } from '#domain/live-ceremony/messages';
import { participants } from '#domain/live-ceremony/participants';
import type { Recorded } from '#domain/live-ceremony/recorded';
import { runTitles } from '#domain/live-ceremony/runs';
import { Button } from '#ui/button';
import { Section } from '#ui/card';
import { CopyButton } from '#ui/copy-button';
import { EmptyState } from '#ui/empty-state';
import { Facts } from '#ui/facts';
import { SequenceDiagram } from '#ui/sequence-diagram';
import { followCeremonies, forgetCeremonies } from '../_device/live-ceremony.ts';
import { save } from './save.ts';

interface Shown {
  readonly id: string;
  readonly title: string;
  readonly messages: readonly Recorded[];
}

function runsOf(recorded: readonly Recorded[]): readonly Shown[] {
  const ids = [...new Set(recorded.map(({ run }) => run.id))];
  return ids.map((id) => {
    const messages = recorded.filter(({ run }) => run.id === id);
    const name = messages[0]?.run.name ?? null;
    return { id, title: name === null ? 'Between ceremonies' : runTitles[name], messages };
  });
}

/** When, how large, how long: the quiet line of a message. */
function noteOf({ at, bytes, tookMs }: Recorded, first: number): string {
  return [
    `after ${((at - first) / 1000).toFixed(2)} s`,
    bytes === undefined ? '' : `${bytes} bytes`,
    tookMs === undefined ? '' : `answered in ${tookMs} ms`,
  ]
    .filter(Boolean)
    .join(', ');
}

/** Draws what the tabs of this browser tell while the page is open, the newest ceremony first. */
export function LiveCeremony() {
  const [recorded, setRecorded] = useState<readonly Recorded[]>([]);
  useEffect(() => followCeremonies(setRecorded), []);
  const shown = runsOf(recorded).toReversed();
  const last = recorded.at(-1);
  const lastMessage = last && messageOf(last.id);
  return (
    <div className="flex min-w-0 flex-col gap-10">
      <p role="status" className="sr-only">
        {lastMessage
          ? `${recorded.length}: ${participants[lastMessage.from].name} to ${participants[lastMessage.to].name}, ${lastMessage.name}`
          : ''}
      </p>
      {shown.length === 0 ? (
        <EmptyState
          icon={<Radio size={32} aria-hidden />}
          title="Ceremonies of this browser will be drawn here."
        >
          Only while this window is open, and only of this browser.
        </EmptyState>
      ) : (
        <div>
          <Button
            tone="quiet"
            size="small"
            icon={<Trash2 size={16} aria-hidden />}
            onClick={() => setRecorded(forgetCeremonies())}
          >
            Clear
          </Button>
        </div>
      )}
      {shown.map((run) => (
        <RunShown key={run.id} {...run} />
      ))}
    </div>
  );
}

function RunShown({ id, title, messages }: Shown) {
  const [chosen, setChosen] = useState<number | null>(null);
  const first = messages[0]?.at ?? 0;
  const drawn = messages.flatMap((recorded) => {
    const message = messageOf(recorded.id);
    return message === null ? [] : [{ recorded, message, note: noteOf(recorded, first) }];
  });
  const names = takingPart(drawn);
  const opened = chosen === null ? undefined : drawn[chosen];
  const picture = () => diagramSvg(title, drawn);
  return (
    <Section
      title={title}
      note={`${drawn.length} messages. Choose one to see what is in it.`}
      action={(['svg', 'png'] as const).map((form) => (
        <Button
          key={form}
          size="small"
          icon={<Download size={16} aria-hidden />}
          onClick={() => void save(picture(), form, title)}
        >
          {form.toUpperCase()}
        </Button>
      ))}
    >
      <SequenceDiagram
        title={title}
        actors={names.map((key) => ({
          key,
          name: participants[key].name,
          keeps: participants[key].keeps ?? undefined,
        }))}
        wall={beforeWall(names)}
        messages={drawn.map(({ message, note }, index) => ({
          from: message.from,
          to: message.to,
          text: (
            <button
              type="button"
              aria-expanded={chosen === index}
              aria-controls={`${id}-message`}
              onClick={() => setChosen(chosen === index ? null : index)}
              className="min-h-6 rounded-inner px-1 text-start font-semibold sm:text-center text-accent-ink underline-offset-4 hover:underline pointer-coarse:min-h-11"
            >
              {message.name}
            </button>
          ),
          note: message.stays === undefined ? note : `${message.stays} ${note}`,
        }))}
      />
      <div id={`${id}-message`} aria-live="polite">
        {opened === undefined || chosen === null ? null : (
          <div className="flex flex-col gap-3 rounded-card border border-line bg-sunken p-4">
            <div className="flex flex-wrap items-center justify-between gap-2">
              <h3 className="text-16 font-semibold">
                {chosen + 1}. {opened.message.name}
              </h3>
              <CopyButton text={JSON.stringify(opened.recorded, null, 2)} label="Copy as JSON" />
            </div>
            <p className="text-14 text-ink-soft">
              {participants[opened.message.from].name} to {participants[opened.message.to].name},{' '}
              {opened.note}
            </p>
            {opened.recorded.facts.length === 0 ? (
              <p className="text-14">Nothing of it is shown.</p>
            ) : (
              <Facts
                tight
                facts={opened.recorded.facts.map(({ name, value }) => ({ term: name, value, mono: true }))}
              />
            )}
          </div>
        )}
      </div>
    </Section>
  );
}
