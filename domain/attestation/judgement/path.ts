import { type Certificate, notUnderstood } from '../certificate.ts';
import type { Facts, FoundAnchor } from './facts.ts';
import { type Finding, type Findings, failed, found, notApplicable, notChecked, passed } from './finding.ts';

/** The certification path from the first certificate to the anchor (RFC 5280 6.1), at a time. */
export function judgePath({ certificates, issuedByNext, anchor, anchors }: Facts, at: Date): Findings {
  if (certificates === null) {
    const unread = notChecked('A certificate could not be read');
    return {
      certificates: failed('A certificate in the chain is not one'),
      certificate_order: unread,
      certificate_authority: unread,
      path_length: unread,
      issuer_key_usage: unread,
      certificate_extensions: unread,
      certificate_strength: unread,
      validity: unread,
      trust_anchor: unread,
    };
  }
  const path = anchor === null || anchor.included ? certificates : [...certificates, anchor.certificate];
  const issuers = path.slice(1);
  const loose = issuedByNext.indexOf(false);
  const noAuthority = issuers.find(({ basicConstraints }) => basicConstraints?.ca !== true);
  const mayNotIssue = issuers.find(({ keyUsage }) => keyUsage !== null && !keyUsage.includes('keyCertSign'));
  const unknown = path.flatMap(notUnderstood);
  const weak = certificates.map(weakness).find((words) => words !== null);
  const untimely = path.find(({ notBefore, notAfter }) => at < notBefore || at > notAfter);
  const tooLong = issuers.find(
    ({ basicConstraints }, place) =>
      basicConstraints !== null &&
      basicConstraints.pathLength !== null &&
      issuers.slice(0, place).filter(({ selfIssued }) => !selfIssued).length > basicConstraints.pathLength,
  );
  return {
    certificates: passed(`${certificates.length} in the statement`),
    certificate_order: found(
      loose === -1,
      certificates.length === 1 ? 'There is one' : 'In order, each signature valid',
      `Certificate ${loose + 1} is not issued by the one after it`,
    ),
    certificate_authority:
      issuers.length === 0
        ? notApplicable('No issuer is known')
        : found(
            noAuthority === undefined,
            `${issuers.length} above the first`,
            `${nameOf(noAuthority)} is no authority`,
          ),
    path_length:
      issuers.length === 0
        ? notApplicable('No issuer is known')
        : found(tooLong === undefined, 'As allowed', `${nameOf(tooLong)} allows fewer authorities below it`),
    issuer_key_usage:
      issuers.length === 0
        ? notApplicable('No issuer is known')
        : found(mayNotIssue === undefined, 'All may', `${nameOf(mayNotIssue)} may not sign certificates`),
    certificate_extensions: found(
      unknown.length === 0,
      'None unknown',
      `Critical and unknown: ${unknown.slice(0, 4).join(', ')}`,
    ),
    certificate_strength: found(weak === undefined, strengthWords(certificates), weak ?? ''),
    validity: found(
      untimely === undefined,
      `At ${at.toISOString()}`,
      untimely === undefined
        ? ''
        : `${nameOf(untimely)} is valid from ${day(untimely.notBefore)} to ${day(untimely.notAfter)}`,
    ),
    trust_anchor: judgeAnchor(anchor, anchors),
  };
}

function judgeAnchor(anchor: FoundAnchor | null, anchors: number): Finding {
  if (anchor !== null)
    return passed(`${anchor.name}${anchor.included ? ', which the statement carries itself' : ''}`);
  return anchors === 0
    ? notChecked('No anchor is pinned for this format')
    : failed(`It ends in none of the ${anchors} pinned for this format`);
}

const day = (at: Date) => at.toISOString().slice(0, 10);
const nameOf = (certificate: Certificate | undefined) =>
  certificate === undefined
    ? ''
    : certificate.subject === ''
      ? 'The first certificate'
      : `"${certificate.subject}"`;

const SOUND_HASHES: readonly string[] = ['SHA-256', 'SHA-384', 'SHA-512', 'Ed25519'];

function weakness({ signatureHash, key, subject }: Certificate): string | null {
  const whose = subject === '' ? 'The first certificate' : `"${subject}"`;
  if (signatureHash === null || !SOUND_HASHES.includes(signatureHash))
    return `${whose} is signed with ${signatureHash ?? 'an unknown algorithm'}`;
  const short = key.bits < (key.type === 'rsa' ? 2048 : 256);
  return key.type !== 'other' && short ? `${whose} is over a short key, ${key.words}` : null;
}

const strengthWords = (certificates: readonly Certificate[]) =>
  [...new Set(certificates.map(({ signatureHash }) => signatureHash))].join(', ');
