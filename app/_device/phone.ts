import { createStore, del, set, values } from 'idb-keyval';
import {
  APPROVAL_LIFETIME_MS,
  type ApprovalAnswer,
  type ApprovalDecision,
  approvalMessage,
  normalisePhoneCode,
  type PhoneRegistrationAnswer,
  type PhoneState,
  phoneProofMessage,
  type ShownRequest,
} from '#domain/authenticator';
import { fromBase64Url, toBase64Url } from '#domain/base64url';
import { CEREMONY_TIMEOUT_MS } from '#domain/ceremony';
import type { AuthenticationResponse } from '#domain/wire';
import { type Connection, keepConnected } from './live.ts';
import { platformAuthenticator } from './platform-authenticator.ts';
import { post } from './post.ts';
import { newKeys, signMessage } from './profile.ts';
import { startRun } from './run.ts';
import type { Outcome } from './trouble.ts';

/** This browser as somebody's phone: a key that cannot be exported, kept in IndexedDB, once for each account. */
export interface KeptPhone extends PhoneRegistrationAnswer {
  readonly keys: CryptoKeyPair;
}

const opened: { store?: ReturnType<typeof createStore> } = {};

function store() {
  opened.store ??= createStore('latchkey-phones', 'phones');
  return opened.store;
}

export async function keptPhones(): Promise<readonly KeptPhone[]> {
  return await values<KeptPhone>(store());
}

export async function forgetPhone({ phoneId }: KeptPhone): Promise<void> {
  await del(phoneId, store());
}

const askChallenge = () => post<{ challenge: string }>('/api/authenticator/options', {});

/** A challenge, signed with what is said beside it. */
async function signed(keys: CryptoKeyPair, challenge: string, content: string) {
  const sealed = fromBase64Url(challenge) ?? new Uint8Array();
  const message = phoneProofMessage(window.location.origin, sealed, content);
  return { challenge, signature: await signMessage(keys, message) };
}

/** A fresh challenge, signed with what is said beside it. */
export async function prove(
  keys: CryptoKeyPair,
  content: string,
): Promise<Outcome<{ challenge: string; signature: string }>> {
  const asked = await askChallenge();
  if (!asked.ok) return asked;
  return { ok: true, value: await signed(keys, asked.value.challenge, content) };
}

/** Makes this browser the phone that a code is for, and keeps its key. It counts once the other screen has confirmed it. */
export async function addPhone(code: string, name: string): Promise<Outcome<KeptPhone>> {
  startRun('add-phone');
  const { keys, publicKey } = await newKeys();
  const proof = await prove(keys, normalisePhoneCode(code));
  if (!proof.ok) return proof;
  const input = { code, name, publicKey, ...proof.value };
  const answer = await post<PhoneRegistrationAnswer>('/api/authenticator/registration', input);
  if (!answer.ok) return answer;
  const phone = { ...answer.value, keys };
  await set(phone.phoneId, phone, store());
  return { ok: true, value: phone };
}

/** How a phone verifies who holds it, as the live connection says it. */
export type Verification = Extract<PhoneState, { state: 'ready' }>['verification'];

/**
 * Lets this phone's own authenticator make the credential by which it verifies who holds it: of this phone, and of nobody's list
 * of keys. Its user handle is the phone's, so that what is said of its person's keys never reaches it.
 */
export async function addVerification(phone: KeptPhone, { rpId }: Verification): Promise<Outcome<unknown>> {
  const { phoneId, account, organisation, keys } = phone;
  const made = await platformAuthenticator.create(async () => {
    const asked = await askChallenge();
    if (!asked.ok) return asked;
    return {
      ok: true,
      value: {
        challenge: asked.value.challenge,
        rp: { id: rpId, name: organisation },
        user: {
          id: toBase64Url(new TextEncoder().encode(phoneId)),
          name: `${account} (approvals)`,
          displayName: `${account} (approvals)`,
        },
        pubKeyCredParams: [-7, -257].map((alg) => ({ type: 'public-key' as const, alg })),
        authenticatorSelection: {
          authenticatorAttachment: 'platform',
          residentKey: 'discouraged',
          userVerification: 'required',
        },
        attestation: 'none',
        timeout: CEREMONY_TIMEOUT_MS,
      },
    };
  });
  if (!made.ok) return made;
  const { options, response } = made.value;
  const proof = await signed(keys, options.challenge, `${phoneId} ${response.id}`);
  return await post('/api/authenticator/verification', { phoneId, response, ...proof });
}

/**
 * Answers a request, signed over everything that was shown of it. An approval is verified by the phone's own authenticator, where
 * it is to; a denial never is.
 */
export async function answerRequest(
  { phoneId, keys }: KeptPhone,
  shown: ShownRequest,
  decision: ApprovalDecision,
  number: number | null,
  { policy, rpId, credentialId }: Verification,
): Promise<Outcome<ApprovalAnswer>> {
  startRun('answer-phone');
  const message = approvalMessage(window.location.origin, shown, { decision, number });
  const send = async (verification?: AuthenticationResponse) => {
    const signature = await signMessage(keys, message);
    const input = { phoneId, requestId: shown.id, decision, number, signature };
    return await post<ApprovalAnswer>('/api/authenticator/answer', {
      ...input,
      ...(verification && { verification }),
    });
  };
  if (decision !== 'approve' || policy === 'off' || credentialId === null) return await send();
  const options = {
    challenge: toBase64Url(message),
    rpId,
    allowCredentials: [{ id: credentialId, type: 'public-key' as const, transports: ['internal' as const] }],
    userVerification: 'required' as const,
    timeout: APPROVAL_LIFETIME_MS,
  };
  return await platformAuthenticator.get(
    async () => ({ ok: true, value: options }),
    'asking',
    async (_, response) => await send(response),
  );
}

/** Follows how a phone stands until the returned function is called. */
export function followPhone(
  { phoneId, keys }: KeptPhone,
  on: { state: (state: PhoneState) => void; connection: (connection: Connection) => void },
): () => void {
  const gone = (): string => {
    on.state({ state: 'gone' });
    return 'gone';
  };
  return keepConnected({
    open: async (signal) => {
      const proof = await prove(keys, phoneId);
      if (!proof.ok) throw new Error(proof.trouble.code);
      const query = new URLSearchParams({ phone: phoneId, ...proof.value });
      return await fetch(`/api/authenticator/stream?${query}`, { cache: 'no-store', signal });
    },
    take: (come) => {
      const last = come.at(-1);
      if (last === undefined) return undefined;
      const state = JSON.parse(last.data) as PhoneState;
      if (state.state === 'gone') return gone();
      on.state(state);
      return undefined;
    },
    refused: (code) => (code === 'not_found' ? gone() : undefined),
    tell: on.connection,
  });
}
