import { registrationQuery } from '#domain/methods-report';
import { administrator } from '#server/caller';
import { streaming } from '#server/endpoint';
import { answerRegistration } from '#server/methods-report';

export const dynamic = 'force-dynamic';
export const GET = streaming(registrationQuery, administrator('read'), answerRegistration);
