-- CreateTable
CREATE TABLE "FederatedDomain" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "domain" TEXT NOT NULL,
    "issuer" TEXT NOT NULL,
    "clientId" TEXT NOT NULL,
    "clientSecret" TEXT NOT NULL,
    "claim" TEXT NOT NULL,
    "behavior" TEXT NOT NULL,
    "createdAt" DATETIME NOT NULL,
    "usedAt" DATETIME,
    "disabledAt" DATETIME
);

-- CreateTable
CREATE TABLE "FederatedIdentity" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "domainId" TEXT NOT NULL,
    "issuer" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "userId" TEXT NOT NULL,
    "linkedAt" DATETIME NOT NULL,
    CONSTRAINT "FederatedIdentity_domainId_fkey" FOREIGN KEY ("domainId") REFERENCES "FederatedDomain" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT "FederatedIdentity_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateIndex
CREATE UNIQUE INDEX "FederatedDomain_domain_key" ON "FederatedDomain"("domain");

-- CreateIndex
CREATE UNIQUE INDEX "FederatedIdentity_userId_key" ON "FederatedIdentity"("userId");

-- CreateIndex
CREATE INDEX "FederatedIdentity_domainId_idx" ON "FederatedIdentity"("domainId");

-- CreateIndex
CREATE UNIQUE INDEX "FederatedIdentity_issuer_subject_key" ON "FederatedIdentity"("issuer", "subject");
