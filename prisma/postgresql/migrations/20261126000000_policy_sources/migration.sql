-- CreateTable
CREATE TABLE "GroupNesting" (
    "outerId" TEXT NOT NULL,
    "innerId" TEXT NOT NULL,

    CONSTRAINT "GroupNesting_pkey" PRIMARY KEY ("outerId","innerId")
);

-- CreateTable
CREATE TABLE "GroupDevice" (
    "groupId" TEXT NOT NULL,
    "deviceId" TEXT NOT NULL,

    CONSTRAINT "GroupDevice_pkey" PRIMARY KEY ("groupId","deviceId")
);

-- CreateTable
CREATE TABLE "PolicySource" (
    "id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 0,
    "published" TEXT,
    "draft" TEXT,
    "draftRevision" INTEGER NOT NULL DEFAULT 0,
    "draftAt" TIMESTAMP(3),
    "draftActorId" TEXT,
    "createdAt" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "PolicySource_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "PolicySourceVersion" (
    "sourceId" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "document" TEXT NOT NULL,
    "at" TIMESTAMP(3) NOT NULL,
    "actorId" TEXT,

    CONSTRAINT "PolicySourceVersion_pkey" PRIMARY KEY ("sourceId","version")
);

-- CreateTable
CREATE TABLE "RolloutRing" (
    "id" TEXT NOT NULL,
    "sourceId" TEXT NOT NULL,
    "position" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "groups" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "openedAt" TIMESTAMP(3),
    "changedAt" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "RolloutRing_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "DevicePolicy" (
    "deviceId" TEXT NOT NULL,
    "enrolled" TEXT NOT NULL,
    "delivered" TEXT NOT NULL,
    "refreshedAt" TIMESTAMP(3) NOT NULL,
    "waitingAt" TIMESTAMP(3),
    "readyAt" TIMESTAMP(3),

    CONSTRAINT "DevicePolicy_pkey" PRIMARY KEY ("deviceId")
);

-- CreateTable
CREATE TABLE "DeploymentRequirement" (
    "name" TEXT NOT NULL,
    "actorId" TEXT,
    "at" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "DeploymentRequirement_pkey" PRIMARY KEY ("name")
);

-- CreateIndex
CREATE INDEX "GroupNesting_innerId_idx" ON "GroupNesting"("innerId");

-- CreateIndex
CREATE INDEX "GroupDevice_deviceId_idx" ON "GroupDevice"("deviceId");

-- CreateIndex
CREATE INDEX "RolloutRing_sourceId_position_idx" ON "RolloutRing"("sourceId", "position");

-- AddForeignKey
ALTER TABLE "GroupNesting" ADD CONSTRAINT "GroupNesting_outerId_fkey" FOREIGN KEY ("outerId") REFERENCES "Group"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "GroupNesting" ADD CONSTRAINT "GroupNesting_innerId_fkey" FOREIGN KEY ("innerId") REFERENCES "Group"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "GroupDevice" ADD CONSTRAINT "GroupDevice_groupId_fkey" FOREIGN KEY ("groupId") REFERENCES "Group"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "GroupDevice" ADD CONSTRAINT "GroupDevice_deviceId_fkey" FOREIGN KEY ("deviceId") REFERENCES "Device"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "PolicySourceVersion" ADD CONSTRAINT "PolicySourceVersion_sourceId_fkey" FOREIGN KEY ("sourceId") REFERENCES "PolicySource"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "RolloutRing" ADD CONSTRAINT "RolloutRing_sourceId_fkey" FOREIGN KEY ("sourceId") REFERENCES "PolicySource"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "DevicePolicy" ADD CONSTRAINT "DevicePolicy_deviceId_fkey" FOREIGN KEY ("deviceId") REFERENCES "Device"("id") ON DELETE CASCADE ON UPDATE CASCADE;
