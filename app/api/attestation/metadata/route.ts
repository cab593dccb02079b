import { metadataRequest } from '#domain/attestation/metadata';
import { loadMetadata, METADATA_BODY_LIMIT_BYTES } from '#server/attestation/metadata';
import { settleKeys } from '#server/attestation/standing';
import { administrator } from '#server/caller';
import { endpoint } from '#server/endpoint';

export const POST = endpoint(
  'attestation-metadata',
  metadataRequest,
  administrator('manage_policy'),
  async (runtime, caller, input) => {
    const loaded = await loadMetadata(runtime, caller.session.userId, input);
    if (loaded.ok) await settleKeys(runtime);
    return loaded;
  },
  METADATA_BODY_LIMIT_BYTES,
);
