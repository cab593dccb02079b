import { z } from 'zod';
import { templateNames } from './templates.ts';

/** What a link in a reminder carries. */
export const reminderQuery = z.strictObject({ token: z.string().min(1).max(200) });

export const exportForms = ['eml', 'html'] as const;

/** A message or a sheet as a file; a message for one person, or for nobody yet. */
export const kitExportQuery = z.strictObject({
  template: z.enum(templateNames),
  form: z.enum(exportForms),
  person: z.guid().optional(),
});
