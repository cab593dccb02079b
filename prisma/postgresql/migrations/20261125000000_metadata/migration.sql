-- AlterTable
ALTER TABLE "Credential" ADD COLUMN     "compromised" TEXT;

-- CreateTable
CREATE TABLE "MetadataBlob" (
    "id" TEXT NOT NULL,
    "number" INTEGER,
    "nextUpdate" TIMESTAMP(3),
    "loadedAt" TIMESTAMP(3),
    "source" TEXT,
    "legalHeader" TEXT NOT NULL DEFAULT '',
    "checkedAt" TIMESTAMP(3) NOT NULL,
    "failure" TEXT,

    CONSTRAINT "MetadataBlob_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "MetadataEntry" (
    "model" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "icon" TEXT,
    "reports" TEXT NOT NULL,
    "keyProtection" TEXT NOT NULL,
    "roots" TEXT NOT NULL,

    CONSTRAINT "MetadataEntry_pkey" PRIMARY KEY ("model")
);

-- CreateTable
CREATE TABLE "RevocationList" (
    "id" TEXT NOT NULL,
    "issuer" TEXT NOT NULL,
    "certificate" BYTEA NOT NULL,
    "address" TEXT NOT NULL,
    "createdAt" TIMESTAMP(3) NOT NULL,
    "checkedAt" TIMESTAMP(3),
    "failure" TEXT,
    "fetchedAt" TIMESTAMP(3),
    "thisUpdate" TIMESTAMP(3),
    "nextUpdate" TIMESTAMP(3),
    "number" TEXT,
    "entries" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "RevocationList_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "RevokedCertificate" (
    "listId" TEXT NOT NULL,
    "serialNumber" TEXT NOT NULL,
    "revokedAt" TIMESTAMP(3) NOT NULL,
    "reason" TEXT NOT NULL,

    CONSTRAINT "RevokedCertificate_pkey" PRIMARY KEY ("listId","serialNumber")
);

-- CreateTable
CREATE TABLE "AttestationStanding" (
    "id" TEXT NOT NULL,
    "knowledge" TEXT NOT NULL,
    "judgedAt" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "AttestationStanding_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "RevocationList_issuer_address_key" ON "RevocationList"("issuer", "address");

-- AddForeignKey
ALTER TABLE "RevokedCertificate" ADD CONSTRAINT "RevokedCertificate_listId_fkey" FOREIGN KEY ("listId") REFERENCES "RevocationList"("id") ON DELETE CASCADE ON UPDATE CASCADE;
