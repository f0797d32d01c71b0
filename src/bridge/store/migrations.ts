import type { DatabaseSync } from 'node:sqlite';

/**
 * Each entry takes the schema one version further; never change one that was
 * released. `PRAGMA user_version` says how many a file has had.
 */
export const MIGRATIONS: readonly string[] = [
  `CREATE TABLE pilots (
     pilot TEXT PRIMARY KEY, folder TEXT NOT NULL, job TEXT, executable TEXT NOT NULL,
     value TEXT NOT NULL
   );
   CREATE TABLE typed (pool TEXT PRIMARY KEY, count INTEGER NOT NULL);
   CREATE TABLE small_values (name TEXT PRIMARY KEY, value TEXT NOT NULL);
   CREATE TABLE runs (run TEXT PRIMARY KEY, value TEXT NOT NULL);
   CREATE TABLE task_groups (grp TEXT PRIMARY KEY, run TEXT NOT NULL, value TEXT NOT NULL);
   CREATE TABLE tasks (
     run TEXT NOT NULL, task INTEGER NOT NULL, position INTEGER NOT NULL, value TEXT NOT NULL,
     PRIMARY KEY (run, task)
   ) WITHOUT ROWID;
   CREATE TABLE task_words (
     run TEXT NOT NULL, task INTEGER NOT NULL, error TEXT, printed TEXT NOT NULL,
     PRIMARY KEY (run, task)
   ) WITHOUT ROWID;
   CREATE TABLE pilot_tasks (pilot TEXT PRIMARY KEY, ran INTEGER NOT NULL);`,
  `CREATE TABLE submissions (
     submission TEXT PRIMARY KEY, pool TEXT NOT NULL, host TEXT NOT NULL, folder TEXT NOT NULL,
     state TEXT NOT NULL, pilots TEXT NOT NULL, profile TEXT NOT NULL
   );`,
  `CREATE TABLE rests (
     pool TEXT NOT NULL, executor TEXT NOT NULL, unfinished INTEGER NOT NULL,
     PRIMARY KEY (pool, executor)
   ) WITHOUT ROWID;`
];

/**
 * Brings a database to the newest schema, all or nothing.
 *
 * @throws Error where a newer version of Pilothouse has made the file
 */
export function migrate(database: DatabaseSync, migrations = MIGRATIONS): void {
  const had = Number(database.prepare('PRAGMA user_version').get()?.user_version);
  if (had > migrations.length) {
    throw new Error(
      `The database has schema ${had}, of a newer Pilothouse; this one knows ${migrations.length}. ` +
        'Use the newer version, or move bridge.db away.'
    );
  }
  for (let version = had; version < migrations.length; version++) {
    database.exec('BEGIN IMMEDIATE');
    try {
      database.exec(migrations[version]);
      database.exec(`PRAGMA user_version=${version + 1}`);
      database.exec('COMMIT');
    } catch (error) {
      if (database.isTransaction) {
        database.exec('ROLLBACK');
      }
      throw error;
    }
  }
}
