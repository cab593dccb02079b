import { encodeCBOR } from '@levischuck/tiny-cbor';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { der, derInteger, derTime, TAG } from '../der.ts';
import { aaguidLabel, helloAaguid } from './aaguids.ts';
import { readAuthenticatorData } from './authenticator-data.ts';
import { joinBytes } from './bytes.ts';
import { readCbor, readCborPrefix } from './cbor.ts';
import { readAndroidKeyDescription, readAppleNonce, readFidoAaguid, readTpmIdentity } from './certificate.ts';
import { readClientDataBytes } from './client-data.ts';
import { readCoseKey } from './cose-key.ts';
import { objectIdentifier, readElements, readTime } from './der.ts';
import { tpmManufacturer, tpmVendorIds } from './manufacturers.ts';
import { readRegistration } from './statement.ts';
import { readAttest, readPublicArea } from './tpm-structures.ts';

const hex = (text: string) => Uint8Array.from(text.match(/../g) ?? [], (octet) => Number.parseInt(octet, 16));
const bytes = fc.uint8Array({ maxLength: 400 });

type Plain = string | number | boolean | null | Uint8Array | Plain[] | Map<string | number, Plain>;
const value = fc.letrec<{ value: Plain }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', maxDepth: 5 },
    fc.integer(),
    fc.string(),
    fc.boolean(),
    fc.constant(null),
    fc.uint8Array({ maxLength: 40 }),
    fc.array(tie('value'), { maxLength: 4 }),
    fc
      .uniqueArray(fc.tuple(fc.oneof(fc.string(), fc.integer()), tie('value')), {
        maxLength: 4,
        selector: ([key]) => key,
      })
      .map((entries) => new Map(entries)),
  ),
})).value;

describe('no bytes crash a parser', () => {
  const parsers: [string, (input: Uint8Array) => unknown][] = [
    ['CBOR', readCbor],
    ['DER', readElements],
    ['object identifiers', objectIdentifier],
    ['authenticator data', readAuthenticatorData],
    ['client data', readClientDataBytes],
    ['TPMS_ATTEST', readAttest],
    ['TPMT_PUBLIC', readPublicArea],
    ['subject alternative names', readTpmIdentity],
    ['FIDO AAGUID', readFidoAaguid],
    ['Apple nonces', readAppleNonce],
    ['Android key descriptions', readAndroidKeyDescription],
    ['attestation objects', (input) => readRegistration(input, input)],
  ];
  test.each(parsers)('%s', (_what, parse) => {
    fc.assert(
      fc.property(bytes, (input) => {
        parse(input);
      }),
      { numRuns: 1000 },
    );
  });

  test.each(parsers)('%s, deep or long by its own word', (_what, parse) => {
    const long = new Uint8Array(24_000);
    for (const first of [0x81, 0xa1, 0x9b, 0xbb, 0x5b, 0x7b, 0x30, 0x3f, 0xff]) {
      long.fill(first);
      parse(long);
      // Announces 2^32 items and more than are there.
      parse(joinBytes(Uint8Array.of(first, 0xff, 0xff, 0xff, 0xff), long.subarray(0, 64)));
    }
  });
});

describe('what is large takes time and memory in proportion, however it is made', () => {
  // Each of these would take hours if any part of it were read again for every other part.
  const MANY = 400_000;
  const repeat = (part: readonly number[], times: number) => {
    const all = new Uint8Array(part.length * times);
    for (let at = 0; at < all.length; at += part.length) all.set(part, at);
    return all;
  };
  const size = (initial: number, count: number) =>
    Uint8Array.of(initial, ...[24, 16, 8, 0].map((shift) => (count >>> shift) & 0xff));

  test('a CBOR list of many items, a map of many keys, a long text', () => {
    expect(readCbor(joinBytes(size(0x9a, MANY), new Uint8Array(MANY)))).toHaveLength(MANY);
    const keys = new Uint8Array(MANY * 6);
    for (let key = 0; key < MANY; key += 1) keys.set([...size(0x1a, key), 0], key * 6);
    expect(readCbor(joinBytes(size(0xba, MANY), keys))).toMatchObject({ size: MANY });
    expect(readCbor(joinBytes(size(0x7a, MANY), repeat([0x61], MANY)))).toHaveLength(MANY);
  });

  test('CBOR that nests as deep as it is long, in lists, maps and both', () => {
    for (const part of [[0x81], [0xa1, 0x00], [0x81, 0xa1, 0x00], [0x9a, 0, 0, 0, 1]])
      expect(readCborPrefix(repeat(part, MANY))).toBeNull();
  });

  test('lengths that nobody has', () => {
    for (const major of [0x40, 0x60, 0x80, 0xa0])
      for (const announced of [0xff, 0x7f])
        expect(readCbor(Uint8Array.of(major | 27, announced, ...new Array(7).fill(0xff), 0))).toBeNull();
    expect(readElements(Uint8Array.of(0x30, 0x83, 0xff, 0xff, 0xff, 0))).toBeNull();
    expect(readElements(Uint8Array.of(0x30, 0x84, 0, 0, 0, 1, 0))).toBeNull();
  });

  test('DER of many elements, deep nesting, and a long object identifier', () => {
    expect(readElements(repeat([0x05, 0x00], MANY))).toHaveLength(MANY);
    expect(readElements(repeat([0x30, 0x80], MANY))).toBeNull();
    expect(objectIdentifier(repeat([0x01], MANY))).toHaveLength(MANY * 2 + 1);
    expect(objectIdentifier(repeat([0xff], MANY))).toBeNull();
  });

  test('names of a TPM with an attribute over and over', () => {
    const attribute = der(
      TAG.sequence,
      der(TAG.objectIdentifier, hex('6781050201')),
      der(0x0c, hex('69643a')),
    );
    const name = (count: number) =>
      der(TAG.sequence, der(0xa4, der(TAG.sequence, der(0x31, repeat([...attribute], count)))));
    expect(readTpmIdentity(name(1))).toMatchObject({ manufacturer: 'id:' });
    expect(readTpmIdentity(name(20_000))).toBeNull();
  });

  test('TPM structures and authenticator data behind which much follows', () => {
    for (const parse of [readAttest, readPublicArea, readAuthenticatorData])
      expect(parse(new Uint8Array(MANY))).toBeNull();
  });
});

describe('CBOR', () => {
  test('what was written is read back, and nothing may follow it', () => {
    fc.assert(
      fc.property(value, (written) => {
        const encoded = encodeCBOR(written as Parameters<typeof encodeCBOR>[0]);
        expect(readCbor(encoded)).toEqual(written);
        expect(readCbor(joinBytes(encoded, Uint8Array.of(0)))).toBeNull();
        expect(readCborPrefix(joinBytes(encoded, Uint8Array.of(0)))?.length).toBe(encoded.length);
      }),
    );
  });

  test.each([
    ['an indefinite length', '9f01ff'],
    ['a key twice', 'a201000100'],
    ['a key that is a list', 'a18000'],
    ['a tag', 'c001'],
    ['a fraction', 'f93c00'],
    ['text that is none', '61ff'],
    ['a reserved length', '1c'],
    ['bytes that are not there', '4401'],
  ])('refuses %s', (_what, input) => {
    expect(readCbor(hex(input))).toBeNull();
  });
});

describe('DER', () => {
  test('what was written is read back', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 4 }), (contents) => {
        const written = joinBytes(...contents.map((content) => der(TAG.octetString, content)));
        expect(readElements(written)?.map(({ content }) => Array.from(content))).toEqual(
          contents.map((content) => Array.from(content)),
        );
      }),
    );
  });

  test.each([
    ['a length in a longer form than needed', '048101ff'],
    ['an indefinite length', '30800000'],
    ['a tag number in a longer form than needed', '1f1e00'],
    ['contents that are not there', '0402ff'],
  ])('refuses %s', (_what, input) => {
    expect(readElements(hex(input))).toBeNull();
  });

  test('object identifiers', () => {
    expect(objectIdentifier(hex('678105020' + '1'))).toBe('2.23.133.2.1');
    expect(objectIdentifier(hex('2a864886f7636408' + '02'))).toBe('1.2.840.113635.100.8.2');
    expect(objectIdentifier(hex('2a80'))).toBeNull();
    expect(objectIdentifier(hex('2a8001'))).toBeNull();
  });

  test('times in both forms, and none that no calendar has', () => {
    const at = (time: Date) => readTime(readElements(derTime(time))?.[0]);
    fc.assert(
      fc.property(
        fc.integer({ min: Date.UTC(1950, 0) / 1000, max: Date.UTC(9999, 11) / 1000 }),
        (seconds) => {
          expect(at(new Date(seconds * 1000))).toEqual(new Date(seconds * 1000));
        },
      ),
    );
    const read = (tag: number, text: string) =>
      readTime({ tag, number: tag, content: new TextEncoder().encode(text) });
    expect(read(TAG.generalizedTime, '20260302080000Z')).toEqual(new Date('2026-03-02T08:00:00Z'));
    for (const [tag, text] of [
      [TAG.utcTime, '260230080000Z'],
      [TAG.utcTime, '2603020800Z'],
      [TAG.utcTime, '260302080000+0100'],
      [TAG.generalizedTime, '20260302080000.5Z'],
      [TAG.integer, '260302080000Z'],
    ] as const)
      expect(read(tag, text)).toBeNull();
  });

  test('integers of revocation lists are elements too', () => {
    expect(readElements(derInteger(300))?.[0]).toMatchObject({ tag: 2, content: hex('012c') });
  });
});

describe('TPM structures', () => {
  const P256 = `0023000b${'00040072'}0000${'0010'}${'0010'}${'0003'}${'0010'}0020${'11'.repeat(32)}0020${'22'.repeat(32)}`;
  const certify = `ff544347${'8017'}0000${'0002abcd'}${'00'.repeat(8)}${'00000001'}${'00000002'}01${'00'.repeat(8)}0022000b${'33'.repeat(32)}0000`;

  test('a Windows key on P-256', () => {
    const area = readPublicArea(hex(P256));
    expect(area).toMatchObject({ nameHash: 'SHA256', attributeBits: 0x40072, scheme: null, trailing: 0 });
    expect([...(area?.attributes ?? [])]).toEqual([
      'fixedTPM',
      'fixedParent',
      'sensitiveDataOrigin',
      'userWithAuth',
      'sign',
    ]);
  });

  test('a coordinate without its leading zeros is the same point', () => {
    const short = P256.replace(`0020${'11'.repeat(32)}`, `001f${'11'.repeat(31)}`);
    const { key } = readPublicArea(hex(short)) ?? {};
    expect(key?.type === 'ecc' && key.x[0]).toBe(0);
  });

  test.each([
    ['a reserved attribute', P256.replace('00040072', '00040073')],
    ['an unknown hash', P256.replace('0023000b', '00230099')],
    ['an unknown curve', P256.replace('00100003', '00100099')],
    ['a scheme for another kind of key', P256.replace('001000100003', '00100014000b0003')],
    ['a coordinate that is too long', P256.replace(`0020${'11'.repeat(32)}`, `0021${'11'.repeat(33)}`)],
    ['a keyed hash', P256.replace('0023', '0008')],
    ['a modulus of another size', `0001000b0004007200000010001008000000000000ff${'11'.repeat(255)}`],
  ])('refuses a public area with %s', (_what, input) => {
    expect(readPublicArea(hex(input))).toBeNull();
  });

  test('what follows is counted', () => {
    expect(readPublicArea(hex(`${P256}0000`))?.trailing).toBe(2);
    expect(readAttest(hex(`${certify}00`))?.trailing).toBe(1);
  });

  test('a certification', () => {
    expect(readAttest(hex(certify))).toMatchObject({
      magic: 0xff544347,
      type: 0x8017,
      extraData: hex('abcd'),
      safe: true,
      attested: { name: { hash: 'SHA256', digest: hex('33'.repeat(32)) } },
      trailing: 0,
    });
  });

  test.each([
    [
      'a name of the wrong size',
      certify.replace('0022000b', '0021000b').replace(`${'33'.repeat(32)}`, '33'.repeat(31)),
    ],
    ['a yes that is neither', certify.replace('0000000201', '0000000202')],
    ['an unknown type', certify.replace('8017', '8099')],
    ['an end in the middle', certify.slice(0, -6)],
  ])('refuses %s', (_what, input) => {
    expect(readAttest(hex(input))).toBeNull();
  });
});

describe('COSE keys', () => {
  test('no map crashes the reader, and what it reads is as long as its curve', () => {
    const member = fc.oneof(
      fc.integer({ min: -70_000, max: 10 }),
      fc.uint8Array({ maxLength: 300 }),
      fc.boolean(),
      fc.constantFrom(new Uint8Array(32), new Uint8Array(48), new Uint8Array(66)),
    );
    const label = fc.constantFrom(1, 3, -1, -2, -3, -4, 2);
    const kind = fc.constantFrom(1, 2, 3);
    const curve = fc.constantFrom<number | Uint8Array>(1, 2, 3, 6, 7, new Uint8Array(256).fill(1));
    fc.assert(
      fc.property(kind, curve, fc.array(fc.tuple(label, member)), (type, first, members) => {
        const key = readCoseKey(
          new Map<number, number | Uint8Array | boolean>([[3, -7], [1, type], [-1, first], ...members]),
        );
        if (key === null) return;
        if (key.type === 'rsa') expect(key.modulus[0]).not.toBe(0);
        else expect(key.x).toHaveLength({ 1: 32, 2: 48, 3: 66, 6: 32 }[key.curve] ?? 0);
      }),
      { numRuns: 2000 },
    );
    fc.assert(
      fc.property(value, (other) => {
        readCoseKey(other);
      }),
    );
  });

  const point = { x: new Uint8Array(32), y: new Uint8Array(32) };
  test.each<[string, [number, number | Uint8Array | boolean][]]>([
    [
      'a compressed point',
      [
        [1, 2],
        [3, -7],
        [-1, 1],
        [-2, point.x],
        [-3, true],
      ],
    ],
    [
      'a private key',
      [
        [1, 2],
        [3, -7],
        [-1, 1],
        [-2, point.x],
        [-3, point.y],
        [-4, point.x],
      ],
    ],
    [
      'a coordinate that is too short',
      [
        [1, 2],
        [3, -7],
        [-1, 1],
        [-2, point.x.subarray(1)],
        [-3, point.y],
      ],
    ],
    [
      'a modulus with a leading zero',
      [
        [1, 3],
        [3, -257],
        [-1, new Uint8Array(257)],
        [-2, hex('010001')],
      ],
    ],
    [
      'a symmetric key',
      [
        [1, 4],
        [3, 5],
        [-1, point.x],
      ],
    ],
    [
      'no algorithm',
      [
        [1, 2],
        [-1, 1],
        [-2, point.x],
        [-3, point.y],
      ],
    ],
  ])('refuses %s', (_what, members) => {
    expect(readCoseKey(new Map(members))).toBeNull();
  });
});

describe('what Apple and Android write into certificates', () => {
  const octets = (content: Uint8Array) => der(TAG.octetString, content);

  test('a nonce stands alone, or is none', () => {
    const nonce = der(0xa1, octets(hex('abcd')));
    expect(readAppleNonce(der(TAG.sequence, nonce))).toEqual(hex('abcd'));
    expect(readAppleNonce(der(TAG.sequence, nonce, nonce))).toBeNull();
    expect(readAppleNonce(der(TAG.sequence, der(0xa2, octets(hex('abcd')))))).toBeNull();
    expect(readAppleNonce(nonce)).toBeNull();
  });

  test.each<[string, readonly number[], number, boolean]>([
    ['generated there, to sign', [2], 0, true],
    ['to sign and to decrypt', [2, 1], 0, false],
    ['to decrypt', [1], 0, false],
    ['for nothing', [], 0, false],
    ['brought in', [2], 2, false],
  ])('a key of Android that was made %s', (_what, purposes, origin, holds) => {
    const level = der(TAG.enumerated, Uint8Array.of(1));
    const hardware = der(
      TAG.sequence,
      der(0xa1, der(0x31, ...purposes.map((purpose) => derInteger(purpose)))),
      joinBytes(hex('bf853e03'), derInteger(origin)),
    );
    const [version, none] = [derInteger(3), octets(hex('abcd'))];
    const parts = [version, level, version, level, none, none, der(TAG.sequence), hardware];
    expect(readAndroidKeyDescription(der(TAG.sequence, ...parts))).toMatchObject({
      securityLevel: 1,
      generatedToSign: holds,
    });
    expect(readAndroidKeyDescription(der(TAG.sequence, ...parts, none))).toBeNull();
  });
});

describe('who and what is known', () => {
  test('every registered maker has an ID of four octets and a name', () => {
    for (const id of tpmVendorIds) {
      expect(id).toMatch(/^[0-9A-F]{8}$/);
      expect(tpmManufacturer(`id:${id.toLowerCase()}`)).toMatchObject({ software: false });
    }
    expect(tpmManufacturer('id:53544D20')?.name).toBe('STMicroelectronics');
  });

  test('the conformance tools are no maker, and the software TPM is no chip', () => {
    expect(tpmManufacturer('id:FFFFF1D0')).toBeNull();
    expect(tpmManufacturer('id:49424D00')?.software).toBe(true);
    for (const other of ['', 'id:', '53544D20', 'id:53544D2', 'id:53544D200', 'id:toString'])
      expect(tpmManufacturer(other), other).toBeNull();
  });

  test('the three models of Windows Hello are told apart', () => {
    expect(helloAaguid('08987058-cadc-4b81-b6e1-30de50dcbe96')?.protection).toBe('tpm_hardware');
    expect(helloAaguid('9ddd1817-af5a-4672-a2b9-3e3dd95000a9')?.protection).toBe('vbs_hardware');
    expect(helloAaguid('6028b017-b1d4-4c02-b4b3-afcdafc96bb2')?.protection).toBe('software');
    expect(aaguidLabel('00000000-0000-0000-0000-000000000000')).toBe('No model named');
  });
});
