import { IMPORT_MAX_BODY_BYTES, policyImportRequest } from '#domain/policy/artefact-import';
import { administrator } from '#server/caller';
import { endpoint } from '#server/endpoint';
import { importPolicyForCaller } from '#server/policy-import';

export const POST = endpoint(
  'policy-import',
  policyImportRequest,
  administrator('manage_policy'),
  importPolicyForCaller,
  IMPORT_MAX_BODY_BYTES,
);
