import { registrationRequest } from '#domain/wire';
import { signedIn } from '#server/caller';
import { finishRegistration } from '#server/credential';
import { endpoint } from '#server/endpoint';

export const POST = endpoint(registrationRequest, signedIn, finishRegistration);
