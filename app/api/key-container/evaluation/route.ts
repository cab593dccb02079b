import { evaluationRequest } from '#domain/wire';
import { anyone } from '#server/caller';
import { endpoint } from '#server/endpoint';
import { evaluatePin } from '#server/pin-try';

export const POST = endpoint('pin-evaluation', evaluationRequest, anyone, evaluatePin);
