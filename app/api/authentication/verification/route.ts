import { authenticationRequest } from '#domain/wire';
import { finishAuthentication } from '#server/authentication';
import { anyone } from '#server/caller';
import { endpoint } from '#server/endpoint';

export const POST = endpoint('verification', authenticationRequest, anyone, finishAuthentication);
