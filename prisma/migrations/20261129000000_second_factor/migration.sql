-- AlterTable
ALTER TABLE "User" ADD COLUMN "preferredSecondFactor" TEXT;
ALTER TABLE "User" ADD COLUMN "reregistrationRequiredAt" DATETIME;
