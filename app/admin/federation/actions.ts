'use server';

import { refresh } from 'next/cache';
import { z } from 'zod';
import { federatedIdpMfaBehaviors, namingClaims } from '#domain/federation';
import { ok } from '#domain/result';
import { action } from '#server/action';
import { administrator } from '#server/caller';
import {
  addFederatedDomain,
  changeFederatedDomain,
  removeFederatedDomain,
  testFederatedDomain,
  unlinkIdentity,
} from '#server/federation';

/** Who federates a domain decides who may sign in as whom. */
const manager = administrator('manage_policy');

/** The lists around an action show the store as it is now. */
function shown<T extends { readonly ok: boolean }>(answer: T): T {
  if (answer.ok) refresh();
  return answer;
}

/** What is too long is for the rule about each to say, as long as it can be read at all. */
const text = z.string().max(4000);
const terms = {
  domain: text,
  issuer: text,
  clientId: text,
  claim: z.enum(namingClaims),
  behavior: z.enum(federatedIdpMfaBehaviors),
  administrators: z.boolean(),
};
const newDomain = z.strictObject({ ...terms, clientSecret: text });
const add = action(newDomain, manager, (runtime, caller, input) =>
  addFederatedDomain(runtime, caller, input),
);

export async function federateDomain(input: z.input<typeof newDomain>) {
  return shown(await add(input));
}

/** The secret is never shown: left out, it stays. */
const domainChange = z.strictObject({ ...terms, clientSecret: text.optional() });
const change = action(domainChange, manager, (runtime, caller, input) =>
  changeFederatedDomain(runtime, caller, input),
);

export async function changeDomain(input: z.input<typeof domainChange>) {
  return shown(await change(input));
}

const switching = z.strictObject({ domain: text, enabled: z.boolean() });
const turn = action(switching, manager, (runtime, caller, input) =>
  changeFederatedDomain(runtime, caller, input),
);

export async function switchDomain(input: z.input<typeof switching>) {
  return shown(await turn(input));
}

const one = z.strictObject({ domain: text });
const test = action(one, manager, async (runtime, caller, input) => {
  const tested = await testFederatedDomain(runtime, caller, input);
  if (!tested.ok) return tested;
  const { answer } = tested.value;
  return ok(
    'failure' in answer
      ? { usable: false as const }
      : { usable: true as const, keys: answer.keys, namesItself: answer.namesItself },
  );
});

/** Asks the provider now. What is wrong with it is kept, and stands in words beside the domain. */
export async function testDomain(input: z.input<typeof one>) {
  return shown(await test(input));
}

const remove = action(one, manager, (runtime, caller, input) =>
  removeFederatedDomain(runtime, caller, input),
);

export async function takeDomainBack(input: z.input<typeof one>) {
  return shown(await remove(input));
}

const person = z.strictObject({ userId: z.guid() });
const unlink = action(person, manager, (runtime, caller, input) => unlinkIdentity(runtime, caller, input));

export async function unlinkPerson(input: z.input<typeof person>) {
  return shown(await unlink(input));
}
