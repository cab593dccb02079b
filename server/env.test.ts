import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { EnvironmentError, readEnvironment } from './env.ts';
import { systemRandom } from './runtime.ts';
import { openKeyring } from './secrets.ts';
import { aFolder } from './testing.ts';

/** A pair whose private key everybody knows. */
const VAPID = {
  VAPID_PUBLIC_KEY: 'BB4YUy_UdUwC8wQdnHXOszuD_9gax85P6ILMscmLxYlupGwxHE4v9A3ZajZT5uRURdMt_khuztdcepDGoYiBwKM',
  VAPID_PRIVATE_KEY: 'BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc',
  VAPID_SUBJECT: 'mailto:operator@example.org',
};

describe('the environment', () => {
  test('may be empty', () => {
    expect(readEnvironment({})).toEqual({
      dataDir: '.data',
      databaseUrl: 'file:.data/latchkey.db',
      origin: 'http://localhost:3000',
      relyingPartyId: 'localhost',
      secretKey: null,
      demo: true,
      mail: null,
      push: null,
      pinResetService: {
        folder: '.data/pin-reset-service',
        remote: null,
        host: '127.0.0.1',
        port: 3001,
        token: null,
      },
    });
  });

  test('may have blanks for what is unset', () => {
    const blank = {
      PORT: '',
      DATA_DIR: '',
      DATABASE_URL: '',
      ORIGIN: '',
      RP_ID: '',
      SECRET_KEY: '',
      TRUSTED_PROXY_HOPS: '',
      DEMO: '',
      SMTP_URL: '',
      MAIL_FROM: '',
      VAPID_PUBLIC_KEY: '',
      VAPID_PRIVATE_KEY: '',
      VAPID_SUBJECT: '',
      PIN_RESET_SERVICE_KEYS: '',
      PIN_RESET_SERVICE_URL: '',
      PIN_RESET_SERVICE_TOKEN: '',
      PIN_RESET_SERVICE_PORT: '',
      PIN_RESET_SERVICE_HOST: '',
    };
    expect(readEnvironment(blank)).toEqual(readEnvironment({}));
  });

  test.each([
    [{ PORT: '8080' }, { origin: 'http://localhost:8080' }],
    [
      { ORIGIN: 'https://id.example.org/' },
      { origin: 'https://id.example.org', relyingPartyId: 'id.example.org' },
    ],
    [{ ORIGIN: 'https://id.example.org', RP_ID: 'Example.ORG' }, { relyingPartyId: 'example.org' }],
    [{ ORIGIN: 'http://app.localhost:3000' }, { relyingPartyId: 'app.localhost' }],
    [{ SECRET_KEY: 'AB'.repeat(32) }, { secretKey: 'ab'.repeat(32) }],
    [{ DEMO: '0' }, { demo: false }],
    [
      VAPID,
      {
        push: {
          publicKey: VAPID.VAPID_PUBLIC_KEY,
          privateKey: VAPID.VAPID_PRIVATE_KEY,
          subject: 'mailto:operator@example.org',
        },
      },
    ],
    [{ DATA_DIR: '/srv/data' }, { databaseUrl: 'file:/srv/data/latchkey.db' }],
    [{ DATABASE_URL: 'postgresql://db/latchkey' }, { databaseUrl: 'postgresql://db/latchkey' }],
    [
      { PIN_RESET_SERVICE_URL: 'http://localhost:3001/', PIN_RESET_SERVICE_TOKEN: 'AB'.repeat(32) },
      { pinResetService: { remote: { url: 'http://localhost:3001', token: 'ab'.repeat(32) } } },
    ],
    [
      { PIN_RESET_SERVICE_URL: 'https://reset.example.org/a', PIN_RESET_SERVICE_TOKEN: 'ab'.repeat(32) },
      { pinResetService: { remote: { url: 'https://reset.example.org/a', token: 'ab'.repeat(32) } } },
    ],
    [{ PIN_RESET_SERVICE_KEYS: '/srv/keys' }, { pinResetService: { folder: '/srv/keys' } }],
  ])('%o means %o', (given, meant) => {
    expect(readEnvironment(given)).toMatchObject(meant);
  });

  test.each([
    [{ PORT: '0' }, 'PORT'],
    [{ PORT: '65536' }, 'PORT'],
    [{ PORT: '3000 or so' }, 'PORT'],
    [{ DATABASE_URL: 'mysql://db/latchkey' }, 'DATABASE_URL'],
    [{ ORIGIN: 'id.example.org' }, 'ORIGIN'],
    [{ ORIGIN: 'ftp://id.example.org' }, 'ORIGIN'],
    [{ ORIGIN: 'http://id.example.org' }, 'ORIGIN'],
    [{ ORIGIN: 'https://192.0.2.1' }, 'ORIGIN'],
    [{ ORIGIN: 'https://[2001:db8::1]' }, 'ORIGIN'],
    [{ ORIGIN: 'http://127.0.0.1:3000' }, 'ORIGIN'],
    [{ ORIGIN: 'https://id.example.org/app' }, 'ORIGIN'],
    [{ ORIGIN: 'https://id.example.org/?a=1' }, 'ORIGIN'],
    [{ ORIGIN: 'https://user:secret@id.example.org' }, 'ORIGIN'],
    [{ ORIGIN: 'https://id.example.org', RP_ID: 'example.com' }, 'RP_ID'],
    [{ ORIGIN: 'https://id.example.org', RP_ID: 'ample.org' }, 'RP_ID'],
    [{ ORIGIN: 'https://example.org', RP_ID: 'id.example.org' }, 'RP_ID'],
    [{ SECRET_KEY: 'secret' }, 'SECRET_KEY'],
    [{ SECRET_KEY: 'ab'.repeat(31) }, 'SECRET_KEY'],
    [{ TRUSTED_PROXY_HOPS: '-1' }, 'TRUSTED_PROXY_HOPS'],
    [{ TRUSTED_PROXY_HOPS: '1.5' }, 'TRUSTED_PROXY_HOPS'],
    [{ DEMO: 'maybe' }, 'DEMO'],
    [{ PIN_RESET_SERVICE_URL: 'http://localhost:3001' }, 'PIN_RESET_SERVICE_TOKEN'],
    [{ PIN_RESET_SERVICE_TOKEN: 'secret' }, 'PIN_RESET_SERVICE_TOKEN'],
    [
      { PIN_RESET_SERVICE_URL: 'http://reset.example.org', PIN_RESET_SERVICE_TOKEN: 'ab'.repeat(32) },
      'PIN_RESET_SERVICE_URL',
    ],
    [
      { PIN_RESET_SERVICE_URL: 'https://a:secret@b.example', PIN_RESET_SERVICE_TOKEN: 'ab'.repeat(32) },
      'PIN_RESET_SERVICE_URL',
    ],
    [{ PIN_RESET_SERVICE_URL: 'reset.example.org' }, 'PIN_RESET_SERVICE_URL'],
    [{ PIN_RESET_SERVICE_PORT: '0' }, 'PIN_RESET_SERVICE_PORT'],
    [{ VAPID_PUBLIC_KEY: VAPID.VAPID_PUBLIC_KEY }, 'VAPID_PUBLIC_KEY, VAPID_PRIVATE_KEY, VAPID_SUBJECT'],
    [{ ...VAPID, VAPID_SUBJECT: '' }, 'VAPID_PUBLIC_KEY, VAPID_PRIVATE_KEY, VAPID_SUBJECT'],
    [{ ...VAPID, VAPID_SUBJECT: 'operator' }, 'VAPID_SUBJECT'],
    [{ ...VAPID, VAPID_PUBLIC_KEY: 'secret' }, 'VAPID_PRIVATE_KEY'],
    [{ ...VAPID, VAPID_PRIVATE_KEY: 'secret' }, 'VAPID_PRIVATE_KEY'],
  ])('%o is refused in one sentence that names what is wrong and repeats no secret', (given, name) => {
    let message = '';
    try {
      readEnvironment(given as Record<string, string>);
    } catch (error) {
      expect(error).toBeInstanceOf(EnvironmentError);
      message = (error as Error).message;
    }
    expect(message).toMatch(new RegExp(`^${name}: .+\\.$`));
    expect(message).not.toContain('\n');
    expect(message).not.toMatch(/secret@|user:secret|: secret/);
  });
});

describe('the master key', () => {
  const keyring = (dataDir: string) => openKeyring({ secretKey: null, dataDir }, systemRandom.bytes);

  test('is made on the first start, readable by its owner only, and found again on the next', () => {
    const dataDir = join(aFolder(), 'data');
    const first = keyring(dataDir)('challenge');
    expect(readdirSync(dataDir)).toEqual(['master.key']);
    if (process.platform !== 'win32') {
      expect(statSync(join(dataDir, 'master.key')).mode & 0o777).toBe(0o600);
      expect(statSync(dataDir).mode & 0o777).toBe(0o700);
    }
    expect(keyring(dataDir)('challenge')).toEqual(first);
  });

  test('gives each purpose a key of its own, and none is the master key', () => {
    const dataDir = aFolder();
    const keys = (['challenge', 'offer', 'check', 'rate-limit'] as const).map((purpose) =>
      keyring(dataDir)(purpose).toString('hex'),
    );
    expect(new Set([...keys, readFileSync(join(dataDir, 'master.key'), 'utf8').trim()]).size).toBe(5);
  });

  test('in SECRET_KEY needs no file', () => {
    const dataDir = aFolder();
    openKeyring({ secretKey: 'ab'.repeat(32), dataDir }, systemRandom.bytes)('challenge');
    expect(existsSync(join(dataDir, 'master.key'))).toBe(false);
  });

  test('in a file that holds something else is refused and not overwritten', () => {
    const dataDir = aFolder();
    writeFileSync(join(dataDir, 'master.key'), 'hello');
    expect(() => keyring(dataDir)).toThrow(EnvironmentError);
    expect(readFileSync(join(dataDir, 'master.key'), 'utf8')).toBe('hello');
  });
});
