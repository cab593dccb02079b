import { pinChangeRequest } from '#domain/wire';
import { signedIn } from '#server/caller';
import { endpoint } from '#server/endpoint';
import { beginPinChange } from '#server/pin-change';

export const POST = endpoint('key-container', pinChangeRequest, signedIn, beginPinChange);
