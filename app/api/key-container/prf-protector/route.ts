import { prfProtectorRequest } from '#domain/wire';
import { signedIn } from '#server/caller';
import { endpoint } from '#server/endpoint';
import { notePrfProtector } from '#server/prf-protector';

export const POST = endpoint('key-container', prfProtectorRequest, signedIn, notePrfProtector);
