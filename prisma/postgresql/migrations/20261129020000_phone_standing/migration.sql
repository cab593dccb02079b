-- AlterTable
ALTER TABLE "ApprovalRequest" ADD COLUMN     "restsUntil" TIMESTAMP(3),
ADD COLUMN     "standing" TEXT NOT NULL DEFAULT 'elsewhere';
