import { aaguidLabel } from './aaguids.ts';
import { toHex } from './bytes.ts';
import { type Cbor, isMap } from './cbor.ts';
import { algorithmWords } from './cose-key.ts';
import type { Registration } from './statement.ts';
import { readAttest, readPublicArea, structureTagWords } from './tpm-structures.ts';

/** A decoded value with the name that its specification gives it. */
export interface TreeNode {
  readonly name: string;
  readonly value?: string;
  /** The bytes of the value alone, as hex, for those who take them elsewhere. */
  readonly hex?: string;
  readonly children?: readonly TreeNode[];
}

const leaf = (name: string, value: string | number | bigint | boolean): TreeNode => ({
  name,
  value: String(value),
});
const bytes = (name: string, value: Uint8Array): TreeNode => ({
  name,
  value: value.length === 0 ? 'empty' : `${toHex(value)} (${value.length} bytes)`,
  ...(value.length === 0 ? {} : { hex: toHex(value) }),
});

function cbor(name: string, value: Cbor): TreeNode {
  if (value instanceof Uint8Array) return bytes(name, value);
  if (Array.isArray(value)) return { name, children: value.map((each, at) => cbor(`[${at}]`, each)) };
  if (isMap(value)) return { name, children: [...value].map(([key, each]) => cbor(String(key), each)) };
  return leaf(name, String(value));
}

function keyNodes({ authData }: Registration): TreeNode[] {
  const { publicKey } = authData;
  const alg = leaf('alg (3)', algorithmWords(publicKey.algorithm));
  if (publicKey.type === 'rsa')
    return [
      leaf('kty (1)', 'RSA (3)'),
      alg,
      bytes('n (-1)', publicKey.modulus),
      bytes('e (-2)', publicKey.exponent),
    ];
  const curve = { 1: 'P-256', 2: 'P-384', 3: 'P-521', 6: 'Ed25519' }[publicKey.curve] ?? publicKey.curve;
  const common = [
    leaf('kty (1)', publicKey.type === 'ec' ? 'EC2 (2)' : 'OKP (1)'),
    alg,
    leaf('crv (-1)', curve),
  ];
  return publicKey.type === 'ec'
    ? [...common, bytes('x (-2)', publicKey.x), bytes('y (-3)', publicKey.y)]
    : [...common, bytes('x (-2)', publicKey.x)];
}

function certInfoNode(value: Uint8Array): TreeNode {
  const attest = readAttest(value);
  if (attest === null) return bytes('certInfo, not a TPMS_ATTEST', value);
  return {
    name: 'certInfo (TPMS_ATTEST)',
    children: [
      leaf('magic', `0x${attest.magic.toString(16)}`),
      leaf('type', structureTagWords(attest.type)),
      bytes('qualifiedSigner', attest.qualifiedSigner),
      bytes('extraData', attest.extraData),
      leaf('clockInfo.clock', attest.clock),
      leaf('clockInfo.resetCount', attest.resetCount),
      leaf('clockInfo.restartCount', attest.restartCount),
      leaf('clockInfo.safe', attest.safe),
      leaf('firmwareVersion', `0x${attest.firmwareVersion.toString(16)}`),
      ...(attest.attested === null
        ? []
        : [
            {
              name: 'attested (TPMS_CERTIFY_INFO)',
              children: [
                leaf('name.nameAlg', attest.attested.name.hash),
                bytes('name.digest', attest.attested.name.digest),
                bytes('qualifiedName', attest.attested.qualifiedName),
              ],
            },
          ]),
      ...(attest.trailing === 0 ? [] : [leaf('bytes that follow', attest.trailing)]),
    ],
  };
}

function pubAreaNode(value: Uint8Array): TreeNode {
  const area = readPublicArea(value);
  if (area === null) return bytes('pubArea, not a TPMT_PUBLIC', value);
  const { key, scheme } = area;
  return {
    name: 'pubArea (TPMT_PUBLIC)',
    children: [
      leaf('type', key.type === 'rsa' ? 'TPM_ALG_RSA' : 'TPM_ALG_ECC'),
      leaf('nameAlg', area.nameHash),
      leaf(
        'objectAttributes',
        `0x${area.attributeBits.toString(16).padStart(8, '0')}: ${[...area.attributes].join(', ')}`,
      ),
      bytes('authPolicy', area.authPolicy),
      leaf(
        'scheme',
        scheme === null ? 'TPM_ALG_NULL' : `${scheme.name}${scheme.hash === null ? '' : ` ${scheme.hash}`}`,
      ),
      ...(key.type === 'rsa'
        ? [leaf('keyBits', key.bits), leaf('exponent', key.exponent), bytes('unique', key.modulus)]
        : [leaf('curveID', key.curve.name), bytes('unique.x', key.x), bytes('unique.y', key.y)]),
      ...(area.trailing === 0 ? [] : [leaf('bytes that follow', area.trailing)]),
    ],
  };
}

function statementNodes({ statement }: Registration): TreeNode[] {
  if (statement === null) return [leaf('not readable as its format', '')];
  const chain = 'x5c' in statement && statement.x5c !== null ? statement.x5c : [];
  return [
    ...(statement.format === 'tpm' ? [leaf('ver', statement.version)] : []),
    ...('algorithm' in statement ? [leaf('alg', algorithmWords(statement.algorithm))] : []),
    ...('signature' in statement ? [bytes('sig', statement.signature)] : []),
    ...(chain.length === 0
      ? []
      : [
          {
            name: 'x5c',
            children: chain.map((each, at) => leaf(`[${at}]`, `X.509 certificate, ${each.length} bytes`)),
          },
        ]),
    ...(statement.format === 'tpm' ? [certInfoNode(statement.certInfo), pubAreaNode(statement.pubArea)] : []),
  ];
}

/** A registration as a tree of named values, for people to read. */
export function registrationTree(registration: Registration): readonly TreeNode[] {
  const { clientData, authData, format } = registration;
  const { flags } = authData;
  const words = [
    flags.userPresent ? 'UP' : '',
    flags.userVerified ? 'UV' : '',
    flags.backupEligible ? 'BE' : '',
    flags.backedUp ? 'BS' : '',
    flags.attestedCredential ? 'AT' : '',
    flags.extensions ? 'ED' : '',
  ].filter(Boolean);
  return [
    {
      name: 'clientDataJSON',
      children: [
        leaf('type', clientData.type),
        bytes('challenge', clientData.challenge),
        leaf('origin', clientData.origin),
        leaf('crossOrigin', clientData.crossOrigin),
        ...(clientData.topOrigin === null ? [] : [leaf('topOrigin', clientData.topOrigin)]),
        bytes('SHA-256', registration.clientDataHash),
      ],
    },
    {
      name: 'attestationObject',
      children: [
        leaf('fmt', format),
        { name: 'attStmt', children: statementNodes(registration) },
        {
          name: 'authData',
          children: [
            bytes('rpIdHash', authData.rpIdHash),
            leaf('flags', words.join(', ')),
            leaf('signCount', authData.signCount),
            leaf('aaguid', `${authData.aaguid}, ${aaguidLabel(authData.aaguid)}`),
            bytes('credentialId', authData.credentialId),
            { name: 'credentialPublicKey (COSE_Key)', children: keyNodes(registration) },
            ...(authData.extensions === null ? [] : [cbor('extensions', authData.extensions)]),
            ...(authData.trailing === 0 ? [] : [leaf('bytes that follow', authData.trailing)]),
          ],
        },
      ],
    },
  ];
}
