-- AlterTable
ALTER TABLE "CommunicationKit" ADD COLUMN     "timeZone" TEXT;
