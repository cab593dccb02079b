import { registrationOptionsRequest } from '#domain/wire';
import { signedIn } from '#server/caller';
import { beginRegistration } from '#server/credential';
import { endpoint } from '#server/endpoint';

export const POST = endpoint(registrationOptionsRequest, signedIn, beginRegistration);
