'use server';

import { refresh } from 'next/cache';
import { z } from 'zod';
import { fromBase64Url } from '#domain/base64url';
import { LOGO_MAX_BYTES } from '#domain/communication/logo';
import { BODY_MAX, messageNames, SUBJECT_MAX, templateNames } from '#domain/communication/templates';
import { refuse } from '#domain/result';
import { action } from '#server/action';
import { administrator } from '#server/caller';
import { changeWords, chooseLogo, fillKit } from '#server/communication';
import { planRing } from '#server/communication-plan';
import { tryMessage } from '#server/communication-send';

const manager = administrator('manage_policy');

function shown<T extends { readonly ok: boolean }>(answer: T): T {
  if (answer.ok) refresh();
  return answer;
}

// What is wrong with the words is for the rules about them to say, as long as they can be read at all.
const words = z.strictObject({
  name: z.enum(templateNames),
  subject: z.string().max(4 * SUBJECT_MAX),
  body: z.string().max(4 * BODY_MAX),
});
const change = action(words, manager, (runtime, caller, input) =>
  changeWords(runtime, caller.session.person.id, input),
);

export async function saveWords(input: z.input<typeof words>) {
  return shown(await change(input));
}

const kit = z.strictObject({
  contact: z.string().max(1000),
  helpLink: z.string().max(1000),
  passwordEndsOn: z.string().max(20),
});
const fill = action(kit, manager, (runtime, caller, input) =>
  fillKit(runtime, caller.session.person.id, input),
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

const planned = z.strictObject({
  ringId: z.guid(),
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
