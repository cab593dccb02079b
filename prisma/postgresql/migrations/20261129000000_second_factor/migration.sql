-- AlterTable
ALTER TABLE "User" ADD COLUMN     "preferredSecondFactor" TEXT,
ADD COLUMN     "reregistrationRequiredAt" TIMESTAMP(3);
