-- AlterTable
ALTER TABLE "Tenant" ADD COLUMN     "demo" BOOLEAN NOT NULL DEFAULT false;

-- CreateTable
CREATE TABLE "TenantSnapshot" (
    "name" TEXT NOT NULL,
    "actorId" TEXT NOT NULL,
    "takenAt" TIMESTAMP(3) NOT NULL,
    "schema" TEXT NOT NULL,
    "content" BYTEA NOT NULL,

    CONSTRAINT "TenantSnapshot_pkey" PRIMARY KEY ("name")
);
