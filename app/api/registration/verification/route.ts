import { registrationRequest } from '#domain/wire';
import { signedIn } from '#server/caller';
import { endpoint } from '#server/endpoint';
import { finishRegistration } from '#server/registration';

export const POST = endpoint('verification', registrationRequest, signedIn, finishRegistration);
