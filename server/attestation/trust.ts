import 'server-only';
import { createHash } from 'node:crypto';
import { NO_AAGUID } from '#domain/attestation/aaguids';
import { readSequence } from '#domain/attestation/der';
import type { Known } from '#domain/attestation/judgement/standing';
import { isUnreadable, readRegistration } from '#domain/attestation/statement';
import type { Tx } from '../db.ts';
import { readPolicy } from '../policy.ts';
import type { Runtime } from '../runtime.ts';
import { anchorsInForce } from './anchor.ts';
import { type ReadCertificate, readCertificate } from './certificate.ts';
import { findModel, metadataAnchors } from './metadata.ts';
import { listsOfIssuers } from './revocation.ts';
import type { Anchor } from './verification.ts';

/** All that a statement may be judged by: whom to believe, and what is known elsewhere. */
export interface Trust {
  readonly anchors: readonly Anchor[];
  readonly known: Known;
}

/** The trust in force now, as far as one statement is concerned. Everything is read from the store; nothing is fetched. */
export async function trustFor(
  tx: Tx,
  runtime: Pick<Runtime, 'clock'>,
  given: { readonly attestationObject: Uint8Array; readonly clientDataJson: Uint8Array },
): Promise<Trust> {
  const at = runtime.clock.world();
  const pinned = await anchorsInForce(tx);
  const registration = readRegistration(given.attestationObject, given.clientDataJson);
  if (isUnreadable(registration)) return { anchors: pinned, known: { at, metadata: null, revocation: null } };
  const { statement, authData } = registration;
  const x5c = (statement !== null && 'x5c' in statement ? statement.x5c : null) ?? [];
  const chain = x5c.map(readCertificate).filter((certificate) => certificate !== null);
  const models = authData.aaguid === NO_AAGUID ? chain.map(keyIdentifier) : [authData.aaguid];
  const metadata = await findModel(tx, models, at);
  const anchors = [...pinned, ...(metadata?.model ? metadataAnchors(metadata.model) : [])];
  const policy = await readPolicy(tx);
  const revocation = policy('AttestationRevocation.state').value
    ? {
        limitHours: policy('AttestationRevocation.limitHours').value,
        lists: chain.length === 0 ? [] : await listsFor(tx, chain, anchors),
      }
    : null;
  return { anchors, known: { at, metadata, revocation } };
}

/** The lists of everybody who may have issued one of the chain: its own later certificates, and the anchors. */
async function listsFor(tx: Tx, chain: readonly ReadCertificate[], anchors: readonly Anchor[]) {
  const roots = anchors.flatMap(({ certificate }) => readCertificate(certificate)?.facts.fingerprint ?? []);
  const issuers = [...chain.slice(1).map(({ facts }) => facts.fingerprint), ...roots];
  return await listsOfIssuers(
    tx,
    issuers,
    chain.map(({ facts }) => facts.serialNumber),
  );
}

/** RFC 5280 4.2.1.2 (1): SHA-1 of the public key's bits, as U2F authenticators are named in metadata. */
function keyIdentifier({ publicKey }: ReadCertificate): string {
  const spki = publicKey.export({ format: 'der', type: 'spki' });
  const bits = readSequence(spki)?.[1]?.content.subarray(1) ?? new Uint8Array();
  return createHash('sha1').update(bits).digest('hex');
}
