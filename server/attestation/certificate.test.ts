import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  forgedAnchor,
  intermediateCertificate,
  rootCertificate,
} from '../testing-attestation/certificate.ts';
import { isIssuedBy, readCertificate, readIssuer, readPem } from './certificate.ts';

describe('what is remembered of a certificate', () => {
  /** Other certificates of the same shape: the last bytes are the signature's, which reading does not look at. */
  const others = (count: number) =>
    Array.from({ length: count }, (_, at) => {
      const other = Buffer.from(intermediateCertificate());
      other.writeUInt32BE(at, other.length - 4);
      return other;
    });

  test('is what the same bytes said, whoever brings them', () => {
    const der = intermediateCertificate();
    const read = readIssuer(der);
    expect(readIssuer(Uint8Array.from(der))).toBe(read);
    expect(readIssuer(Buffer.concat([Buffer.from('in front'), der]).subarray(8))).toBe(read);
    expect(read?.facts).toEqual(readCertificate(der)?.facts);
  });

  test('is nothing for bytes that differ anywhere, and never whether they were signed', () => {
    const root = readCertificate(rootCertificate());
    const [genuine, tampered] = [intermediateCertificate(), others(1)[0]].map((der) =>
      readIssuer(der as Buffer),
    );
    expect(genuine).not.toBe(tampered);
    expect(tampered?.facts.fingerprint).not.toBe(genuine?.facts.fingerprint);
    expect([genuine, tampered].map((each) => each && root && isIssuedBy(each, root))).toEqual([true, false]);
  });

  test('is bounded: what was not used for long is read again, and what is used stays', () => {
    const [kept, forgotten] = [rootCertificate(), intermediateCertificate()];
    const [first, second] = [readIssuer(kept), readIssuer(forgotten)];
    for (const other of others(300)) {
      readIssuer(other);
      readIssuer(kept);
    }
    expect(readIssuer(kept)).toBe(first);
    expect(readIssuer(forgotten)).not.toBe(second);
    expect(readIssuer(forgotten)?.facts).toEqual(second?.facts);
  });

  test('is nothing of what is no certificate', () => {
    expect(readIssuer(new Uint8Array(64))).toBeNull();
    expect(readIssuer(new Uint8Array(64))).toBeNull();
    const { certificate } = forgedAnchor();
    expect(readIssuer(Buffer.concat([certificate, Uint8Array.of(0)])), 'a byte behind it').toBeNull();
    expect(readIssuer(certificate.subarray(0, -1)), 'a byte less').toBeNull();
  });
});

test('PEM is certificates alone, in time that grows with its length', () => {
  expect(readPem('-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----')).toBeNull();
  expect(readPem('')).toBeNull();
  expect(readPem('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----')).toHaveLength(1);
  const encrypted =
    '-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n-----END RSA PRIVATE KEY-----';
  expect(readPem(`${encrypted}\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----`)).toBeNull();
  // Minutes, if each beginning were followed to the end of the text.
  expect(readPem('-----BEGIN CERTIFICATE-----\n'.repeat(100_000))).toBeNull();
});

test('no bytes crash a reader of certificates, and none but a whole certificate is one', () => {
  const whole = rootCertificate();
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 600 }), (random) => {
      expect(readCertificate(random)).toBeNull();
    }),
    { numRuns: 200 },
  );
  fc.assert(
    fc.property(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), (at, by) => {
      const changed = Uint8Array.from(whole, (byte, place) => (place === at ? byte ^ by : byte));
      const read = readCertificate(changed);
      // What can still be read does not bear its issuer's signature any more.
      expect(read === null || !isIssuedBy(read, read), `octet ${at}`).toBe(true);
    }),
    { numRuns: 300 },
  );
});
