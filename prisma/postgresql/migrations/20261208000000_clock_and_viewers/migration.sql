-- AlterTable
ALTER TABLE "Tenant" ADD COLUMN     "clockMinutes" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "clockMoves" INTEGER NOT NULL DEFAULT 0;

-- CreateTable
CREATE TABLE "SharedShow" (
    "id" TEXT NOT NULL,
    "codeHash" TEXT NOT NULL,
    "codeExpiresAt" TIMESTAMP(3) NOT NULL,
    "seen" TEXT NOT NULL,
    "createdAt" TIMESTAMP(3) NOT NULL,
    "expiresAt" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "SharedShow_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "ShowViewer" (
    "id" TEXT NOT NULL,
    "showId" TEXT NOT NULL,
    "browserHash" TEXT NOT NULL,
    "browser" TEXT NOT NULL,
    "joinedAt" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "ShowViewer_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "SharedShow_codeHash_key" ON "SharedShow"("codeHash");

-- CreateIndex
CREATE UNIQUE INDEX "ShowViewer_showId_browserHash_key" ON "ShowViewer"("showId", "browserHash");

-- AddForeignKey
ALTER TABLE "ShowViewer" ADD CONSTRAINT "ShowViewer_showId_fkey" FOREIGN KEY ("showId") REFERENCES "SharedShow"("id") ON DELETE CASCADE ON UPDATE CASCADE;
