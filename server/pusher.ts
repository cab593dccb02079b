import 'server-only';
import { request as overHttp } from 'node:http';
import { request as overHttps } from 'node:https';
import webPush from 'web-push';
import { PUSH_MESSAGE, type PushSubscription } from '#domain/authenticator';
import { SECOND_MS } from '#domain/time';
import { lookupWithin, PUBLIC_HTTPS, type Reach, withinReach } from './download.ts';
import type { PushSettings } from './env.ts';

const TIMEOUT_MS = 10 * SECOND_MS;

/** `gone`: the push service knows this subscription no more (RFC 8030 7.3). */
export type Pushed = 'sent' | 'gone' | 'failed';

export interface Pusher {
  /** By which browsers know this server (VAPID, RFC 8292). */
  readonly publicKey: string;
  /** Whether it sends there: over https, and nowhere into our own network. */
  accepts(subscription: PushSubscription): boolean;
  /** Says once that something waits (`PUSH_MESSAGE`), good for so many seconds. */
  push(subscription: PushSubscription, seconds: number): Promise<Pushed>;
}

/**
 * Wakes browsers by Web Push. `web-push` encrypts the message and signs for it; the request is our own, because the address comes
 * from a browser: the connection goes to an address that was judged, and no redirect is followed.
 */
export function createPusher(settings: PushSettings, reach: Reach = PUBLIC_HTTPS): Pusher {
  const details = (subscription: PushSubscription, seconds: number) =>
    webPush.generateRequestDetails(subscription, PUSH_MESSAGE, {
      vapidDetails: settings,
      TTL: seconds,
      urgency: 'high',
      // A later one takes the place of one that was not delivered yet.
      topic: 'approval',
      contentEncoding: 'aes128gcm',
    });
  return {
    publicKey: settings.publicKey,
    accepts(subscription) {
      if ('failure' in withinReach(subscription.endpoint, reach)) return false;
      try {
        return details(subscription, 1).body !== null;
      } catch {
        return false;
      }
    },
    async push(subscription, seconds) {
      const found = withinReach(subscription.endpoint, reach);
      if ('failure' in found) return 'failed';
      const { headers, body } = details(subscription, seconds);
      const ask = found.protocol === 'https:' ? overHttps : overHttp;
      return await new Promise<Pushed>((settle) => {
        const asked = ask(found.url, {
          method: 'POST',
          headers: headers as Record<string, string | number>,
          agent: false,
          lookup: lookupWithin(reach),
          signal: AbortSignal.timeout(TIMEOUT_MS),
        });
        asked.on('error', () => settle('failed'));
        asked.on('response', ({ statusCode = 0 }) => {
          settle(
            statusCode === 404 || statusCode === 410
              ? 'gone'
              : statusCode >= 200 && statusCode < 300
                ? 'sent'
                : 'failed',
          );
          asked.destroy();
        });
        asked.end(body);
      });
    },
  };
}
