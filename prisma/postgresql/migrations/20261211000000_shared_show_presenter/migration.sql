-- Whose browser presents is not known of one that began before: it is over, and shown again with a press.
DELETE FROM "ShowViewer";
DELETE FROM "SharedShow";
-- AlterTable
ALTER TABLE "SharedShow" ADD COLUMN     "presenterHash" TEXT NOT NULL;
