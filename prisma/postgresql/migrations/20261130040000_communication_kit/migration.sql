-- AlterTable
ALTER TABLE "Mail" ADD COLUMN     "html" TEXT,
ADD COLUMN     "logo" TEXT,
ADD COLUMN     "unsubscribe" TEXT;

-- CreateTable
CREATE TABLE "CommunicationKit" (
    "tenantId" TEXT NOT NULL,
    "contact" TEXT NOT NULL,
    "helpLink" TEXT NOT NULL,
    "passwordEndsOn" TEXT,
    "logo" TEXT,

    CONSTRAINT "CommunicationKit_pkey" PRIMARY KEY ("tenantId")
);

-- CreateTable
CREATE TABLE "Logo" (
    "hash" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "content" BYTEA NOT NULL,

    CONSTRAINT "Logo_pkey" PRIMARY KEY ("hash")
);

-- CreateTable
CREATE TABLE "CommunicationWords" (
    "template" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "body" TEXT NOT NULL,
    "changedAt" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "CommunicationWords_pkey" PRIMARY KEY ("template")
);

-- CreateTable
CREATE TABLE "RingStart" (
    "ringId" TEXT NOT NULL,
    "startsOn" TEXT NOT NULL,

    CONSTRAINT "RingStart_pkey" PRIMARY KEY ("ringId")
);

-- CreateTable
CREATE TABLE "PlannedMessage" (
    "ringId" TEXT NOT NULL,
    "template" TEXT NOT NULL,
    "days" INTEGER NOT NULL,
    "hour" INTEGER NOT NULL,

    CONSTRAINT "PlannedMessage_pkey" PRIMARY KEY ("ringId","template")
);

-- CreateTable
CREATE TABLE "SentMessage" (
    "ringId" TEXT NOT NULL,
    "template" TEXT NOT NULL,
    "userId" TEXT NOT NULL,
    "at" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "SentMessage_pkey" PRIMARY KEY ("ringId","template","userId")
);

-- CreateTable
CREATE TABLE "StoppedReminders" (
    "userId" TEXT NOT NULL,
    "at" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "StoppedReminders_pkey" PRIMARY KEY ("userId")
);

-- CreateIndex
CREATE INDEX "SentMessage_userId_idx" ON "SentMessage"("userId");

-- AddForeignKey
ALTER TABLE "SentMessage" ADD CONSTRAINT "SentMessage_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "StoppedReminders" ADD CONSTRAINT "StoppedReminders_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User"("id") ON DELETE CASCADE ON UPDATE CASCADE;
