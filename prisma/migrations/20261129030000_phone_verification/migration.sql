-- RedefineTables
PRAGMA defer_foreign_keys=ON;
PRAGMA foreign_keys=OFF;
CREATE TABLE "new_ApprovalRequest" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "userId" TEXT NOT NULL,
    "purpose" TEXT NOT NULL,
    "number" INTEGER NOT NULL,
    "state" TEXT NOT NULL,
    "pendingFor" TEXT,
    "browserHash" TEXT NOT NULL,
    "sessionId" TEXT,
    "standing" TEXT NOT NULL DEFAULT 'elsewhere',
    "restsUntil" DATETIME,
    "browser" TEXT NOT NULL,
    "address" TEXT NOT NULL,
    "createdAt" DATETIME NOT NULL,
    "expiresAt" DATETIME NOT NULL,
    "phoneId" TEXT,
    "answeredAt" DATETIME,
    "verified" BOOLEAN NOT NULL DEFAULT false,
    CONSTRAINT "ApprovalRequest_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);
INSERT INTO "new_ApprovalRequest" ("address", "answeredAt", "browser", "browserHash", "createdAt", "expiresAt", "id", "number", "pendingFor", "phoneId", "purpose", "restsUntil", "sessionId", "standing", "state", "userId") SELECT "address", "answeredAt", "browser", "browserHash", "createdAt", "expiresAt", "id", "number", "pendingFor", "phoneId", "purpose", "restsUntil", "sessionId", "standing", "state", "userId" FROM "ApprovalRequest";
DROP TABLE "ApprovalRequest";
ALTER TABLE "new_ApprovalRequest" RENAME TO "ApprovalRequest";
CREATE UNIQUE INDEX "ApprovalRequest_pendingFor_key" ON "ApprovalRequest"("pendingFor");
CREATE INDEX "ApprovalRequest_userId_idx" ON "ApprovalRequest"("userId");
CREATE INDEX "ApprovalRequest_createdAt_idx" ON "ApprovalRequest"("createdAt");
CREATE TABLE "new_AuthenticatorPhone" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "userId" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "publicKey" TEXT NOT NULL,
    "thumbprint" TEXT NOT NULL,
    "createdAt" DATETIME NOT NULL,
    "lastUsedAt" DATETIME,
    "verificationId" TEXT,
    "verificationKey" BLOB,
    "verificationCounter" BIGINT NOT NULL DEFAULT 0,
    CONSTRAINT "AuthenticatorPhone_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);
INSERT INTO "new_AuthenticatorPhone" ("createdAt", "id", "lastUsedAt", "name", "publicKey", "thumbprint", "userId") SELECT "createdAt", "id", "lastUsedAt", "name", "publicKey", "thumbprint", "userId" FROM "AuthenticatorPhone";
DROP TABLE "AuthenticatorPhone";
ALTER TABLE "new_AuthenticatorPhone" RENAME TO "AuthenticatorPhone";
CREATE UNIQUE INDEX "AuthenticatorPhone_thumbprint_key" ON "AuthenticatorPhone"("thumbprint");
CREATE UNIQUE INDEX "AuthenticatorPhone_verificationId_key" ON "AuthenticatorPhone"("verificationId");
CREATE INDEX "AuthenticatorPhone_userId_idx" ON "AuthenticatorPhone"("userId");
PRAGMA foreign_keys=ON;
PRAGMA defer_foreign_keys=OFF;
