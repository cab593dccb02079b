-- AlterTable
ALTER TABLE "FederatedDomain" ADD COLUMN     "administrators" BOOLEAN NOT NULL DEFAULT false;
