import { authenticationOptionsRequest } from '#domain/wire';
import { beginAuthentication } from '#server/authentication';
import { anyone } from '#server/caller';
import { endpoint } from '#server/endpoint';

export const POST = endpoint('options', authenticationOptionsRequest, anyone, beginAuthentication);
