import { der, derInteger, derTime, TAG } from './der.ts';
import { type RevocationReason, revocationReasons } from './device-certificate.ts';

/** A revoked certificate, by its serial number in hex. */
export interface RevokedEntry {
  readonly serialNumber: string;
  readonly revokedAt: Date;
  readonly reason: RevocationReason;
}

export interface RevocationList {
  /** The issuer's name, DER, as it stands in its certificate. */
  readonly issuer: Uint8Array;
  /** The authority key identifier extension, DER (RFC 5280 5.2.1). */
  readonly authorityKeyIdentifier: Uint8Array;
  readonly number: number;
  readonly thisUpdate: Date;
  readonly nextUpdate: Date;
  readonly entries: readonly RevokedEntry[];
}

/** `ecdsa-with-SHA256` (RFC 5758 3.2), without parameters. */
const ECDSA_SHA256 = der(
  TAG.sequence,
  der(TAG.objectIdentifier, Uint8Array.of(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02)),
);
/** `id-ce`, under which extensions have a number each. */
const ID_CE = [0x55, 0x1d] as const;
const CRL_NUMBER = 20;
const REASON_CODE = 21;
const V2 = 1;

function extension(id: number, value: Uint8Array): Uint8Array {
  return der(
    TAG.sequence,
    der(TAG.objectIdentifier, Uint8Array.of(...ID_CE, id)),
    der(TAG.octetString, value),
  );
}

function fromHex(text: string): Uint8Array {
  return Uint8Array.from(text.match(/../g) ?? [], (octet) => Number.parseInt(octet, 16));
}

function entry({ serialNumber, revokedAt, reason }: RevokedEntry): Uint8Array {
  const { code } = revocationReasons[reason];
  return der(
    TAG.sequence,
    derInteger(fromHex(serialNumber)),
    derTime(revokedAt),
    der(TAG.sequence, extension(REASON_CODE, der(TAG.enumerated, Uint8Array.of(code)))),
  );
}

/** What is signed of a list: `TBSCertList`, version 2 (RFC 5280 5.1.2). Nothing stands where nothing is revoked. */
export function toBeSigned(list: RevocationList): Uint8Array<ArrayBuffer> {
  return der(
    TAG.sequence,
    derInteger(V2),
    ECDSA_SHA256,
    list.issuer,
    derTime(list.thisUpdate),
    derTime(list.nextUpdate),
    ...(list.entries.length === 0 ? [] : [der(TAG.sequence, ...list.entries.map(entry))]),
    der(
      TAG.explicit0,
      der(TAG.sequence, list.authorityKeyIdentifier, extension(CRL_NUMBER, derInteger(list.number))),
    ),
  );
}

/** The list with its signature, an ECDSA-Sig-Value (RFC 5280 5.1.1). */
export function signed(toBe: Uint8Array, signature: Uint8Array): Uint8Array<ArrayBuffer> {
  return der(TAG.sequence, toBe, ECDSA_SHA256, der(TAG.bitString, new Uint8Array(1), signature));
}
