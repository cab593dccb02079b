'use server';

import { refresh } from 'next/cache';
import { z } from 'zod';
import { action } from '#server/action';
import { addAnchor, anchoredFormats, previewAnchor, removeAnchor } from '#server/attestation/anchor';
import { forgetMetadata } from '#server/attestation/metadata';
import { settleKeys } from '#server/attestation/standing';
import { administrator } from '#server/caller';

const pem = z.string().max(16_384);
const managesPolicy = administrator('manage_policy');

const preview = action(z.strictObject({ pem }), managesPolicy, async (_runtime, _caller, input) =>
  previewAnchor(input.pem),
);
export async function readCertificate(input: { pem: string }) {
  return await preview(input);
}

const added = z.strictObject({ format: z.enum(anchoredFormats), pem, fingerprint: z.string().max(128) });
const add = action(added, managesPolicy, (runtime, caller, input) =>
  addAnchor(runtime, caller.session.userId, input),
);
export async function pinAnchor(input: z.input<typeof added>) {
  const answer = await add(input);
  if (answer.ok) refresh();
  return answer;
}

const forgotten = z.strictObject({ number: z.number().int() });
const forget = action(forgotten, managesPolicy, async (runtime, caller) => {
  const done = await forgetMetadata(runtime, caller.session.userId);
  if (done.ok) await settleKeys(runtime);
  return done;
});
export async function forgetModels(input: z.input<typeof forgotten>) {
  const answer = await forget(input);
  if (answer.ok) refresh();
  return answer;
}

const one = z.strictObject({ id: z.string().min(1).max(64) });
const remove = action(one, managesPolicy, (runtime, caller, input) =>
  removeAnchor(runtime, caller.session.userId, input),
);
export async function unpinAnchor(input: z.input<typeof one>) {
  const answer = await remove(input);
  if (answer.ok) refresh();
  return answer;
}
