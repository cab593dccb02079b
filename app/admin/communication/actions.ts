'use server';

import { refresh } from 'next/cache';
import { z } from 'zod';
import { fromBase64Url } from '#domain/base64url';
import { LOGO_MAX_BYTES } from '#domain/communication/logo';
import { BODY_MAX, messageNames, SUBJECT_MAX, templateNames } from '#domain/communication/templates';
import { type ActionResult, refuse } from '#domain/result';
import { action } from '#server/action';
import { administrator } from '#server/caller';
import { changeWords, chooseLogo, fillKit } from '#server/communication';
import { planRing } from '#server/communication-plan';
import { tryMessage } from '#server/communication-send';

const manager = administrator('manage_policy');

/** The page shows what was kept; to the second of two editors, what the first one kept. */
function shown<T>(answer: ActionResult<T>): ActionResult<T> {
  if (answer.ok || answer.problem.code === 'communication_changed_meanwhile') refresh();
  return answer;
}

// What is wrong with the words is for the rules about them to say, as long as they can be read at all.
const said = z.strictObject({
  subject: z.string().max(4 * SUBJECT_MAX),
  body: z.string().max(4 * BODY_MAX),
});
const words = said.extend({ name: z.enum(templateNames), seen: said.optional() });
const change = action(words, manager, (runtime, caller, input) =>
  changeWords(runtime, caller.session.person.id, input),
);

export async function saveWords(input: z.input<typeof words>) {
  return shown(await change(input));
}

const fields = z.strictObject({
  contact: z.string().max(1000),
  helpLink: z.string().max(1000),
  passwordEndsOn: z.string().max(20),
  timeZone: z.string().max(60),
});
const kit = fields.extend({ seen: fields.optional() });
const fill = action(kit, manager, (runtime, caller, { seen, ...typed }) =>
  fillKit(runtime, caller.session.person.id, typed, seen),
);

export async function saveKit(input: z.input<typeof kit>) {
  return shown(await fill(input));
}

const logo = z.strictObject({
  content: z
    .string()
    .max(2 * LOGO_MAX_BYTES)
    .nullable(),
});
const choose = action(logo, manager, async (runtime, caller, { content }) => {
  const bytes = content === null ? null : fromBase64Url(content);
  if (content !== null && bytes === null) return refuse('bad_request');
  return await chooseLogo(runtime, caller.session.person.id, bytes);
});

export async function saveLogo(input: z.input<typeof logo>) {
  return shown(await choose(input));
}

const wholePlan = z.strictObject({
  startsOn: z.string().max(20).nullable(),
  lines: z
    .array(
      z.strictObject({
        template: z.enum(messageNames),
        days: z.number().int(),
        hour: z.number().int(),
      }),
    )
    .max(messageNames.length),
});
const planned = wholePlan.extend({
  ringId: z.guid(),
  seen: wholePlan.optional(),
  timeZone: z.string().max(60).optional(),
});
const plan = action(planned, manager, (runtime, caller, input) =>
  planRing(runtime, caller.session.person.id, input),
);

export async function savePlan(input: z.input<typeof planned>) {
  return shown(await plan(input));
}

const tried = z.strictObject({ name: z.enum(messageNames) });
const attempt = action(tried, manager, tryMessage);

export async function sendTest(input: z.input<typeof tried>) {
  return await attempt(input);
}
