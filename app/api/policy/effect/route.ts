import { effectQuery } from '#domain/policy/effect';
import { administrator } from '#server/caller';
import { streaming } from '#server/endpoint';
import { answerEffect } from '#server/policy-effect';

export const dynamic = 'force-dynamic';
export const GET = streaming(effectQuery, administrator('read'), answerEffect);
