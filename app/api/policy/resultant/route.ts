import { resultantQuery } from '#domain/policy/resultant';
import { administrator } from '#server/caller';
import { streaming } from '#server/endpoint';
import { answerResultant } from '#server/resultant';

export const dynamic = 'force-dynamic';
export const GET = streaming(resultantQuery, administrator('read'), answerResultant);
