import type { Facts } from './facts.ts';
import { type Finding, found, notChecked } from './finding.ts';

/** For formats whose first certificate is over the credential's own key. */
export function judgeLeafKey({ leafHoldsCredential }: Facts): Finding {
  return leafHoldsCredential === null
    ? notChecked('The certificate could not be read')
    : found(leafHoldsCredential, 'It is', 'It is over another key');
}
