-- CreateTable
CREATE TABLE "AttestationAnchor" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "format" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "certificate" BLOB NOT NULL,
    "thumbprint" TEXT NOT NULL,
    "addedById" TEXT,
    "createdAt" DATETIME NOT NULL
);

-- RedefineTables
PRAGMA defer_foreign_keys=ON;
PRAGMA foreign_keys=OFF;
CREATE TABLE "new_Credential" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "credentialId" TEXT NOT NULL,
    "userId" TEXT NOT NULL,
    "deviceId" TEXT,
    "kind" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "publicKey" BLOB NOT NULL,
    "algorithm" INTEGER NOT NULL,
    "counter" BIGINT NOT NULL,
    "transports" TEXT NOT NULL,
    "aaguid" TEXT NOT NULL,
    "attestationFormat" TEXT NOT NULL,
    "attestationObject" BLOB NOT NULL,
    "clientDataJson" BLOB NOT NULL,
    "backupEligible" BOOLEAN NOT NULL,
    "backedUp" BOOLEAN NOT NULL,
    "protection" TEXT NOT NULL DEFAULT 'unverified',
    "verdict" TEXT,
    "judgedAt" DATETIME,
    "createdAt" DATETIME NOT NULL,
    "lastUsedAt" DATETIME,
    "quarantinedAt" DATETIME,
    "revokedAt" DATETIME,
    "revocationReason" TEXT,
    "sample" BOOLEAN NOT NULL DEFAULT false,
    CONSTRAINT "Credential_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT "Credential_deviceId_fkey" FOREIGN KEY ("deviceId") REFERENCES "Device" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);
INSERT INTO "new_Credential" ("aaguid", "algorithm", "attestationFormat", "attestationObject", "backedUp", "backupEligible", "clientDataJson", "counter", "createdAt", "credentialId", "deviceId", "id", "kind", "lastUsedAt", "name", "publicKey", "quarantinedAt", "revocationReason", "revokedAt", "sample", "transports", "userId") SELECT "aaguid", "algorithm", "attestationFormat", "attestationObject", "backedUp", "backupEligible", "clientDataJson", "counter", "createdAt", "credentialId", "deviceId", "id", "kind", "lastUsedAt", "name", "publicKey", "quarantinedAt", "revocationReason", "revokedAt", "sample", "transports", "userId" FROM "Credential";
DROP TABLE "Credential";
ALTER TABLE "new_Credential" RENAME TO "Credential";
CREATE UNIQUE INDEX "Credential_credentialId_key" ON "Credential"("credentialId");
CREATE INDEX "Credential_userId_idx" ON "Credential"("userId");
CREATE INDEX "Credential_deviceId_idx" ON "Credential"("deviceId");
PRAGMA foreign_keys=ON;
PRAGMA defer_foreign_keys=OFF;

-- CreateIndex
CREATE UNIQUE INDEX "AttestationAnchor_format_thumbprint_key" ON "AttestationAnchor"("format", "thumbprint");
