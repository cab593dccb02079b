import { containerCreationRequest } from '#domain/wire';
import { signedIn } from '#server/caller';
import { beginContainer } from '#server/container-creation';
import { endpoint } from '#server/endpoint';

export const POST = endpoint('key-container', containerCreationRequest, signedIn, beginContainer);
