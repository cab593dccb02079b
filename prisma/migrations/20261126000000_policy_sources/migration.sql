-- CreateTable
CREATE TABLE "GroupNesting" (
    "outerId" TEXT NOT NULL,
    "innerId" TEXT NOT NULL,

    PRIMARY KEY ("outerId", "innerId"),
    CONSTRAINT "GroupNesting_outerId_fkey" FOREIGN KEY ("outerId") REFERENCES "Group" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT "GroupNesting_innerId_fkey" FOREIGN KEY ("innerId") REFERENCES "Group" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "GroupDevice" (
    "groupId" TEXT NOT NULL,
    "deviceId" TEXT NOT NULL,

    PRIMARY KEY ("groupId", "deviceId"),
    CONSTRAINT "GroupDevice_groupId_fkey" FOREIGN KEY ("groupId") REFERENCES "Group" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT "GroupDevice_deviceId_fkey" FOREIGN KEY ("deviceId") REFERENCES "Device" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "PolicySource" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "kind" TEXT NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 0,
    "published" TEXT,
    "draft" TEXT,
    "draftRevision" INTEGER NOT NULL DEFAULT 0,
    "draftAt" DATETIME,
    "draftActorId" TEXT,
    "createdAt" DATETIME NOT NULL
);

-- CreateTable
CREATE TABLE "PolicySourceVersion" (
    "sourceId" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "document" TEXT NOT NULL,
    "at" DATETIME NOT NULL,
    "actorId" TEXT,

    PRIMARY KEY ("sourceId", "version"),
    CONSTRAINT "PolicySourceVersion_sourceId_fkey" FOREIGN KEY ("sourceId") REFERENCES "PolicySource" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "RolloutRing" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "sourceId" TEXT NOT NULL,
    "position" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "groups" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "openedAt" DATETIME,
    "changedAt" DATETIME NOT NULL,
    CONSTRAINT "RolloutRing_sourceId_fkey" FOREIGN KEY ("sourceId") REFERENCES "PolicySource" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "DevicePolicy" (
    "deviceId" TEXT NOT NULL PRIMARY KEY,
    "enrolled" TEXT NOT NULL,
    "delivered" TEXT NOT NULL,
    "refreshedAt" DATETIME NOT NULL,
    "waitingAt" DATETIME,
    "readyAt" DATETIME,
    CONSTRAINT "DevicePolicy_deviceId_fkey" FOREIGN KEY ("deviceId") REFERENCES "Device" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "DeploymentRequirement" (
    "name" TEXT NOT NULL PRIMARY KEY,
    "actorId" TEXT,
    "at" DATETIME NOT NULL
);

-- CreateIndex
CREATE INDEX "GroupNesting_innerId_idx" ON "GroupNesting"("innerId");

-- CreateIndex
CREATE INDEX "GroupDevice_deviceId_idx" ON "GroupDevice"("deviceId");

-- CreateIndex
CREATE INDEX "RolloutRing_sourceId_position_idx" ON "RolloutRing"("sourceId", "position");
