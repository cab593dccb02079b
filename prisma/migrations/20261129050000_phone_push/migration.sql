-- AlterTable
ALTER TABLE "ApprovalRequest" ADD COLUMN "pushedAt" DATETIME;

-- AlterTable
ALTER TABLE "AuthenticatorPhone" ADD COLUMN "pushSubscription" TEXT;
