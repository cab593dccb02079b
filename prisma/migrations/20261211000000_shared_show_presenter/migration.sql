-- Whose browser presents is not known of one that began before: it is over, and shown again with a press.
DELETE FROM "ShowViewer";
DELETE FROM "SharedShow";
-- RedefineTables
PRAGMA defer_foreign_keys=ON;
PRAGMA foreign_keys=OFF;
CREATE TABLE "new_SharedShow" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "codeHash" TEXT NOT NULL,
    "codeExpiresAt" DATETIME NOT NULL,
    "presenterHash" TEXT NOT NULL,
    "seen" TEXT NOT NULL,
    "createdAt" DATETIME NOT NULL,
    "expiresAt" DATETIME NOT NULL
);
DROP TABLE "SharedShow";
ALTER TABLE "new_SharedShow" RENAME TO "SharedShow";
CREATE UNIQUE INDEX "SharedShow_codeHash_key" ON "SharedShow"("codeHash");
PRAGMA foreign_keys=ON;
PRAGMA defer_foreign_keys=OFF;
