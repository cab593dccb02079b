-- AlterTable
ALTER TABLE "ApprovalRequest" ADD COLUMN     "pushedAt" TIMESTAMP(3);

-- AlterTable
ALTER TABLE "AuthenticatorPhone" ADD COLUMN     "pushSubscription" TEXT;
