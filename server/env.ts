import 'server-only';
import { createECDH } from 'node:crypto';
import { z } from 'zod';

/** An environment that the product refuses to start in; the message is one readable sentence. */
export class EnvironmentError extends Error {}

const flag = z.enum(['0', '1', 'true', 'false']).transform((text) => text === '1' || text === 'true');
const blankIsUnset = (value: unknown) => (value === '' ? undefined : value);
const optional = <T extends z.ZodType>(schema: T) => z.preprocess(blankIsUnset, schema.optional());

const wholeNumber = (minimum: number, maximum: number) =>
  z
    .string()
    .refine((text) => /^\d{1,5}$/.test(text) && Number(text) >= minimum && Number(text) <= maximum, {
      error: `a whole number from ${minimum} to ${maximum} is needed`,
    })
    .transform(Number);

const DATABASE_URL = /^(file:.+|postgres(ql)?:\/\/.+)/;

const schema = z.object({
  PORT: optional(wholeNumber(1, 65_535)),
  DATA_DIR: optional(z.string()),
  DATABASE_URL: optional(
    z.string().regex(DATABASE_URL, 'a postgresql:// or file: address is needed, or nothing for DATA_DIR'),
  ),
  ORIGIN: optional(z.url({ protocol: /^https?$/, error: 'not an http or https address' })),
  RP_ID: optional(z.string().toLowerCase()),
  SECRET_KEY: optional(z.string().regex(/^[0-9a-f]{64}$/i, '64 hexadecimal digits are needed (32 bytes)')),
  TRUSTED_PROXY_HOPS: optional(wholeNumber(0, 16)),
  DEMO: optional(flag),
  PIN_RESET_SERVICE_KEYS: optional(z.string()),
  PIN_RESET_SERVICE_URL: optional(z.url({ protocol: /^https?$/, error: 'not an http or https address' })),
  PIN_RESET_SERVICE_TOKEN: optional(
    z.string().regex(/^[0-9a-f]{64}$/i, '64 hexadecimal digits are needed (32 bytes)'),
  ),
  PIN_RESET_SERVICE_PORT: optional(wholeNumber(1, 65_535)),
  PIN_RESET_SERVICE_HOST: optional(z.string().max(253)),
  SMTP_URL: optional(z.url({ protocol: /^smtps?$/, error: 'an smtp:// or smtps:// address is needed' })),
  VAPID_PUBLIC_KEY: optional(z.string()),
  VAPID_PRIVATE_KEY: optional(z.string()),
  VAPID_SUBJECT: optional(
    z.string().regex(/^(mailto:[^\s@]+@[^\s@]+|https:\/\/\S+)$/, 'a mailto: or https:// address is needed'),
  ),
  MAIL_FROM: optional(
    z.string().regex(/^([^<>\p{Cc}]* <[^\s<>@]+@[^\s<>@]+>|[^\s<>@]+@[^\s<>@]+)$/u, {
      error: 'an address is needed, as no-reply@example.org or Latchkey <no-reply@example.org>',
    }),
  ),
});

/** Whether an address is one of a store on either engine. */
export function isDatabaseUrl(text: string): boolean {
  return DATABASE_URL.test(text) && (text.startsWith('file:') || URL.canParse(text));
}

export interface Environment {
  readonly dataDir: string;
  /** `file:` for SQLite, `postgresql:` for PostgreSQL. */
  readonly databaseUrl: string;
  readonly origin: string;
  readonly relyingPartyId: string;
  /** 32 bytes in hex, or null: the key then lives in DATA_DIR/master.key. */
  readonly secretKey: string | null;
  readonly demo: boolean;
  /** Where e-mail leaves, or null: it then stays in the outbox. */
  readonly mail: { readonly url: string; readonly from: string } | null;
  /** The keys for Web Push (RFC 8292), or null: no phone is woken. */
  readonly push: PushSettings | null;
  readonly pinResetService: PinResetServiceSettings;
}

export interface PushSettings {
  /** A point on P-256 and its scalar, base64url. */
  readonly publicKey: string;
  readonly privateKey: string;
  /** Whom a push service can reach about it. */
  readonly subject: string;
}

export interface PinResetServiceSettings {
  /** The folder of its keys, wherever it runs. */
  readonly folder: string;
  /** Where it runs, or null: in this process. */
  readonly remote: { readonly url: string; readonly token: string } | null;
  /** Of its own process: where it listens, and what the tenant shows at its doors. */
  readonly host: string;
  readonly port: number;
  readonly token: string | null;
}

/** The three of them, of which the keys are one pair; null where there is none. */
function pushSettings(env: z.output<typeof schema>): PushSettings | null {
  const { VAPID_PUBLIC_KEY: publicKey, VAPID_PRIVATE_KEY: privateKey, VAPID_SUBJECT: subject } = env;
  if (publicKey === undefined && privateKey === undefined && subject === undefined) return null;
  if (publicKey === undefined || privateKey === undefined || subject === undefined) {
    throw new EnvironmentError(
      'VAPID_PUBLIC_KEY, VAPID_PRIVATE_KEY, VAPID_SUBJECT: Web Push takes all three, or none of them.',
    );
  }
  if (publicOf(privateKey) !== publicKey) {
    throw new EnvironmentError(
      'VAPID_PRIVATE_KEY: this is not the private key of VAPID_PUBLIC_KEY. Make a pair: npx web-push generate-vapid-keys.',
    );
  }
  return { publicKey, privateKey, subject };
}

function publicOf(privateKey: string): string | null {
  try {
    const pair = createECDH('prime256v1');
    pair.setPrivateKey(Buffer.from(privateKey, 'base64url'));
    return pair.getPublicKey('base64url');
  } catch {
    return null;
  }
}

const isIpAddress = (host: string) => /^[\d.]+$/.test(host) || host.includes(':');

const isLoopback = (host: string) =>
  host === 'localhost' ||
  host.endsWith('.localhost') ||
  host === '[::1]' ||
  /^127\.\d+\.\d+\.\d+$/.test(host);

/** Reads and checks the environment. Throws `EnvironmentError` naming the one thing that is wrong. */
export function readEnvironment(
  source: Readonly<Record<string, string | undefined>> = process.env,
): Environment {
  const parsed = schema.safeParse(source);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new EnvironmentError(`${issue?.path.join('.')}: ${issue?.message}.`);
  }
  const env = parsed.data;
  const dataDir = env.DATA_DIR ?? '.data';
  const address = new URL(env.ORIGIN ?? `http://localhost:${env.PORT ?? 3000}`);
  const host = address.hostname;
  if (isIpAddress(host.replace(/^\[|\]$/g, ''))) {
    throw new EnvironmentError(
      `ORIGIN: WebAuthn needs a name, and ${host} is an IP address. Use http://localhost or a domain.`,
    );
  }
  if (address.protocol === 'http:' && host !== 'localhost' && !host.endsWith('.localhost')) {
    throw new EnvironmentError(
      `ORIGIN: browsers offer WebAuthn only over https (or on localhost), and ${address.origin} is neither.`,
    );
  }
  if (address.username !== '' || address.password !== '') {
    throw new EnvironmentError('ORIGIN: give the address without a user name or a password.');
  }
  if (address.pathname !== '/' || address.search !== '' || address.hash !== '') {
    throw new EnvironmentError('ORIGIN: give the address without a path, such as https://id.example.org.');
  }
  if ((env.SMTP_URL === undefined) !== (env.MAIL_FROM === undefined)) {
    throw new EnvironmentError(
      'SMTP_URL, MAIL_FROM: sending e-mail takes both, a server and the address that it comes from.',
    );
  }
  const service = env.PIN_RESET_SERVICE_URL === undefined ? null : new URL(env.PIN_RESET_SERVICE_URL);
  const token = env.PIN_RESET_SERVICE_TOKEN?.toLowerCase() ?? null;
  if (service !== null && token === null) {
    throw new EnvironmentError(
      'PIN_RESET_SERVICE_TOKEN: a PIN reset service in its own process takes one, the same there and here.',
    );
  }
  if (service !== null && `${service.username}${service.password}${service.search}${service.hash}` !== '') {
    throw new EnvironmentError('PIN_RESET_SERVICE_URL: give the address alone, without a name or a query.');
  }
  if (service !== null && service.protocol === 'http:' && !isLoopback(service.hostname)) {
    throw new EnvironmentError(
      'PIN_RESET_SERVICE_URL: over a network it takes https; http is for this machine alone.',
    );
  }
  const relyingPartyId = env.RP_ID ?? host;
  if (relyingPartyId !== host && !host.endsWith(`.${relyingPartyId}`)) {
    throw new EnvironmentError(
      `RP_ID: ${relyingPartyId} is neither the host of ORIGIN (${host}) nor a parent domain of it.`,
    );
  }
  return {
    dataDir,
    databaseUrl: env.DATABASE_URL ?? `file:${dataDir}/latchkey.db`,
    origin: address.origin,
    relyingPartyId,
    secretKey: env.SECRET_KEY?.toLowerCase() ?? null,
    demo: env.DEMO ?? true,
    mail:
      env.SMTP_URL === undefined || env.MAIL_FROM === undefined
        ? null
        : { url: env.SMTP_URL, from: env.MAIL_FROM },
    push: pushSettings(env),
    pinResetService: {
      folder: env.PIN_RESET_SERVICE_KEYS ?? `${dataDir}/pin-reset-service`,
      remote: service === null || token === null ? null : { url: service.href.replace(/\/$/, ''), token },
      host: env.PIN_RESET_SERVICE_HOST ?? '127.0.0.1',
      port: env.PIN_RESET_SERVICE_PORT ?? 3001,
      token,
    },
  };
}
