import { z } from 'zod';
import { messageNames } from './templates.ts';

/** What a link in a reminder carries. */
export const reminderQuery = z.strictObject({ token: z.string().min(1).max(200) });

export const messageForms = ['eml', 'html'] as const;

/** A message as a file: for one person, or for nobody yet. */
export const messageExportQuery = z.strictObject({
  message: z.enum(messageNames),
  form: z.enum(messageForms),
  person: z.guid().optional(),
});
