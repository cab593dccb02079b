import { pinTryOptionsRequest } from '#domain/wire';
import { anyone } from '#server/caller';
import { endpoint } from '#server/endpoint';
import { beginPinTry } from '#server/pin-try';

export const POST = endpoint('key-container', pinTryOptionsRequest, anyone, beginPinTry);
