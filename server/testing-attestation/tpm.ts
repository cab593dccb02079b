import 'server-only';
import { type KeyObject, sign } from 'node:crypto';
import type { RegistrationResponse } from '#domain/wire';
import { ascii, type Bytes, hash, join, sized, u16, u32 } from './bytes.ts';
import { type CeremonyOptions, ceremony, HELLO_TPM, response } from './ceremony.ts';
import {
  type CertificateOptions,
  directoryName,
  extension,
  INTERMEDIATE,
  intermediateCertificate,
  type NameParts,
  type WrittenExtension,
  writeCertificate,
} from './certificate.ts';
import { isRsa, type KeyPair, keys, member } from './keys.ts';

const NULL = u16(0x0010);
const hashIds = { sha1: 0x0004, sha256: 0x000b, sha384: 0x000c } as const;
type HashName = keyof typeof hashIds;

/** What Windows writes: fixedTPM, fixedParent, sensitiveDataOrigin, userWithAuth, sign ... */
export const ATTRIBUTES = { es256: 0x0004_0072, rs256: 0x0006_0472, vbs: 0x0006_0432 } as const;

export interface TpmOptions extends CeremonyOptions {
  readonly ak?: 'rs1' | 'rs256' | 'es256';
  /** What the statement says that it was signed with. */
  readonly claimedAlgorithm?: number;
  readonly attributes?: number;
  readonly nameHash?: HashName;
  /** What the certified name is made with, where it is not the key's own. */
  readonly attestedHash?: HashName;
  /** Bytes between parameters: an explicit scheme, such as `0018000b`. */
  readonly scheme?: string;
  /** The key in the public area, where it is another. */
  readonly areaKey?: KeyPair;
  readonly areaTail?: Bytes;
  readonly magic?: number;
  readonly attestType?: number;
  readonly extraData?: (right: Bytes) => Bytes;
  readonly certifiedName?: (right: Bytes) => Bytes;
  readonly certInfoTail?: Bytes;
  readonly signer?: KeyObject;
  readonly aik?: Partial<CertificateOptions>;
  /** Changes the AIK certificate's extensions by name; null leaves one out. */
  readonly aikExtensions?: Partial<
    Record<keyof ReturnType<typeof aikExtensions>, WrittenExtension | null>
  > & {
    readonly more?: readonly WrittenExtension[];
  };
  readonly identity?: NameParts;
  readonly intermediate?: Partial<CertificateOptions>;
  readonly chain?: (chain: readonly Bytes[]) => readonly Bytes[];
}

export const tpmIdentity = (manufacturer = 'id:4E544300'): NameParts => [
  ['2.23.133.2.1', manufacturer],
  ['2.23.133.2.2', 'NPCT75x'],
  ['2.23.133.2.3', 'id:00070002'],
];

function aikExtensions(identity: NameParts) {
  return {
    alternativeName: extension.alternativeName([directoryName(identity)]),
    extendedKeyUsage: extension.extendedKeyUsage('2.23.133.8.3'),
    basicConstraints: extension.basicConstraints(false),
    keyUsage: extension.keyUsage('1'),
  };
}

function publicArea(options: TpmOptions, key: KeyPair): Buffer {
  const { nameHash = 'sha256' } = options;
  const scheme = options.scheme === undefined ? NULL : Buffer.from(options.scheme, 'hex');
  const rsa = isRsa(key);
  const attributes = options.attributes ?? (rsa ? ATTRIBUTES.rs256 : ATTRIBUTES.es256);
  const parameters = rsa
    ? [NULL, scheme, u16(2048), u32(0), sized(member(key, 'n'))]
    : [NULL, scheme, u16(0x0003), NULL, sized(member(key, 'x')), sized(member(key, 'y'))];
  return join(
    u16(rsa ? 0x0001 : 0x0023),
    u16(hashIds[nameHash]),
    u32(attributes),
    sized(new Uint8Array()),
    ...parameters,
  );
}

const akAlgorithms = { rs1: -65535, rs256: -257, es256: -7 } as const;

/** A `tpm` statement as Windows Hello makes it (AK RSA-2048, SHA-1), or as asked. */
export function forgeTpm(options: TpmOptions = {}): RegistrationResponse {
  const { ak = 'rs1' } = options;
  const made = ceremony(options, HELLO_TPM);
  const hashName = ak === 'rs1' ? 'sha1' : 'sha256';
  const areaKey = options.areaKey ?? made.key;
  const area = publicArea(options, areaKey);
  const attestedHash = options.attestedHash ?? options.nameHash ?? 'sha256';
  const right = join(u16(hashIds[attestedHash]), hash(attestedHash, area));
  const name = options.certifiedName?.(right) ?? right;
  const extra = hash(hashName, made.authData, made.clientDataHash);
  const type = options.attestType ?? 0x8017;
  const certInfo = join(
    u32(options.magic ?? 0xff544347),
    u16(type),
    sized(join(u16(0x000b), hash('sha256', ascii('the parent')))),
    sized(options.extraData?.(extra) ?? extra),
    Buffer.from('00000001d3f4a5b60000000700000001010007000200000000', 'hex'),
    ...(type === 0x8017 ? [sized(name), sized(join(u16(0x000b), hash('sha256', name)))] : []),
    options.certInfoTail ?? new Uint8Array(),
  );
  const akKey = ak === 'es256' ? keys.akEc() : keys.akRsa();
  const { more = [], ...changed } = options.aikExtensions ?? {};
  const extensions = { ...aikExtensions(options.identity ?? tpmIdentity()), ...changed };
  const aik = writeCertificate({
    subject: [],
    issuer: INTERMEDIATE,
    publicKey: akKey.publicKey,
    signer: keys.intermediate().privateKey,
    extensions: [...Object.values(extensions).filter((each) => each !== null), ...more],
    ...options.aik,
  });
  const chain = [aik, intermediateCertificate(options.intermediate)];
  return response(
    'tpm',
    [
      ['alg', options.claimedAlgorithm ?? akAlgorithms[ak]],
      ['sig', sign(hashName, certInfo, options.signer ?? akKey.privateKey)],
      ['ver', '2.0'],
      ['x5c', [...(options.chain?.(chain) ?? chain)]],
      ['pubArea', join(area, options.areaTail ?? new Uint8Array())],
      ['certInfo', certInfo],
    ],
    made,
    options,
  );
}
