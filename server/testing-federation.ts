import 'server-only';
import type { FederatedIdpMfaBehavior, NamingClaim } from '#domain/federation';
import type { Caller } from './caller.ts';
import { beginFederatedSignIn, finishFederatedSignIn } from './federated-sign-in.ts';
import { addFederatedDomain, returnAddress } from './federation.ts';
import { systemClock } from './runtime.ts';
import { aBrowser, aRuntime, done, lastCause, ORIGIN, outcome, START, type TestRuntime } from './testing.ts';
import { comeBackFrom, type TestUpstream, type UpstreamTelling } from './testing-upstream.ts';

/** A domain that is federated with a real provider, and people who sign in there, for tests. */
export const DOMAIN = 'tidewater.example';
export const back = (domain: string) =>
  returnAddress({ relyingParty: { origin: ORIGIN } as TestRuntime['relyingParty'] }, domain);

export const mia: UpstreamTelling = {
  subject: 'subject-of-mia',
  claims: { upn: `mia@${DOMAIN}` },
  methods: { amr: ['pwd'] },
};
export const miaWithMfa: UpstreamTelling = { ...mia, methods: { amr: ['pwd', 'otp', 'mfa'] } };

export interface Federated {
  readonly behavior?: FederatedIdpMfaBehavior;
  readonly claim?: NamingClaim;
  readonly domain?: string;
  readonly issuer?: string;
  readonly administrators?: boolean;
}

/** What tests do with the provider of their file. */
export function federationWith(upstream: () => TestUpstream) {
  async function federate(runtime: TestRuntime, given: Federated = {}) {
    const { clientId, clientSecret, issuer } = upstream();
    const client = { clientId, clientSecret, issuer, domain: DOMAIN, claim: 'upn' as const };
    return done(await addFederatedDomain(runtime, null, { ...client, ...given }));
  }

  /** A runtime at the time that it is, because the provider is a real one, with one federated domain. */
  async function aFederation(given: Federated = {}): Promise<TestRuntime> {
    const runtime = await aRuntime();
    runtime.pass(systemClock.now().getTime() - START.getTime());
    await federate(runtime, given);
    return runtime;
  }

  async function begin(runtime: TestRuntime, caller: Caller, upn = `mia@${DOMAIN}`, fresh = false) {
    return done(await beginFederatedSignIn(runtime, caller, { upn, fresh })).address;
  }

  async function finish(runtime: TestRuntime, caller: Caller, answered: URLSearchParams, domain = DOMAIN) {
    return await finishFederatedSignIn(runtime, caller, { domain, answered });
  }

  /** Signs in over there and comes back, once. */
  async function goThere(runtime: TestRuntime, caller: Caller, upn?: string, fresh?: boolean) {
    const answered = await comeBackFrom(await begin(runtime, caller, upn, fresh), back(DOMAIN));
    return await finish(runtime, caller, answered);
  }

  /** What a sign-in of somebody who is told of ends with, and why. */
  async function causeAfter(runtime: TestRuntime, telling: UpstreamTelling, upn?: string) {
    await upstream().tell(telling);
    const result = await goThere(runtime, aBrowser(runtime), upn);
    return [outcome(result), result.ok ? null : await lastCause(runtime)];
  }

  return { federate, aFederation, begin, finish, goThere, causeAfter };
}
