-- AlterTable
ALTER TABLE "Credential" ADD COLUMN     "judgedAt" TIMESTAMP(3),
ADD COLUMN     "protection" TEXT NOT NULL DEFAULT 'unverified',
ADD COLUMN     "verdict" TEXT;

-- CreateTable
CREATE TABLE "AttestationAnchor" (
    "id" TEXT NOT NULL,
    "format" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "certificate" BYTEA NOT NULL,
    "thumbprint" TEXT NOT NULL,
    "addedById" TEXT,
    "createdAt" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "AttestationAnchor_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "AttestationAnchor_format_thumbprint_key" ON "AttestationAnchor"("format", "thumbprint");
