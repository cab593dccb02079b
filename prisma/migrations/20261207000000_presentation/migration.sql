-- CreateTable
CREATE TABLE "TenantSnapshot" (
    "name" TEXT NOT NULL PRIMARY KEY,
    "actorId" TEXT NOT NULL,
    "takenAt" DATETIME NOT NULL,
    "schema" TEXT NOT NULL,
    "content" BLOB NOT NULL
);

-- RedefineTables
PRAGMA defer_foreign_keys=ON;
PRAGMA foreign_keys=OFF;
CREATE TABLE "new_Tenant" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "name" TEXT NOT NULL,
    "domain" TEXT NOT NULL,
    "relyingPartyId" TEXT NOT NULL,
    "masterKeyCheck" TEXT NOT NULL,
    "createdAt" DATETIME NOT NULL,
    "policyVersion" INTEGER NOT NULL DEFAULT 0,
    "demo" BOOLEAN NOT NULL DEFAULT false
);
INSERT INTO "new_Tenant" ("createdAt", "domain", "id", "masterKeyCheck", "name", "policyVersion", "relyingPartyId") SELECT "createdAt", "domain", "id", "masterKeyCheck", "name", "policyVersion", "relyingPartyId" FROM "Tenant";
DROP TABLE "Tenant";
ALTER TABLE "new_Tenant" RENAME TO "Tenant";
PRAGMA foreign_keys=ON;
PRAGMA defer_foreign_keys=OFF;
