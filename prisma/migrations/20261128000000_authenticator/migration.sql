-- CreateTable
CREATE TABLE "AuthenticatorPhone" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "userId" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "publicKey" TEXT NOT NULL,
    "thumbprint" TEXT NOT NULL,
    "createdAt" DATETIME NOT NULL,
    "lastUsedAt" DATETIME,
    CONSTRAINT "AuthenticatorPhone_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "PhoneOffer" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "userId" TEXT NOT NULL,
    "sessionId" TEXT NOT NULL,
    "codeHash" TEXT NOT NULL,
    "createdAt" DATETIME NOT NULL,
    "expiresAt" DATETIME NOT NULL,
    "redeemedAt" DATETIME,
    "name" TEXT,
    "publicKey" TEXT,
    "thumbprint" TEXT,
    "number" INTEGER,
    "browser" TEXT,
    "address" TEXT,
    CONSTRAINT "PhoneOffer_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "ApprovalRequest" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "userId" TEXT NOT NULL,
    "purpose" TEXT NOT NULL,
    "number" INTEGER NOT NULL,
    "state" TEXT NOT NULL,
    "pendingFor" TEXT,
    "browserHash" TEXT NOT NULL,
    "sessionId" TEXT,
    "browser" TEXT NOT NULL,
    "address" TEXT NOT NULL,
    "createdAt" DATETIME NOT NULL,
    "expiresAt" DATETIME NOT NULL,
    "phoneId" TEXT,
    "answeredAt" DATETIME,
    CONSTRAINT "ApprovalRequest_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateIndex
CREATE UNIQUE INDEX "AuthenticatorPhone_thumbprint_key" ON "AuthenticatorPhone"("thumbprint");

-- CreateIndex
CREATE INDEX "AuthenticatorPhone_userId_idx" ON "AuthenticatorPhone"("userId");

-- CreateIndex
CREATE UNIQUE INDEX "PhoneOffer_userId_key" ON "PhoneOffer"("userId");

-- CreateIndex
CREATE UNIQUE INDEX "PhoneOffer_codeHash_key" ON "PhoneOffer"("codeHash");

-- CreateIndex
CREATE UNIQUE INDEX "ApprovalRequest_pendingFor_key" ON "ApprovalRequest"("pendingFor");

-- CreateIndex
CREATE INDEX "ApprovalRequest_userId_idx" ON "ApprovalRequest"("userId");

-- CreateIndex
CREATE INDEX "ApprovalRequest_createdAt_idx" ON "ApprovalRequest"("createdAt");
