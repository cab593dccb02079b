import { signalsRequest } from '#domain/wire';
import { anyone } from '#server/caller';
import { readSignals } from '#server/credential';
import { endpoint } from '#server/endpoint';

export const POST = endpoint('signals', signalsRequest, anyone, readSignals);
