-- RedefineTables
PRAGMA defer_foreign_keys=ON;
PRAGMA foreign_keys=OFF;
CREATE TABLE "new_TenantSnapshot" (
    "name" TEXT NOT NULL PRIMARY KEY,
    "takenAt" DATETIME NOT NULL,
    "schema" TEXT NOT NULL,
    "content" BLOB NOT NULL
);
INSERT INTO "new_TenantSnapshot" ("content", "name", "schema", "takenAt") SELECT "content", "name", "schema", "takenAt" FROM "TenantSnapshot";
DROP TABLE "TenantSnapshot";
ALTER TABLE "new_TenantSnapshot" RENAME TO "TenantSnapshot";
PRAGMA foreign_keys=ON;
PRAGMA defer_foreign_keys=OFF;
