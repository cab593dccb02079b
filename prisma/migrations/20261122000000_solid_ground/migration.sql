-- DropIndex
DROP INDEX "Event_deviceId_idx";

-- DropIndex
DROP INDEX "Event_code_at_idx";

-- DropIndex
DROP INDEX "Event_userId_at_idx";

-- CreateTable
CREATE TABLE "CertificateAuthority" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "certificate" BLOB NOT NULL,
    "privateKey" BLOB NOT NULL,
    "createdAt" DATETIME NOT NULL,
    "expiresAt" DATETIME NOT NULL,
    "crlNumber" INTEGER NOT NULL DEFAULT 0
);

-- CreateTable
CREATE TABLE "DeviceCertificate" (
    "serialNumber" TEXT NOT NULL PRIMARY KEY,
    "authorityId" TEXT NOT NULL,
    "deviceId" TEXT NOT NULL,
    "profileId" TEXT,
    "thumbprint" TEXT NOT NULL,
    "certificate" BLOB NOT NULL,
    "startsAt" DATETIME NOT NULL,
    "expiresAt" DATETIME NOT NULL,
    "revokedAt" DATETIME,
    "revocationReason" TEXT,
    "sample" BOOLEAN NOT NULL DEFAULT false,
    CONSTRAINT "DeviceCertificate_profileId_fkey" FOREIGN KEY ("profileId") REFERENCES "DeviceProfile" ("id") ON DELETE SET NULL ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "TotpSecret" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "userId" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "secret" BLOB NOT NULL,
    "createdAt" DATETIME NOT NULL,
    "lastUsedAt" DATETIME,
    "lastStep" INTEGER NOT NULL,
    CONSTRAINT "TotpSecret_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "Lease" (
    "name" TEXT NOT NULL PRIMARY KEY,
    "holder" TEXT NOT NULL,
    "expiresAt" DATETIME NOT NULL
);

-- RedefineTables
PRAGMA defer_foreign_keys=ON;
PRAGMA foreign_keys=OFF;
CREATE TABLE "new_RateLimit" (
    "key" TEXT NOT NULL PRIMARY KEY,
    "what" TEXT NOT NULL DEFAULT '',
    "userId" TEXT,
    "address" TEXT,
    "count" INTEGER NOT NULL,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "windowEndsAt" DATETIME NOT NULL
);
INSERT INTO "new_RateLimit" ("count", "key", "windowEndsAt") SELECT "count", "key", "windowEndsAt" FROM "RateLimit";
DROP TABLE "RateLimit";
ALTER TABLE "new_RateLimit" RENAME TO "RateLimit";
CREATE INDEX "RateLimit_windowEndsAt_idx" ON "RateLimit"("windowEndsAt");
CREATE INDEX "RateLimit_userId_idx" ON "RateLimit"("userId");
CREATE TABLE "new_User" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "upn" TEXT NOT NULL,
    "displayName" TEXT NOT NULL,
    "jobTitle" TEXT NOT NULL DEFAULT '',
    "userHandle" TEXT NOT NULL,
    "passwordHash" TEXT,
    "passwordChangedAt" DATETIME,
    "passwordChangeRequired" BOOLEAN NOT NULL DEFAULT false,
    "breakGlass" BOOLEAN NOT NULL DEFAULT false,
    "disabledAt" DATETIME,
    "createdAt" DATETIME NOT NULL,
    "sample" BOOLEAN NOT NULL DEFAULT false
);
INSERT INTO "new_User" ("breakGlass", "createdAt", "disabledAt", "displayName", "id", "jobTitle", "passwordHash", "sample", "upn", "userHandle") SELECT "breakGlass", "createdAt", "disabledAt", "displayName", "id", "jobTitle", "passwordHash", "sample", "upn", "userHandle" FROM "User";
DROP TABLE "User";
ALTER TABLE "new_User" RENAME TO "User";
CREATE UNIQUE INDEX "User_upn_key" ON "User"("upn");
CREATE UNIQUE INDEX "User_userHandle_key" ON "User"("userHandle");
CREATE INDEX "User_displayName_id_idx" ON "User"("displayName", "id");
PRAGMA foreign_keys=ON;
PRAGMA defer_foreign_keys=OFF;

-- CreateIndex
CREATE UNIQUE INDEX "DeviceCertificate_thumbprint_key" ON "DeviceCertificate"("thumbprint");

-- CreateIndex
CREATE INDEX "DeviceCertificate_deviceId_idx" ON "DeviceCertificate"("deviceId");

-- CreateIndex
CREATE INDEX "DeviceCertificate_profileId_idx" ON "DeviceCertificate"("profileId");

-- CreateIndex
CREATE INDEX "DeviceCertificate_revokedAt_idx" ON "DeviceCertificate"("revokedAt");

-- CreateIndex
CREATE INDEX "TotpSecret_userId_idx" ON "TotpSecret"("userId");

-- CreateIndex
CREATE INDEX "Device_lastSeenAt_id_idx" ON "Device"("lastSeenAt", "id");

-- CreateIndex
CREATE INDEX "Event_userId_at_id_idx" ON "Event"("userId", "at", "id");

-- CreateIndex
CREATE INDEX "Event_code_at_id_idx" ON "Event"("code", "at", "id");

-- CreateIndex
CREATE INDEX "Event_deviceId_at_id_idx" ON "Event"("deviceId", "at", "id");

-- CreateIndex
CREATE INDEX "Event_outcome_at_id_idx" ON "Event"("outcome", "at", "id");
