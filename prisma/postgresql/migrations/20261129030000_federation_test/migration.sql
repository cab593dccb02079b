-- AlterTable
ALTER TABLE "FederatedDomain" ADD COLUMN     "testFailure" TEXT,
ADD COLUMN     "testedAt" TIMESTAMP(3);
