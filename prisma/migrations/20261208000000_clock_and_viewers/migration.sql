-- CreateTable
CREATE TABLE "SharedShow" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "codeHash" TEXT NOT NULL,
    "codeExpiresAt" DATETIME NOT NULL,
    "seen" TEXT NOT NULL,
    "createdAt" DATETIME NOT NULL,
    "expiresAt" DATETIME NOT NULL
);

-- CreateTable
CREATE TABLE "ShowViewer" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "showId" TEXT NOT NULL,
    "browserHash" TEXT NOT NULL,
    "browser" TEXT NOT NULL,
    "joinedAt" DATETIME NOT NULL,
    CONSTRAINT "ShowViewer_showId_fkey" FOREIGN KEY ("showId") REFERENCES "SharedShow" ("id") ON DELETE CASCADE ON UPDATE CASCADE
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
    "demo" BOOLEAN NOT NULL DEFAULT false,
    "clockMinutes" INTEGER NOT NULL DEFAULT 0,
    "clockMoves" INTEGER NOT NULL DEFAULT 0
);
INSERT INTO "new_Tenant" ("createdAt", "demo", "domain", "id", "masterKeyCheck", "name", "policyVersion", "relyingPartyId") SELECT "createdAt", "demo", "domain", "id", "masterKeyCheck", "name", "policyVersion", "relyingPartyId" FROM "Tenant";
DROP TABLE "Tenant";
ALTER TABLE "new_Tenant" RENAME TO "Tenant";
PRAGMA foreign_keys=ON;
PRAGMA defer_foreign_keys=OFF;

-- CreateIndex
CREATE UNIQUE INDEX "SharedShow_codeHash_key" ON "SharedShow"("codeHash");

-- CreateIndex
CREATE UNIQUE INDEX "ShowViewer_showId_browserHash_key" ON "ShowViewer"("showId", "browserHash");
