import type { Route } from 'next';
import type { EventFilterPart } from '#domain/event-filter';
import { address } from '../address.ts';

/** The parts of a filter as an address has them. */
export type FilterWords = Readonly<Partial<Record<EventFilterPart, string | undefined>>>;

/** What an address of the log says beside the filter. */
export interface EventView {
  readonly order?: string | undefined;
  /** `on` follows the log as it goes on. */
  readonly live?: string | undefined;
  readonly after?: string | undefined;
  readonly before?: string | undefined;
  /** The event whose details are open. */
  readonly event?: string | undefined;
}

export function eventsAddress(words: FilterWords = {}, view: EventView = {}): Route {
  return address('/admin/events', { ...words, ...view });
}
