-- AlterTable
ALTER TABLE "Credential" ADD COLUMN "revocationReason" TEXT;

-- AlterTable
ALTER TABLE "TemporaryAccessPass" ADD COLUMN "reason" TEXT;

-- CreateTable
CREATE TABLE "PassRequest" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "userId" TEXT NOT NULL,
    "requestedById" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "lifetimeMinutes" INTEGER NOT NULL,
    "oneTime" BOOLEAN NOT NULL,
    "startsAt" DATETIME,
    "createdAt" DATETIME NOT NULL,
    "expiresAt" DATETIME NOT NULL,
    "decidedById" TEXT,
    "decidedAt" DATETIME,
    "approved" BOOLEAN,
    "collectedAt" DATETIME,
    CONSTRAINT "PassRequest_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "Notice" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "userId" TEXT NOT NULL,
    "at" DATETIME NOT NULL,
    "code" TEXT NOT NULL,
    "detail" TEXT NOT NULL,
    CONSTRAINT "Notice_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "NoticeReading" (
    "noticeId" TEXT NOT NULL,
    "sessionId" TEXT NOT NULL,
    "readAt" DATETIME NOT NULL,

    PRIMARY KEY ("noticeId", "sessionId"),
    CONSTRAINT "NoticeReading_noticeId_fkey" FOREIGN KEY ("noticeId") REFERENCES "Notice" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "Mail" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "userId" TEXT NOT NULL,
    "address" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "text" TEXT NOT NULL,
    "createdAt" DATETIME NOT NULL,
    "sentAt" DATETIME,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "nextAttemptAt" DATETIME NOT NULL,
    "failure" TEXT,
    CONSTRAINT "Mail_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User" ("id") ON DELETE CASCADE ON UPDATE CASCADE
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
    "policyVersion" INTEGER NOT NULL DEFAULT 0
);
INSERT INTO "new_Tenant" ("createdAt", "domain", "id", "masterKeyCheck", "name", "relyingPartyId") SELECT "createdAt", "domain", "id", "masterKeyCheck", "name", "relyingPartyId" FROM "Tenant";
DROP TABLE "Tenant";
ALTER TABLE "new_Tenant" RENAME TO "Tenant";
PRAGMA foreign_keys=ON;
PRAGMA defer_foreign_keys=OFF;

-- CreateIndex
CREATE INDEX "PassRequest_userId_idx" ON "PassRequest"("userId");

-- CreateIndex
CREATE INDEX "PassRequest_expiresAt_idx" ON "PassRequest"("expiresAt");

-- CreateIndex
CREATE INDEX "Notice_userId_at_idx" ON "Notice"("userId", "at");

-- CreateIndex
CREATE INDEX "Mail_sentAt_nextAttemptAt_idx" ON "Mail"("sentAt", "nextAttemptAt");

-- CreateIndex
CREATE INDEX "Mail_createdAt_id_idx" ON "Mail"("createdAt", "id");
