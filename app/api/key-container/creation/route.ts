import { containerCreationRequest } from '#domain/wire';
import { signedIn } from '#server/caller';
import { endpoint } from '#server/endpoint';
import { beginContainer } from '#server/container-creation';

export const POST = endpoint('key-container', containerCreationRequest, signedIn, beginContainer);
