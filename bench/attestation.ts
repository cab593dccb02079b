import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { SettingsService, verifyRegistrationResponse } from '@simplewebauthn/server';
import { builtInAnchors } from '../server/attestation/built-in.ts';
import { ALGORITHMS, createRelyingParty } from '../server/relying-party.ts';
import { CHALLENGE, EXPECTED_ORIGIN } from '../server/testing-attestation/ceremony.ts';
import { forgedAnchor, rootCertificate } from '../server/testing-attestation/certificate.ts';
import { keys } from '../server/testing-attestation/keys.ts';
import { forgeTpm, type TpmOptions } from '../server/testing-attestation/tpm.ts';
import { describeMachine, say, table } from './house.ts';
import { spread } from './readings.ts';

/**
 * What our own checks cost: one TPM registration through the relying party, as a registration pays it, against
 * SimpleWebAuthn alone with the same root. No statement is used twice by a side, so that nothing is remembered of it.
 */
const { values: given } = parseArgs({
  options: {
    readings: { type: 'string', default: '9' },
    statements: { type: 'string', default: '150' },
  },
});
const READINGS = Number(given.readings);
const STATEMENTS = Number(given.statements);
const WARM_UP = 100;
/** The two sides take turns after so many statements: often enough that both meet the same machine. */
const TURN = 10;
/** What our own checks may cost, against the library that validates the path too. */
const AIM = 1.3;
const DAY_MS = 86_400_000;

// As Microsoft's: a root of 4096 bits above an intermediate for each maker. Each computer has a certificate of its own.
const root = generateKeyPairSync('rsa', { modulusLength: 4096 });
const rootDer = rootCertificate({ publicKey: root.publicKey, signer: root.privateKey });
const rootPem = new X509Certificate(rootDer).toString();

interface Variant {
  readonly what: string;
  readonly options: TpmOptions;
  /** Each statement has an intermediate that was never seen before, so that nothing of it can be remembered. */
  readonly strangers?: boolean;
}
const variants: readonly Variant[] = [
  { what: 'RS1 (as Windows), ES256 key', options: { ak: 'rs1' } },
  { what: 'RS1, ES256 key, new intermediate', options: { ak: 'rs1' }, strangers: true },
  { what: 'RS1 (as Windows), RS256 key', options: { ak: 'rs1', key: keys.rs256() } },
  { what: 'RS256, ES256 key', options: { ak: 'rs256' } },
  { what: 'ES256, ES256 key', options: { ak: 'es256' } },
];

type Response = ReturnType<typeof forgeTpm>;

let made = 0;
function statements(count: number, { options, strangers = false }: Variant): Response[] {
  return Array.from({ length: count }, () => {
    made += 1;
    // Another first day makes another certificate.
    const notBefore = new Date(Date.UTC(1990, 0, 1) + made * DAY_MS);
    const intermediate = { signer: root.privateKey, ...(strangers ? { notBefore } : {}) };
    return forgeTpm({ ...options, aik: { notBefore }, intermediate });
  });
}

const party = createRelyingParty({ id: 'localhost', origin: EXPECTED_ORIGIN, name: 'Bench' });
const at = new Date();

/** Everything that stands between a response and the row that is written for it, but the store. */
async function ours(response: Response): Promise<void> {
  // The store hands out what was added as new bytes each time.
  const anchors = [...builtInAnchors, forgedAnchor('tpm', Uint8Array.from(rootDer))];
  const verified = await party.verifyRegistration(response, { anchors, at });
  if (!verified.verified || verified.verdict.class !== 'tpm_hardware') throw new Error('It was not proven.');
}

/** The library by its book: the same expectations, and the root set, so that it validates the path. */
async function alone(response: Response): Promise<void> {
  const { verified } = await verifyRegistrationResponse({
    response: response as Parameters<typeof verifyRegistrationResponse>[0]['response'],
    expectedChallenge: CHALLENGE,
    expectedOrigin: EXPECTED_ORIGIN,
    expectedRPID: 'localhost',
    requireUserVerification: true,
    supportedAlgorithmIDs: [...ALGORITHMS],
  });
  if (!verified) throw new Error('It was not verified.');
}

type Side = 'ours' | 'alone' | 'pathless';
const sides = ['ours', 'alone', 'pathless'] as const satisfies readonly Side[];

/** CPU milliseconds of all threads; only one side runs at a time. */
async function cpuMs(side: Side, responses: readonly Response[]): Promise<number> {
  // The library knows its roots for the whole process: ours must not have them, as the product has not.
  SettingsService.setRootCertificates({ identifier: 'tpm', certificates: side === 'alone' ? [rootPem] : [] });
  const verify = side === 'ours' ? ours : alone;
  const before = process.cpuUsage();
  for (const response of responses) await verify(response);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

type Reading = Record<Side, number>;

/** CPU milliseconds for one statement of each side, which take turns and begin in turn. */
async function read(variant: Variant, count: number): Promise<Reading> {
  const responses = statements(count, variant);
  const total: Reading = { ours: 0, alone: 0, pathless: 0 };
  for (let turn = 0; turn * TURN < count; turn += 1) {
    const batch = responses.slice(turn * TURN, (turn + 1) * TURN);
    for (const place of sides.keys()) {
      const side = sides[(place + turn) % sides.length] ?? 'ours';
      total[side] += await cpuMs(side, batch);
    }
  }
  return { ours: total.ours / count, alone: total.alone / count, pathless: total.pathless / count };
}

describeMachine();
say(`${READINGS} readings of ${STATEMENTS} statements each, load ${loadavg()[0]?.toFixed(1)}\n`);
const rows: string[][] = [];
for (const variant of variants) {
  await read(variant, WARM_UP);
  const readings: Reading[] = [];
  for (let n = 0; n < READINGS; n += 1) readings.push(await read(variant, STATEMENTS));
  const ratios = readings.map((each) => each.ours / each.alone).sort((a, b) => a - b);
  rows.push([
    variant.what,
    ...sides.map((side) =>
      spread(
        readings.map((each) => each[side]),
        2,
      ),
    ),
    spread(ratios, 2),
    spread(
      readings.map((each) => each.ours / each.pathless),
      2,
    ),
  ]);
  if ((ratios[ratios.length >> 1] ?? Number.POSITIVE_INFINITY) > AIM) process.exitCode = 1;
}
table(['attestation key', 'ours, CPU ms', 'alone', 'alone, no path', 'ours : alone', 'ours : no path'], rows);
say(
  process.exitCode === 1
    ? `\nOurs costs more than ${AIM} times the library alone.`
    : `\nWithin the aim of ${AIM}.`,
);
