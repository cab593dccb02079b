import { approvalAnswerRequest } from '#domain/authenticator';
import { answerApproval } from '#server/approval';
import { anyone } from '#server/caller';
import { endpoint } from '#server/endpoint';

export const POST = endpoint('authenticator', approvalAnswerRequest, anyone, answerApproval);
