import { CircleCheck, CircleMinus } from 'lucide-react';
import {
  type ResetEffect,
  type ResetKind,
  resetEffects,
  resetKinds,
  resetKindWords,
} from '#domain/pin-reset';

/** Both kinds of reset side by side: which one it will be, what survives each, and why the other one is not had. */
export function ResetKinds({
  now,
  otherwise,
}: {
  now: ResetKind;
  /** Why it is not the other one, in a sentence. */
  otherwise: string;
}) {
  const kinds = [now, ...resetKinds.filter((kind) => kind !== now)];
  return (
    <section className="flex flex-col gap-3" aria-label="What survives">
      <h2 className="text-16 font-semibold">What happens here: {lowerFirst(resetKindWords[now].title)}</h2>
      <table className="w-full border-separate border-spacing-0 text-14">
        <caption className="sr-only">What survives this reset, and what the other kind</caption>
        <thead>
          <tr>
            <td />
            {kinds.map((kind) => (
              <th
                key={kind}
                scope="col"
                className={`px-2 py-2 text-start align-bottom font-semibold ${kind === now ? look.now : 'text-ink-soft'}`}
              >
                {resetKindWords[kind].short}
                <span className="block text-12 font-normal">{kind === now ? 'this one' : 'the other'}</span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {resetEffects.map((row) => (
            <tr key={row.what}>
              <th scope="row" className="border-line border-t py-2 pe-2 text-start align-top font-normal">
                {row.what}
              </th>
              {kinds.map((kind) => (
                <td
                  key={kind}
                  className={`w-24 border-line border-t px-2 py-2 align-top ${kind === now ? look.now : 'text-ink-soft'}`}
                >
                  <Effect {...row[kind]} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <p className="max-w-line text-14 text-ink-soft">{otherwise}</p>
    </section>
  );
}

const look = { now: 'bg-accent-soft' };

function Effect({ survives, words }: ResetEffect) {
  const Icon = survives ? CircleCheck : CircleMinus;
  return (
    <span className="flex gap-1.5">
      <Icon
        size={16}
        className={`mt-0.5 shrink-0 ${survives ? 'text-success-ink' : 'text-warning-ink'}`}
        aria-hidden
      />
      <span className="min-w-0">{words}</span>
    </span>
  );
}

const lowerFirst = (text: string) => `${text.charAt(0).toLowerCase()}${text.slice(1)}`;
