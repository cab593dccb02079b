import { attestationInspectionRequest } from '#domain/attestation/inspection';
import { inspectForCaller } from '#server/attestation/inspect';
import { anyone } from '#server/caller';
import { endpoint } from '#server/endpoint';

// Who may ask depends on the demo tenant, which the use case knows.
export const POST = endpoint(
  'attestation-inspection',
  attestationInspectionRequest,
  anyone,
  inspectForCaller,
);
