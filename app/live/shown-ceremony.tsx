import { Download, Trash2 } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { beforeWall, type Drawn, diagramSvg, isAnswer, takingPart } from '#domain/live-ceremony/diagram';
import { messageOf } from '#domain/live-ceremony/messages';
import { participants } from '#domain/live-ceremony/participants';
import { isRefused, type Recorded } from '#domain/live-ceremony/recorded';
import { Button } from '#ui/button';
import { Section } from '#ui/card';
import { CopyButton } from '#ui/copy-button';
import { Facts } from '#ui/facts';
import { Notice } from '#ui/notice';
import { SequenceDiagram } from '#ui/sequence-diagram';
import { save } from './save.ts';
import { titleOf } from './shown-runs.ts';

interface DrawnLive extends Drawn {
  readonly recorded: Recorded;
  readonly note: string;
}

/** When, how large, how long: the quiet line of a message. */
function noteOf(recorded: Recorded, first: number): string {
  const { at, bytes, tookMs, times, id } = recorded;
  return [
    isRefused(recorded) ? 'refused' : '',
    `+${((at - first) / 1000).toFixed(2)} s`,
    bytes === undefined ? '' : `${bytes} bytes`,
    tookMs === undefined ? '' : `took ${tookMs} ms`,
    times === undefined ? '' : `${times} times`,
    messageOf(id)?.carrier === 'told' ? 'as Latchkey says' : '',
  ]
    .filter(Boolean)
    .join(', ');
}

function drawnOf(messages: readonly Recorded[], inParts: boolean): readonly DrawnLive[] {
  const first = messages[0]?.at ?? 0;
  return messages.flatMap((recorded, index) => {
    const message = messageOf(recorded.id);
    if (message === null) return [];
    const begins = inParts && messages[index - 1]?.run.id !== recorded.run.id;
    return [{ recorded, message, note: noteOf(recorded, first), ...(begins && { part: titleOf(recorded) }) }];
  });
}

/**
 * Messages as a diagram and, where there is no room for it, as a list; each can be opened. It keeps the newest in sight while
 * it `follows` and none is open.
 */
export function ShownCeremony({
  title,
  messages,
  inParts,
  follows,
  onClear,
}: {
  title: string;
  messages: readonly Recorded[];
  /** Puts each ceremony under its own name. */
  inParts: boolean;
  follows: boolean;
  onClear: () => void;
}) {
  const [opened, setOpened] = useState<Recorded | null>(null);
  const [unsaved, setUnsaved] = useState<string | null>(null);
  const end = useRef<HTMLDivElement>(null);
  const count = messages.length;
  const reads = opened !== null;
  useEffect(() => {
    if (follows && !reads && count > 0) end.current?.scrollIntoView({ block: 'end' });
  }, [count, follows, reads]);

  const drawn = drawnOf(messages, inParts);
  const names = takingPart(drawn);
  return (
    <Section
      title={title}
      note={`${drawn.length} messages. Choose one to see what is in it.`}
      action={
        <>
          {(['svg', 'png'] as const).map((form) => (
            <Button
              key={form}
              size="small"
              icon={<Download size={16} aria-hidden />}
              onClick={async () =>
                setUnsaved((await save(diagramSvg(title, drawn), form, title)) ? null : title)
              }
            >
              {form.toUpperCase()}
            </Button>
          ))}
          <Button tone="quiet" size="small" icon={<Trash2 size={16} aria-hidden />} onClick={onClear}>
            Clear
          </Button>
        </>
      }
    >
      {unsaved === title ? (
        <Notice tone="warning" title="This picture is too large to be painted">
          Save it as SVG instead.
        </Notice>
      ) : null}
      <SequenceDiagram
        title={title}
        actors={names.map((key) => ({
          key,
          name: participants[key].name,
          keeps: participants[key].keeps ?? undefined,
        }))}
        wall={beforeWall(names)}
        messages={drawn.map(({ recorded, message, note, part }) => ({
          from: message.from,
          to: message.to,
          part,
          answer: isAnswer(message),
          text: (
            <button
              type="button"
              aria-expanded={opened === recorded}
              onClick={() => setOpened(opened === recorded ? null : recorded)}
              className="min-h-6 rounded-inner px-1 text-start font-semibold sm:text-center text-accent-ink underline-offset-4 hover:underline pointer-coarse:min-h-11"
            >
              {message.name}
            </button>
          ),
          note:
            message.stays === undefined ? (
              note
            ) : (
              <>
                {message.stays}
                <br />
                {note}
              </>
            ),
          opened: opened === recorded ? <Opened recorded={recorded} /> : undefined,
        }))}
      />
      <div ref={end} />
    </Section>
  );
}

/** What is in a message. */
function Opened({ recorded }: { recorded: Recorded }) {
  return (
    <div className="flex flex-col gap-2 rounded-card border border-line bg-sunken p-4 text-start">
      {recorded.facts.length === 0 ? (
        <p className="text-14">Nothing of it is shown.</p>
      ) : (
        <Facts tight facts={recorded.facts.map(({ name, value }) => ({ term: name, value, mono: true }))} />
      )}
      <div>
        <CopyButton text={JSON.stringify(recorded, null, 2)} label="Copy as JSON" />
      </div>
    </div>
  );
}
