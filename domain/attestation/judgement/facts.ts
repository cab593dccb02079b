import type { Certificate } from '../certificate.ts';

/** What the caller knows that it asked for; what is left out is not checked. */
export interface Expected {
  readonly challenge?: Uint8Array | undefined;
  readonly origin?: string | undefined;
  readonly rpId?: string | undefined;
  /** What the browser's answer calls the key. */
  readonly credentialId?: Uint8Array | undefined;
}

export interface FoundAnchor {
  readonly name: string;
  readonly certificate: Certificate;
  /** It ships with the product: it vouches for chips, never for software. */
  readonly builtIn: boolean;
  /** It stands in the statement's own chain, which is legal. */
  readonly included: boolean;
}

/** What only cryptography can tell, found by the server. */
export interface Facts {
  /** null: there is no signature, or the algorithm does not go with the key. */
  readonly signatureValid: boolean | null;
  /** The statement's chain; null when one of them cannot be read. */
  readonly certificates: readonly Certificate[] | null;
  /** Whether certificate n names n + 1 as its issuer and bears its signature; one shorter than the chain. */
  readonly issuedByNext: readonly boolean[];
  /** The anchor that the last certificate is issued by, or that is one of the chain. */
  readonly anchor: FoundAnchor | null;
  /** How many anchors are pinned for this format. */
  readonly anchors: number;
  /** Whether the first certificate is over the credential's own key; null without certificates. */
  readonly leafHoldsCredential: boolean | null;
}
