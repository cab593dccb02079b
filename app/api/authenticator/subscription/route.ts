import { phonePushRequest } from '#domain/authenticator';
import { anyone } from '#server/caller';
import { endpoint } from '#server/endpoint';
import { keepPhonePush } from '#server/phone-push';

export const POST = endpoint('authenticator-registration', phonePushRequest, anyone, keepPhonePush);
