import { createStore, del, set, values } from 'idb-keyval';
import {
  type ApprovalAnswer,
  type ApprovalDecision,
  approvalMessage,
  normalisePhoneCode,
  type PhoneRegistrationAnswer,
  type PhoneState,
  phoneProofMessage,
  type ShownRequest,
} from '#domain/authenticator';
import { fromBase64Url } from '#domain/base64url';
import { type Connection, keepConnected } from './live.ts';
import { post } from './post.ts';
import { newKeys, signMessage } from './profile.ts';
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

/** A fresh challenge, signed with what is said beside it. */
async function prove(
  keys: CryptoKeyPair,
  content: string,
): Promise<Outcome<{ challenge: string; signature: string }>> {
  const asked = await post<{ challenge: string }>('/api/authenticator/options', {});
  if (!asked.ok) return asked;
  const { challenge } = asked.value;
  const sealed = fromBase64Url(challenge) ?? new Uint8Array();
  const message = phoneProofMessage(window.location.origin, sealed, content);
  return { ok: true, value: { challenge, signature: await signMessage(keys, message) } };
}

/** Makes this browser the phone that a code is for, and keeps its key. It counts once the other screen has confirmed it. */
export async function addPhone(code: string, name: string): Promise<Outcome<KeptPhone>> {
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

/** Answers a request, signed over everything that was shown of it. */
export async function answerRequest(
  { phoneId, keys }: KeptPhone,
  shown: ShownRequest,
  decision: ApprovalDecision,
  number: number | null,
): Promise<Outcome<ApprovalAnswer>> {
  const message = approvalMessage(window.location.origin, shown, { decision, number });
  const signature = await signMessage(keys, message);
  const input = { phoneId, requestId: shown.id, decision, number, signature };
  return await post<ApprovalAnswer>('/api/authenticator/answer', input);
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
