import { pinHistoryRequest } from '#domain/wire';
import { signedIn } from '#server/caller';
import { endpoint } from '#server/endpoint';
import { evaluateHistory } from '#server/pin-try';

export const POST = endpoint('pin-evaluation', pinHistoryRequest, signedIn, evaluateHistory);
