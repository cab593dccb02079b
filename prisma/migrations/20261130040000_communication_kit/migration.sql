-- AlterTable
ALTER TABLE "Mail" ADD COLUMN "html" TEXT;
ALTER TABLE "Mail" ADD COLUMN "logo" TEXT;
ALTER TABLE "Mail" ADD COLUMN "unsubscribe" TEXT;

-- CreateTable
CREATE TABLE "CommunicationKit" (
    "tenantId" TEXT NOT NULL PRIMARY KEY,
    "contact" TEXT NOT NULL,
    "helpLink" TEXT NOT NULL,
    "passwordEndsOn" TEXT,
    "logo" TEXT
);

-- CreateTable
CREATE TABLE "Logo" (
    "hash" TEXT NOT NULL PRIMARY KEY,
    "type" TEXT NOT NULL,
    "content" BLOB NOT NULL
);

-- CreateTable
CREATE TABLE "CommunicationWords" (
    "template" TEXT NOT NULL PRIMARY KEY,
    "subject" TEXT NOT NULL,
    "body" TEXT NOT NULL,
    "changedAt" DATETIME NOT NULL
);

-- CreateTable
CREATE TABLE "RingStart" (
    "ringId" TEXT NOT NULL PRIMARY KEY,
    "startsOn" TEXT NOT NULL
);

-- CreateTable
CREATE TABLE "PlannedMessage" (
    "ringId" TEXT NOT NULL,
    "template" TEXT NOT NULL,
    "days" INTEGER NOT NULL,
    "hour" INTEGER NOT NULL,

    PRIMARY KEY ("ringId", "template")
);

-- CreateTable
CREATE TABLE "SentMessage" (
    "ringId" TEXT NOT NULL,
    "template" TEXT NOT NULL,
    "userId" TEXT NOT NULL,
    "at" DATETIME NOT NULL,

    PRIMARY KEY ("ringId", "template", "userId"),
    CONSTRAINT "SentMessage_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "StoppedReminders" (
    "userId" TEXT NOT NULL PRIMARY KEY,
    "at" DATETIME NOT NULL,
    CONSTRAINT "StoppedReminders_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateIndex
CREATE INDEX "SentMessage_userId_idx" ON "SentMessage"("userId");
