import { z } from 'zod';
import { csvRow } from './csv.ts';
import { eventCodes } from './event.ts';

/**
 * An event as it leaves the store for a reader: on the page, in the live stream and in an export. It names people and
 * devices as they are called now; what is gone has an ID and no name.
 */
export const eventEntry = z.object({
  /** ISO 8601, UTC. */
  at: z.string(),
  id: z.string(),
  code: z.enum(eventCodes as [(typeof eventCodes)[number], ...typeof eventCodes]),
  windowsId: z.number().int().nullable(),
  text: z.string(),
  outcome: z.enum(['success', 'failure']),
  userId: z.string().nullable(),
  upn: z.string().nullable(),
  displayName: z.string().nullable(),
  actorId: z.string().nullable(),
  actorUpn: z.string().nullable(),
  actorName: z.string().nullable(),
  deviceId: z.string().nullable(),
  deviceName: z.string().nullable(),
  credentialId: z.string().nullable(),
  sessionId: z.string().nullable(),
  detail: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  sample: z.boolean(),
});
export type EventEntry = z.infer<typeof eventEntry>;

const columns = Object.keys(eventEntry.shape) as (keyof EventEntry)[];

export const csvHeader = csvRow(columns);

export function csvLine(entry: EventEntry): string {
  return csvRow(columns.map((column) => entry[column]));
}

/** One JSON object and a line feed: line ends inside are escaped by JSON. */
export function ndjsonLine(entry: EventEntry): string {
  return `${JSON.stringify(entry)}\n`;
}
