-- AlterTable
ALTER TABLE "TenantSnapshot" DROP COLUMN "actorId";
