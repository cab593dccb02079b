import { messageOf } from '#domain/live-ceremony/messages';
import type { Recorded } from '#domain/live-ceremony/recorded';
import { runTitles } from '#domain/live-ceremony/runs';

export interface ShownRun {
  readonly id: string;
  readonly title: string;
  readonly messages: readonly Recorded[];
}

export const isAside = ({ id }: Recorded): boolean => messageOf(id)?.aside === true;

/** What the ceremony of a message is called; what a page does by itself is of none. */
export const titleOf = ({ run: { name } }: Recorded): string =>
  name === null ? 'Between ceremonies' : runTitles[name];

/** The ceremonies that messages belong to, in the order of their first ones. */
export function runsOf(recorded: readonly Recorded[]): readonly ShownRun[] {
  const ids = new Set(recorded.map(({ run }) => run.id));
  return [...ids].flatMap((id) => {
    const messages = recorded.filter(({ run }) => run.id === id);
    const [first] = messages;
    return first === undefined ? [] : [{ id, title: titleOf(first), messages }];
  });
}
