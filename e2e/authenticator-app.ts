import { Secret, TOTP } from 'otpauth';

const PERIOD_MS = 30_000;

/** Somebody's authenticator app. Codes are used once, so each one it shows is of a later step than the one before. */
export function authenticatorApp(key: string) {
  const totp = new TOTP({ secret: Secret.fromBase32(key.replaceAll(/\s/g, '')) });
  let last = 0;
  return {
    /** The next code that was not shown yet: of this step, or of the one ahead, which a clock that is fast would show. */
    code: () => {
      const now = Math.floor(Date.now() / PERIOD_MS);
      last = Math.max(now, last + 1);
      return totp.generate({ timestamp: last * PERIOD_MS });
    },
    /** One of long ago. */
    oldCode: () => totp.generate({ timestamp: Date.now() - 20 * PERIOD_MS }),
  };
}
