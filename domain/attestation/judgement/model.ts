import { aaguidLabel, helloAaguid, NO_AAGUID } from '../aaguids.ts';
import type { AuthenticatorData } from '../authenticator-data.ts';
import { type Certificate, extensionOf, OID, readFidoAaguid } from '../certificate.ts';
import type { Statement } from '../statement.ts';
import { type Finding, failed, found, passed } from './finding.ts';

function certifiedAaguid(leaf: Certificate | undefined): string | null {
  const extension = leaf && extensionOf(leaf, OID.fidoAaguid);
  return extension === undefined ? null : readFidoAaguid(extension.value);
}

/** Whether the model that is claimed can have made a statement of this format, and whether it is proven or a label. */
export function judgeAaguid(
  statement: Statement,
  { aaguid }: AuthenticatorData,
  leaf: Certificate | undefined,
): Finding {
  const hello = helloAaguid(aaguid);
  const label = aaguidLabel(aaguid);
  const certified = certifiedAaguid(leaf) === aaguid;
  switch (statement.format) {
    case 'tpm':
      if (hello !== null) return found(hello.protection !== 'software', label, `${label}, which has no TPM`);
      return found(
        certified,
        `${label}, as the certificate says`,
        `${label}: not a model that attests with a TPM`,
      );
    case 'fido-u2f':
      return found(aaguid === NO_AAGUID, label, 'This format names no model');
    case 'packed':
      if (hello?.protection === 'software' && statement.x5c === null)
        return passed(`${label}: a label, not a proof`);
      break;
    case 'none':
      if (hello?.protection === 'software') return passed(`${label}: a label, not a proof`);
      break;
  }
  if (hello !== null) return failed(`${label} attests with a TPM, not with ${statement.format}`);
  if (aaguid === NO_AAGUID) return passed(label);
  return passed(certified ? `${label}, as the certificate says` : `${label}: a label, not a proof`);
}
