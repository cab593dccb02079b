/**
 * The model that keys of a Hello container name: a random version 4 GUID (RFC 9562 5.4) of Latchkey's own. It claims what
 * is so: a software key, without attestation.
 */
export const SOFTWARE_KEY_AAGUID = '7a355cc2-9e27-4fb1-a9ce-b83a1cff208e';
