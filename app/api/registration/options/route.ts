import { registrationOptionsRequest } from '#domain/wire';
import { signedIn } from '#server/caller';
import { endpoint } from '#server/endpoint';
import { beginRegistration } from '#server/registration';

export const POST = endpoint('options', registrationOptionsRequest, signedIn, beginRegistration);
