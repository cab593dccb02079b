import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toHex } from './attestation/bytes.ts';
import { seeded } from './key-container/testing.ts';
import {
  blind,
  ELEMENTS_MAX,
  type Evaluation,
  evaluate,
  finalize,
  newOprfKey,
  type OprfKey,
} from './oprf.ts';

const hex = (text: string) => Uint8Array.from(text.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));

/** Random bytes out of which the library makes this scalar: it reduces 48 bytes modulo the order less one, and adds one. */
function drawing(...scalars: readonly string[]) {
  const left = scalars.map((scalar) => {
    const bytes = new Uint8Array(48);
    bytes.set(hex(scalar));
    const first = bytes[0] ?? 0;
    if (first === 0) throw new Error('a scalar that ends in zero would borrow');
    bytes[0] = first - 1;
    return bytes;
  });
  return () => left.shift() ?? new Uint8Array();
}

/** RFC 9497, appendix A.1.2. */
const vectors = {
  secretKey: 'e6f73f344b79b379f1a0dd37e07ff62e38d9f71345ce62ae3a9bc60b04ccd909',
  publicKey: 'c803e2cc6b05fc15064549b5920659ca4a77b2cca6f04f6b357009335476ad4e',
  cases: [
    {
      inputs: ['00'],
      blinds: ['64d37aed22a27f5191de1c1d69fadb899d8862b58eb4220029e036ec4c1f6706'],
      elements: ['863f330cc1a1259ed5a5998a23acfd37fb4351a793a5b3c090b642ddc439b945'],
      evaluated: ['aa8fa048764d5623868679402ff6108d2521884fa138cd7f9c7669a9a014267e'],
      proof:
        'ddef93772692e535d1a53903db24367355cc2cc78de93b3be5a8ffcc6985dd066d4346421d17bf5117a2a1ff0fcb2a759f58a539dfbe857a40bce4cf49ec600d',
      proofScalar: '222a5e897cf59db8145db8d16e597e8facb80ae7d4e26d9881aa6f61d645fc0e',
      outputs: [
        'b58cfbe118e0cb94d79b5fd6a6dafb98764dff49c14e1770b566e42402da1a7da4d8527693914139caee5bd03903af43a491351d23b430948dd50cde10d32b3c',
      ],
    },
    {
      inputs: ['5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a'],
      blinds: ['64d37aed22a27f5191de1c1d69fadb899d8862b58eb4220029e036ec4c1f6706'],
      elements: ['cc0b2a350101881d8a4cba4c80241d74fb7dcbfde4a61fde2f91443c2bf9ef0c'],
      evaluated: ['60a59a57208d48aca71e9e850d22674b611f752bed48b36f7a91b372bd7ad468'],
      proof:
        '401a0da6264f8cf45bb2f5264bc31e109155600babb3cd4e5af7d181a2c9dc0a67154fabf031fd936051dec80b0b6ae29c9503493dde7393b722eafdf5a50b02',
      proofScalar: '222a5e897cf59db8145db8d16e597e8facb80ae7d4e26d9881aa6f61d645fc0e',
      outputs: [
        '8a9a2f3c7f085b65933594309041fc1898d42d0858e59f90814ae90571a6df60356f4610bf816f27afdd84f47719e480906d27ecd994985890e5f539e7ea74b6',
      ],
    },
    {
      inputs: ['00', '5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a'],
      blinds: [
        '64d37aed22a27f5191de1c1d69fadb899d8862b58eb4220029e036ec4c1f6706',
        '222a5e897cf59db8145db8d16e597e8facb80ae7d4e26d9881aa6f61d645fc0e',
      ],
      elements: [
        '863f330cc1a1259ed5a5998a23acfd37fb4351a793a5b3c090b642ddc439b945',
        '90a0145ea9da29254c3a56be4fe185465ebb3bf2a1801f7124bbbadac751e654',
      ],
      evaluated: [
        'aa8fa048764d5623868679402ff6108d2521884fa138cd7f9c7669a9a014267e',
        'cc5ac221950a49ceaa73c8db41b82c20372a4c8d63e5dded2db920b7eee36a2a',
      ],
      proof:
        'cc203910175d786927eeb44ea847328047892ddf8590e723c37205cb74600b0a5ab5337c8eb4ceae0494c2cf89529dcf94572ed267473d567aeed6ab873dee08',
      proofScalar: '419c4f4f5052c53c45f3da494d2b67b220d02118e0857cdbcf037f9ea84bbe0c',
      outputs: [
        'b58cfbe118e0cb94d79b5fd6a6dafb98764dff49c14e1770b566e42402da1a7da4d8527693914139caee5bd03903af43a491351d23b430948dd50cde10d32b3c',
        '8a9a2f3c7f085b65933594309041fc1898d42d0858e59f90814ae90571a6df60356f4610bf816f27afdd84f47719e480906d27ecd994985890e5f539e7ea74b6',
      ],
    },
  ],
} as const;

describe('RFC 9497 A.1.2, VOPRF ristretto255-SHA512', () => {
  const key: OprfKey = { secretKey: hex(vectors.secretKey), publicKey: hex(vectors.publicKey) };

  test.each(vectors.cases.map((vector, at) => [at + 1, vector] as const))('vector %i', (_, vector) => {
    const blinded = vector.inputs.map((input, at) => blind(hex(input), drawing(vector.blinds[at] ?? '')));
    expect(blinded.map(({ element }) => toHex(element))).toEqual(vector.elements);
    const evaluation = evaluate(
      key,
      blinded.map(({ element }) => element),
      drawing(vector.proofScalar),
    );
    expect(evaluation?.elements.map(toHex)).toEqual(vector.evaluated);
    expect(toHex(evaluation?.proof ?? new Uint8Array())).toBe(vector.proof);
    expect(finalize(blinded, evaluation as Evaluation, key.publicKey)?.map(toHex)).toEqual(vector.outputs);
  });
});

describe('an oblivious evaluation', () => {
  const random = seeded(1);
  const key = newOprfKey(random);
  const input = hex('00112233445566778899');

  function asked(by: OprfKey = key) {
    const blinded = blind(input, random);
    const evaluation = evaluate(by, [blinded.element], random);
    if (evaluation === null) throw new Error('an honest element was refused');
    return { blinded, evaluation };
  }

  test('its output depends on key and input, never on the blind', () => {
    const [one, other] = [asked(), asked()];
    expect(toHex(one.blinded.element)).not.toBe(toHex(other.blinded.element));
    const outputs = [one, other].map(({ blinded, evaluation }) =>
      finalize([blinded], evaluation, key.publicKey)?.map(toHex),
    );
    expect(outputs[0]).toEqual(outputs[1]);
    const stranger = newOprfKey(random);
    const { blinded, evaluation } = asked(stranger);
    expect(finalize([blinded], evaluation, stranger.publicKey)?.map(toHex)).not.toEqual(outputs[0]);
  });

  test('another key than the pinned one is refused, whatever it claims', () => {
    const liar = newOprfKey(random);
    const { blinded, evaluation } = asked(liar);
    expect(finalize([blinded], evaluation, key.publicKey)).toBeNull();
    // A proof for the pinned key over an element that the other key made.
    const honest = evaluate(key, [blinded.element], random) as Evaluation;
    expect(finalize([blinded], { ...honest, elements: evaluation.elements }, key.publicKey)).toBeNull();
    const boasting = evaluate({ ...liar, publicKey: key.publicKey }, [blinded.element], random) as Evaluation;
    expect(finalize([blinded], boasting, key.publicKey)).toBeNull();
  });

  test('one proof covers a batch in its order', () => {
    const batch = [input, hex('01'), hex('02')].map((one) => blind(one, random));
    const evaluation = evaluate(
      key,
      batch.map(({ element }) => element),
      random,
    ) as Evaluation;
    expect(finalize(batch, evaluation, key.publicKey)).toHaveLength(3);
    const turned = { ...evaluation, elements: evaluation.elements.toReversed() };
    expect(finalize(batch, turned, key.publicKey)).toBeNull();
    expect(finalize(batch.slice(0, 2), evaluation, key.publicKey)).toBeNull();
    const cut = { ...evaluation, elements: evaluation.elements.slice(0, 2) };
    expect(finalize(batch.slice(0, 2), cut, key.publicKey)).toBeNull();
    expect(finalize([], { ...evaluation, elements: [] }, key.publicKey)).toBeNull();
  });

  test('any bit of an answer that is not as it was sent is refused', () => {
    const { blinded, evaluation } = asked();
    const flips = fc.record({ part: fc.constantFrom('element', 'proof'), at: fc.nat(511) });
    fc.assert(
      fc.property(flips, ({ part, at }) => {
        const proof = Uint8Array.from(evaluation.proof);
        const element = Uint8Array.from(evaluation.elements[0] ?? []);
        const target = part === 'proof' ? proof : element;
        const byte = (at >> 3) % target.length;
        target[byte] = (target[byte] ?? 0) ^ (1 << (at & 7));
        expect(finalize([blinded], { elements: [element], proof }, key.publicKey)).toBeNull();
      }),
      { numRuns: 60 },
    );
  });

  test('garbage, wrong lengths, non-canonical encodings and the identity are never evaluated', () => {
    const { element } = blind(input, random);
    // RFC 9496 A.3: a field element that is not reduced, a negative one, and one that is no square.
    const bad = [
      new Uint8Array(),
      new Uint8Array(32),
      new Uint8Array(32).fill(0xff),
      hex(`edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f`),
      hex('0100000000000000000000000000000000000000000000000000000000000000'),
      hex('26948d35ca62e643e26a83177332e6b6afeb9d08e4268b650f1f5bbd8d81d371'),
      element.slice(0, 31),
      Uint8Array.from([...element, 0]),
    ];
    for (const one of bad) {
      expect(evaluate(key, [one], random), toHex(one)).toBeNull();
      expect(evaluate(key, [element, one], random), toHex(one)).toBeNull();
    }
    expect(evaluate(key, [], random)).toBeNull();
    expect(evaluate(key, Array(ELEMENTS_MAX).fill(element), random)).not.toBeNull();
    expect(evaluate(key, Array(ELEMENTS_MAX + 1).fill(element), random)).toBeNull();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        const evaluation = evaluate(key, [bytes], random);
        // Of random 32 bytes about one in sixteen is an element.
        if (bytes.length !== 32) expect(evaluation).toBeNull();
      }),
      { numRuns: 60 },
    );
  });

  test('a key that is broken is no answer but an error', () => {
    const { element } = blind(input, random);
    expect(() => evaluate({ ...key, secretKey: new Uint8Array(32) }, [element], random)).toThrow();
    expect(() => evaluate({ ...key, publicKey: new Uint8Array(32) }, [element], random)).toThrow();
  });

  test('a malformed answer, proof or public key is refused and throws nothing', () => {
    const { blinded, evaluation } = asked();
    const garbage = [new Uint8Array(), new Uint8Array(32), new Uint8Array(64), new Uint8Array(64).fill(0xff)];
    for (const bytes of garbage) {
      expect(finalize([blinded], { ...evaluation, elements: [bytes] }, key.publicKey)).toBeNull();
      expect(finalize([blinded], { ...evaluation, proof: bytes }, key.publicKey)).toBeNull();
      expect(finalize([blinded], evaluation, bytes)).toBeNull();
    }
  });

  test('a key is new for new random bytes and the same for the same', () => {
    expect(newOprfKey(seeded(7))).toEqual(newOprfKey(seeded(7)));
    expect(newOprfKey(seeded(7))).not.toEqual(newOprfKey(seeded(8)));
    expect(newOprfKey(seeded(7)).publicKey).toHaveLength(32);
  });
});
