import type { ReactNode } from 'react';

export type Actor = { key: string; name: string; icon?: ReactNode; keeps?: string | undefined };
export type Message = {
  from: string;
  /** The same as `from`: something done alone. */
  to: string;
  text: ReactNode;
  /** A quiet second line: what stays private, what is checked. */
  note?: ReactNode;
  /** Opens a part of this title. */
  part?: string | undefined;
  /** An answer: its arrow is dashed. */
  answer?: boolean | undefined;
  /** What is opened of it, under it. */
  opened?: ReactNode;
};

const columns: Record<number, string> = {
  2: 'grid-cols-2',
  3: 'grid-cols-3',
  4: 'grid-cols-4',
  5: 'grid-cols-5',
  6: 'grid-cols-6',
  7: 'grid-cols-7',
  8: 'grid-cols-8',
};
const starts = [
  'col-start-1',
  'col-start-2',
  'col-start-3',
  'col-start-4',
  'col-start-5',
  'col-start-6',
  'col-start-7',
  'col-start-8',
];
const ends = [
  'col-end-2',
  'col-end-3',
  'col-end-4',
  'col-end-5',
  'col-end-6',
  'col-end-7',
  'col-end-8',
  'col-end-9',
];
// Half a column at each side, so that an arrow runs from one lifeline to the other.
const insets: Record<number, string> = {
  1: '',
  2: 'px-[25%]',
  3: 'px-[16.667%]',
  4: 'px-[12.5%]',
  5: 'px-[10%]',
  6: 'px-[8.333%]',
  7: 'px-[7.143%]',
  8: 'px-[6.25%]',
};

/** Who says what to whom, in order: two to eight actors, who stay in sight. On a phone it is a numbered list. */
export function SequenceDiagram({
  title,
  actors,
  messages,
  wall,
}: {
  title: string;
  actors: readonly Actor[];
  messages: readonly Message[];
  /** Stands behind so many actors. */
  wall?: number | undefined;
}) {
  const place = (key: string) =>
    Math.max(
      0,
      actors.findIndex((actor) => actor.key === key),
    );
  const name = (key: string) => actors[place(key)]?.name ?? key;
  const grid = columns[actors.length] ?? 'grid-cols-5';
  /** What words stand on, so that no line goes through them. */
  const ground = (last: number) => (last < (wall ?? 0) ? 'bg-accent-soft' : 'bg-surface');
  return (
    <figure aria-label={title}>
      <div className="relative hidden sm:block">
        {wall === undefined ? null : (
          <div aria-hidden="true" className={`absolute inset-0 grid ${grid}`}>
            <div className={`col-start-1 border-ink border-r-4 bg-accent-soft ${ends[wall - 1]}`} />
          </div>
        )}
        <div aria-hidden="true" className={`absolute inset-0 grid ${grid}`}>
          {actors.map((actor) => (
            <svg key={actor.key} aria-hidden="true" width="100%" height="100%">
              <line
                x1="50%"
                x2="50%"
                y1="48"
                y2="100%"
                strokeDasharray="2 5"
                className="stroke-line-strong"
              />
            </svg>
          ))}
        </div>
        <div className={`sticky top-(--band) z-10 grid bg-surface pb-2 ${grid}`}>
          {wall === undefined ? null : (
            <div aria-hidden="true" className={`absolute inset-0 grid ${grid}`}>
              <div className={`col-start-1 border-ink border-r-4 bg-accent-soft ${ends[wall - 1]}`} />
            </div>
          )}
          {actors.map((actor) => (
            <div key={actor.key} className="relative flex flex-col items-center gap-1 px-1 text-center">
              <span className="inline-flex min-h-12 max-w-full items-center gap-2 rounded-card border border-line-strong bg-surface px-2 text-14 font-semibold lg:text-16 xl:px-4">
                {actor.icon ? <span className="text-accent-ink">{actor.icon}</span> : null}
                {actor.name}
              </span>
              {actor.keeps ? (
                <span className="text-12 text-ink-soft lg:text-14">Stays: {actor.keeps}</span>
              ) : null}
            </div>
          ))}
        </div>
        <ol className="relative flex flex-col gap-5 pt-6 pb-4">
          {messages.map((message, index) => {
            const from = place(message.from);
            const to = place(message.to);
            const low = Math.min(from, to);
            const high = Math.max(from, to);
            return (
              <li
                // biome-ignore lint/suspicious/noArrayIndexKey: messages are a fixed list, in order
                key={index}
                className={`grid ${grid}`}
              >
                {message.part === undefined ? null : (
                  <h3 className="col-span-full mb-4 w-fit bg-surface px-2 py-1 text-14 font-semibold">
                    {message.part}
                  </h3>
                )}
                <div className={`flex flex-col items-stretch gap-1 text-center ${starts[low]} ${ends[high]}`}>
                  <span className="sr-only">
                    {from === to
                      ? `${name(message.from)}: `
                      : `${name(message.from)} to ${name(message.to)}: `}
                  </span>
                  {from === to ? (
                    <span className="mx-auto rounded-inner border border-accent-line bg-accent-soft px-3 py-1.5 text-14">
                      {message.text}
                      {message.note ? (
                        <span className="block text-12 text-ink-soft">{message.note}</span>
                      ) : null}
                    </span>
                  ) : (
                    <>
                      <span className="px-2 text-14 lg:text-16">
                        <span className={`inline-flex items-baseline gap-1.5 px-1 ${ground(high)}`}>
                          <span
                            aria-hidden="true"
                            className="figures shrink-0 font-semibold whitespace-nowrap text-accent-ink"
                          >
                            {index + 1}
                          </span>
                          {message.text}
                        </span>
                      </span>
                      <span aria-hidden="true" className={insets[high - low + 1]}>
                        <Arrow back={to < from} dashed={message.answer === true} />
                      </span>
                      {message.note ? (
                        <span className="px-2 text-12 text-ink-soft lg:text-14">
                          <span className={`px-1 box-decoration-clone ${ground(high)}`}>{message.note}</span>
                        </span>
                      ) : null}
                    </>
                  )}
                </div>
                {message.opened ? <div className="col-span-full mt-3 px-2">{message.opened}</div> : null}
              </li>
            );
          })}
        </ol>
      </div>
      <ol className="flex flex-col sm:hidden">
        {messages.map((message, index) => (
          <li
            // biome-ignore lint/suspicious/noArrayIndexKey: messages are a fixed list, in order
            key={index}
            className="relative grid grid-cols-[auto_1fr] gap-x-3 pb-5 before:absolute before:top-6 before:bottom-0 before:left-3 before:w-px before:bg-line last:pb-0 last:before:hidden"
          >
            <span
              aria-hidden="true"
              className="figures grid size-6 place-items-center rounded-full border border-accent-line bg-accent-soft text-12 font-semibold text-accent-ink"
            >
              {index + 1}
            </span>
            <div className="flex min-w-0 flex-col">
              {message.part === undefined ? null : (
                <h3 className="mb-1 text-14 font-semibold">{message.part}</h3>
              )}
              <span className="text-12 text-ink-soft">
                {message.from === message.to
                  ? name(message.from)
                  : `${name(message.from)} → ${name(message.to)}`}
              </span>
              <span className="text-14">{message.text}</span>
              {message.note ? <span className="text-12 text-ink-soft">{message.note}</span> : null}
              {message.opened ? <div className="mt-2">{message.opened}</div> : null}
            </div>
          </li>
        ))}
      </ol>
    </figure>
  );
}

function Arrow({ back, dashed }: { back: boolean; dashed: boolean }) {
  return (
    <svg aria-hidden="true" width="100%" height="10" className="block" fill="none">
      <line
        x1={back ? '3' : '0'}
        x2={back ? '100%' : '99.5%'}
        y1="5"
        y2="5"
        strokeWidth="1.5"
        strokeDasharray={dashed ? '6 4' : undefined}
        className="stroke-accent-ink"
      />
      {back ? (
        <path
          d="M8 1 2 5l6 4"
          strokeWidth="1.5"
          strokeLinecap="round"
          strokeLinejoin="round"
          className="stroke-accent-ink"
        />
      ) : (
        <svg aria-hidden="true" x="100%" overflow="visible">
          <path
            d="m-8 1 6 4-6 4"
            strokeWidth="1.5"
            strokeLinecap="round"
            strokeLinejoin="round"
            className="stroke-accent-ink"
          />
        </svg>
      )}
    </svg>
  );
}
