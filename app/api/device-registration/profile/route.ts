import { deviceProfileRequest } from '#domain/wire';
import { addBrowser } from '#server/authentication';
import { signedIn } from '#server/caller';
import { endpoint } from '#server/endpoint';

export const POST = endpoint('device-registration', deviceProfileRequest, signedIn, addBrowser);
