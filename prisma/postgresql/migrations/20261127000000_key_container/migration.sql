-- CreateTable
CREATE TABLE "KeyContainer" (
    "id" TEXT NOT NULL,
    "userId" TEXT NOT NULL,
    "deviceId" TEXT NOT NULL,
    "credentialId" TEXT,
    "historyKey" BYTEA,
    "sessionId" TEXT,
    "createdAt" TIMESTAMP(3) NOT NULL,
    "pinChangedAt" TIMESTAMP(3),
    "pinChangeRequired" BOOLEAN NOT NULL DEFAULT false,
    "resetProtectorAt" TIMESTAMP(3),
    "resetProtector" TEXT,
    "retiredAt" TIMESTAMP(3),

    CONSTRAINT "KeyContainer_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "PinProtector" (
    "id" TEXT NOT NULL,
    "containerId" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "committedAt" TIMESTAMP(3),
    "sessionId" TEXT,
    "expiresAt" TIMESTAMP(3),
    "key" BYTEA NOT NULL,
    "publicKey" TEXT NOT NULL,
    "createdAt" TIMESTAMP(3) NOT NULL,
    "tries" INTEGER NOT NULL DEFAULT 0,
    "triesSince" TIMESTAMP(3) NOT NULL,
    "wrong" INTEGER NOT NULL DEFAULT 0,
    "rounds" INTEGER NOT NULL DEFAULT 0,
    "waitUntil" TIMESTAMP(3),
    "revision" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "PinProtector_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "PinTry" (
    "id" TEXT NOT NULL,
    "protectorId" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "at" TIMESTAMP(3) NOT NULL,
    "expiresAt" TIMESTAMP(3) NOT NULL,
    "returnedAt" TIMESTAMP(3),

    CONSTRAINT "PinTry_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "KeyContainer_credentialId_key" ON "KeyContainer"("credentialId");

-- CreateIndex
CREATE INDEX "KeyContainer_userId_idx" ON "KeyContainer"("userId");

-- CreateIndex
CREATE INDEX "KeyContainer_deviceId_idx" ON "KeyContainer"("deviceId");

-- CreateIndex
CREATE INDEX "PinProtector_containerId_idx" ON "PinProtector"("containerId");

-- CreateIndex
CREATE INDEX "PinTry_protectorId_idx" ON "PinTry"("protectorId");

-- CreateIndex
CREATE INDEX "PinTry_expiresAt_idx" ON "PinTry"("expiresAt");

-- AddForeignKey
ALTER TABLE "KeyContainer" ADD CONSTRAINT "KeyContainer_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "KeyContainer" ADD CONSTRAINT "KeyContainer_deviceId_fkey" FOREIGN KEY ("deviceId") REFERENCES "Device"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "PinProtector" ADD CONSTRAINT "PinProtector_containerId_fkey" FOREIGN KEY ("containerId") REFERENCES "KeyContainer"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "PinTry" ADD CONSTRAINT "PinTry_protectorId_fkey" FOREIGN KEY ("protectorId") REFERENCES "PinProtector"("id") ON DELETE CASCADE ON UPDATE CASCADE;
