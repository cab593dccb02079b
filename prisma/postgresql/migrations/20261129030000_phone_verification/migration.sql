-- AlterTable
ALTER TABLE "ApprovalRequest" ADD COLUMN     "verified" BOOLEAN NOT NULL DEFAULT false;

-- AlterTable
ALTER TABLE "AuthenticatorPhone" ADD COLUMN     "verificationCounter" BIGINT NOT NULL DEFAULT 0,
ADD COLUMN     "verificationId" TEXT,
ADD COLUMN     "verificationKey" BYTEA;

-- CreateIndex
CREATE UNIQUE INDEX "AuthenticatorPhone_verificationId_key" ON "AuthenticatorPhone"("verificationId");
