import 'server-only';
import { joinSql, rawSql, type Sql, sql } from './db.ts';

/**
 * That a nesting begins or ends at a group that was found. Said as a range it can only be looked up in the index: for an
 * equality PostgreSQL, while it has no statistics, reads the whole table at every step of a chain, and 10,000 take half a
 * minute.
 */
export const nestedAt = (column: Sql, found: Sql): Sql =>
  sql`${column} >= ${found} AND ${column} <= ${found}`;

/** Begins a statement: "inside" has these groups and all that are in them. */
export const insideGroups = (ids: readonly string[]): Sql => sql`WITH RECURSIVE "inside"("id") AS (
    SELECT "id" FROM "Group" WHERE "id" IN (${joinSql([...ids])})
    UNION SELECT n."innerId" FROM "GroupNesting" n JOIN "inside" i
      ON ${nestedAt(rawSql('n."outerId"'), rawSql('i."id"'))}
  )`;

/**
 * That somebody is in one of the groups "inside", or that a device of theirs is. Asked of each row by the person's own
 * memberships, which are few, and never a reason to read the rows by another index: `OR` makes no join to any planner.
 */
export const isOfInside = (userId: Sql): Sql => sql`(
    EXISTS (SELECT 1 FROM "GroupMember" m JOIN "inside" i ON i."id" = m."groupId" WHERE m."userId" = ${userId})
    OR EXISTS (SELECT 1 FROM "Device" d JOIN "GroupDevice" g ON g."deviceId" = d."id"
      JOIN "inside" i ON i."id" = g."groupId" WHERE d."userId" = ${userId} AND d."deletedAt" IS NULL))`;
