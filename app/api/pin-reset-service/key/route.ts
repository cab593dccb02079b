import { serviceKeyRequest } from '#domain/pin-reset-ticket';
import { signedIn } from '#server/caller';
import { endpoint } from '#server/endpoint';
import { readServiceKey } from '#server/pin-recovery';

export const POST = endpoint('options', serviceKeyRequest, signedIn, readServiceKey);
