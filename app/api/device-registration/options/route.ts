import { deviceOptionsRequest } from '#domain/wire';
import { anyone } from '#server/caller';
import { beginDeviceProof } from '#server/device';
import { endpoint } from '#server/endpoint';

export const POST = endpoint('options', deviceOptionsRequest, anyone, beginDeviceProof);
