-- CreateTable
CREATE TABLE "KeyContainer" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "userId" TEXT NOT NULL,
    "deviceId" TEXT NOT NULL,
    "credentialId" TEXT,
    "historyKey" BLOB,
    "sessionId" TEXT,
    "createdAt" DATETIME NOT NULL,
    "pinChangedAt" DATETIME,
    "pinChangeRequired" BOOLEAN NOT NULL DEFAULT false,
    "resetProtectorAt" DATETIME,
    "resetProtector" TEXT,
    "retiredAt" DATETIME,
    CONSTRAINT "KeyContainer_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT "KeyContainer_deviceId_fkey" FOREIGN KEY ("deviceId") REFERENCES "Device" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "PinProtector" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "containerId" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "committedAt" DATETIME,
    "sessionId" TEXT,
    "expiresAt" DATETIME,
    "key" BLOB NOT NULL,
    "publicKey" TEXT NOT NULL,
    "createdAt" DATETIME NOT NULL,
    "tries" INTEGER NOT NULL DEFAULT 0,
    "triesSince" DATETIME NOT NULL,
    "wrong" INTEGER NOT NULL DEFAULT 0,
    "rounds" INTEGER NOT NULL DEFAULT 0,
    "waitUntil" DATETIME,
    "revision" INTEGER NOT NULL DEFAULT 0,
    CONSTRAINT "PinProtector_containerId_fkey" FOREIGN KEY ("containerId") REFERENCES "KeyContainer" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "PinTry" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "protectorId" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "at" DATETIME NOT NULL,
    "expiresAt" DATETIME NOT NULL,
    "returnedAt" DATETIME,
    CONSTRAINT "PinTry_protectorId_fkey" FOREIGN KEY ("protectorId") REFERENCES "PinProtector" ("id") ON DELETE CASCADE ON UPDATE CASCADE
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
