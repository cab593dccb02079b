-- AlterTable
ALTER TABLE "Credential" ADD COLUMN "compromised" TEXT;

-- CreateTable
CREATE TABLE "MetadataBlob" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "number" INTEGER,
    "nextUpdate" DATETIME,
    "loadedAt" DATETIME,
    "source" TEXT,
    "legalHeader" TEXT NOT NULL DEFAULT '',
    "checkedAt" DATETIME NOT NULL,
    "failure" TEXT
);

-- CreateTable
CREATE TABLE "MetadataEntry" (
    "model" TEXT NOT NULL PRIMARY KEY,
    "name" TEXT NOT NULL,
    "icon" TEXT,
    "reports" TEXT NOT NULL,
    "keyProtection" TEXT NOT NULL,
    "roots" TEXT NOT NULL
);

-- CreateTable
CREATE TABLE "RevocationList" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "issuer" TEXT NOT NULL,
    "certificate" BLOB NOT NULL,
    "address" TEXT NOT NULL,
    "createdAt" DATETIME NOT NULL,
    "checkedAt" DATETIME,
    "failure" TEXT,
    "fetchedAt" DATETIME,
    "thisUpdate" DATETIME,
    "nextUpdate" DATETIME,
    "number" TEXT,
    "entries" INTEGER NOT NULL DEFAULT 0
);

-- CreateTable
CREATE TABLE "RevokedCertificate" (
    "listId" TEXT NOT NULL,
    "serialNumber" TEXT NOT NULL,
    "revokedAt" DATETIME NOT NULL,
    "reason" TEXT NOT NULL,

    PRIMARY KEY ("listId", "serialNumber"),
    CONSTRAINT "RevokedCertificate_listId_fkey" FOREIGN KEY ("listId") REFERENCES "RevocationList" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "AttestationStanding" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "knowledge" TEXT NOT NULL,
    "judgedAt" DATETIME NOT NULL
);

-- CreateIndex
CREATE UNIQUE INDEX "RevocationList_issuer_address_key" ON "RevocationList"("issuer", "address");
