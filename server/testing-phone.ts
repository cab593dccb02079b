import 'server-only';
import {
  type ApprovalDecision,
  approvalMessage,
  normalisePhoneCode,
  phoneProofMessage,
} from '#domain/authenticator';
import { fromBase64Url, toBase64Url } from '#domain/base64url';
import {
  createCredential,
  createProfile,
  type Deviation,
  getAssertion,
  type SoftwareKey,
  type SoftwareProfile,
  signWithProfile,
} from '#domain/software-authenticator';
import { answerApproval, readPendingApprovals } from './approval.ts';
import {
  beginPhoneProof,
  beginPhoneRegistration,
  confirmPhone,
  registerPhone,
} from './authenticator-phone.ts';
import type { Caller, SignedIn } from './caller.ts';
import { addPhoneVerification } from './phone-verification.ts';
import type { Runtime } from './runtime.ts';
import { aBrowser, done, ORIGIN } from './testing.ts';

/** A phone for the tests of this room: a key of its own, and the use cases behind its doors. */
export interface TestPhone {
  readonly id: string;
  readonly caller: Caller;
  readonly profile: SoftwareProfile;
  /** By which it verifies who holds it; none where it does not. */
  readonly holder?: SoftwareKey;
}

/** What a phone says of itself: its signature over a fresh challenge and some content. */
export async function phoneProof(
  runtime: Runtime,
  { caller, profile }: Pick<TestPhone, 'caller' | 'profile'>,
  content: string,
) {
  const { challenge } = done(await beginPhoneProof(runtime, caller));
  const message = phoneProofMessage(ORIGIN, fromBase64Url(challenge) ?? new Uint8Array(), content);
  return { challenge, signature: signWithProfile(profile, message) };
}

/** Shows a code to the server, as the phone that has scanned it. */
export async function showCode(
  runtime: Runtime,
  code: string,
  { caller = aBrowser(runtime, '198.51.100.9'), profile = createProfile(runtime.random.bytes(48)) } = {},
) {
  const proof = await phoneProof(runtime, { caller, profile }, normalisePhoneCode(code));
  const input = { code, name: 'Blue phone', publicKey: profile.publicKey, ...proof };
  return { caller, profile, input, result: await registerPhone(runtime, caller, input) };
}

/** A phone of the person of a session with a fresh proof, by the whole ceremony. */
export async function aPhone(runtime: Runtime, session: SignedIn): Promise<TestPhone> {
  const { offerId, code } = done(await beginPhoneRegistration(runtime, session));
  const { caller, profile, result } = await showCode(runtime, code);
  const { phoneId } = done(result);
  done(await confirmPhone(runtime, session, { offerId, mine: true }));
  return { id: phoneId, caller, profile };
}

/** The credential that a phone's own authenticator makes, and what the phone sends with it. */
export async function makeVerification(runtime: Runtime, phone: TestPhone, deviation: Deviation = {}) {
  const random = runtime.random.bytes(48);
  const { challenge } = done(await beginPhoneProof(runtime, phone.caller));
  const { key, response } = createCredential(
    {
      challenge,
      rp: { id: runtime.relyingParty.id, name: 'Tidewater Studio' },
      user: { id: toBase64Url(new TextEncoder().encode(phone.id)), name: 'x', displayName: 'x' },
      pubKeyCredParams: [],
    },
    ORIGIN,
    random,
    deviation,
  );
  const message = phoneProofMessage(
    ORIGIN,
    fromBase64Url(challenge) ?? new Uint8Array(),
    `${phone.id} ${response.id}`,
  );
  const signature = signWithProfile(phone.profile, message);
  return { holder: key, input: { phoneId: phone.id, challenge, signature, response } };
}

/** The same phone, which verifies who holds it from now on. */
export async function verifying(runtime: Runtime, phone: TestPhone): Promise<TestPhone> {
  const { holder, input } = await makeVerification(runtime, phone);
  done(await addPhoneVerification(runtime, phone.caller, input));
  return { ...phone, holder };
}

/** What a phone sends to answer what waits for it now. */
export async function anAnswer(
  runtime: Runtime,
  phone: TestPhone,
  decision: ApprovalDecision,
  number: number | null = null,
  deviation: Deviation = {},
) {
  const { userId } = await runtime.db.authenticatorPhone.findUniqueOrThrow({ where: { id: phone.id } });
  const shown = (await readPendingApprovals(runtime, [userId])).get(userId);
  if (shown === undefined) throw new Error('nothing waits for this phone');
  const message = approvalMessage(ORIGIN, shown, { decision, number });
  const signature = signWithProfile(phone.profile, message);
  const input = { phoneId: phone.id, requestId: shown.id, decision, number, signature };
  if (phone.holder === undefined || decision !== 'approve') return input;
  const { response } = getAssertion({ challenge: toBase64Url(message) }, ORIGIN, phone.holder, {
    // A platform authenticator does not count.
    counter: 0,
    ...deviation,
  });
  return { ...input, verification: response };
}

/** Answers what waits for a phone now. */
export async function answer(
  runtime: Runtime,
  phone: TestPhone,
  decision: ApprovalDecision,
  number: number | null = null,
) {
  return await answerApproval(runtime, phone.caller, await anAnswer(runtime, phone, decision, number));
}
