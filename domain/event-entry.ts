import { z } from 'zod';
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

const LINE_END = '\r\n';

/**
 * A cell by RFC 4180. One that a spreadsheet would take for a formula gets an apostrophe in front: names and causes are
 * written by anybody.
 */
function cell(value: EventEntry[keyof EventEntry]): string {
  const text = value === null ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value);
  const harmless = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

export const csvHeader = columns.join(',') + LINE_END;

export function csvLine(entry: EventEntry): string {
  return columns.map((column) => cell(entry[column])).join(',') + LINE_END;
}

/** One JSON object and a line feed: line ends inside are escaped by JSON. */
export function ndjsonLine(entry: EventEntry): string {
  return `${JSON.stringify(entry)}\n`;
}
