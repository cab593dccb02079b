import { type PhoneState, pushContent, type PushSubscription as Subscription } from '#domain/authenticator';
import { fromBase64Url } from '#domain/base64url';
import { type KeptPhone, prove } from './phone.ts';
import { post } from './post.ts';
import type { Outcome } from './trouble.ts';

/** How a phone is woken, as the live connection says it. */
export type Push = Extract<PhoneState, { state: 'ready' }>['push'];

const WORKER = '/authenticator-worker.js';
const SCOPE = '/authenticator';

/** Registers the worker of Authenticator: its words while there is no connection, and what wakes it. */
export async function registerWorker(): Promise<ServiceWorkerRegistration | undefined> {
  return await navigator.serviceWorker?.register(WORKER, { scope: SCOPE }).catch(() => undefined);
}

/** Whether this browser can be woken at all, as far as is known without asking anybody. */
export function canBeWoken(): boolean {
  return 'PushManager' in window && 'Notification' in window && Notification.permission !== 'denied';
}

/** Asks to be woken when something waits; null where the person or the browser does not let it. */
export async function wake(phone: KeptPhone, key: string): Promise<Outcome<unknown> | null> {
  if ((await Notification.requestPermission()) !== 'granted') return null;
  const registration = await registerWorker();
  const applicationServerKey = fromBase64Url(key) ?? new Uint8Array();
  const made = await registration?.pushManager
    .subscribe({ userVisibleOnly: true, applicationServerKey })
    .catch(() => undefined);
  const { endpoint, keys } = made?.toJSON() ?? {};
  if (endpoint === undefined || keys?.p256dh === undefined || keys.auth === undefined) return null;
  const subscription: Subscription = { endpoint, keys: { p256dh: keys.p256dh, auth: keys.auth } };
  const proof = await prove(phone.keys, pushContent(phone.phoneId, subscription));
  if (!proof.ok) return proof;
  const input = { phoneId: phone.phoneId, subscription, ...proof.value };
  return await post('/api/authenticator/subscription', input);
}
