-- AlterTable
ALTER TABLE "FederatedDomain" ADD COLUMN "testFailure" TEXT;
ALTER TABLE "FederatedDomain" ADD COLUMN "testedAt" DATETIME;
