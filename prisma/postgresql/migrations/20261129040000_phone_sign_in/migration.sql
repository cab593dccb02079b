-- AlterTable
ALTER TABLE "ApprovalRequest" ALTER COLUMN "userId" DROP NOT NULL;
