package dev.alembicoperator.lifecycle;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/**
 * A small but real Alembic project in a folder: what stands in {@code /app} of an application's
 * image. Every revision writes a row into {@code audit}, so that the data, and not a log, tells how
 * often it was applied.
 */
public final class AlembicProject {

  /** Creates the audit table outside of every revision's own accounts. */
  public static final String AUDIT =
      "CREATE TABLE IF NOT EXISTS audit (revision text NOT NULL, at timestamptz DEFAULT now())";

  private static final String INI =
      """
      [alembic]
      script_location = %(here)s/migrations
      prepend_sys_path = .
      """;

  private static final String ENV =
      """
      import os
      from alembic import context
      from sqlalchemy import create_engine, pool

      url = os.environ.get("DATABASE_URL") or context.config.get_main_option("sqlalchemy.url")
      engine = create_engine(url, poolclass=pool.NullPool)
      with engine.connect() as connection:
          context.configure(connection=connection%s)
          with context.begin_transaction():
              context.run_migrations()
      """;

  /** An {@code env.py} as "alembic init -t async" makes it. */
  public static final String ASYNC_ENV =
      """
      import asyncio
      import os
      from alembic import context
      from sqlalchemy import pool
      from sqlalchemy.ext.asyncio import create_async_engine

      def run(connection):
          context.configure(connection=connection)
          with context.begin_transaction():
              context.run_migrations()

      async def main():
          engine = create_async_engine(os.environ["DATABASE_URL"], poolclass=pool.NullPool)
          async with engine.connect() as connection:
              await connection.run_sync(run)
          await engine.dispose()

      asyncio.run(main())
      """;

  private final Path folder;

  private AlembicProject(Path folder) {
    this.folder = folder;
  }

  /** An empty project. */
  public static AlembicProject in(Path folder) {
    AlembicProject project = new AlembicProject(folder);
    project.write("alembic.ini", INI);
    project.env(ENV.formatted(""));
    project.mkdirs("migrations/versions");
    return project;
  }

  public Path folder() {
    return folder;
  }

  /** Replaces env.py. */
  public AlembicProject env(String text) {
    return write("migrations/env.py", text);
  }

  /** One transaction for each revision instead of one for all. */
  public AlembicProject transactionPerMigration() {
    return env(ENV.formatted(", transaction_per_migration=True"));
  }

  /** Adds the linear revisions from one number to another, each of which makes a table. */
  public AlembicProject revisions(int from, int to) {
    for (int n = from; n <= to; n++) {
      revision(n, "op.execute('CREATE TABLE t%d (id integer)')".formatted(n));
    }
    return this;
  }

  /**
   * Adds the linear revisions from one number to another, each of which makes a table and can be
   * undone; what was undone stands in the audit as {@code undo 0002}.
   */
  public AlembicProject reversible(int from, int to) {
    revisions(from, to);
    for (int n = from; n <= to; n++) {
      String file = "migrations/versions/%04d.py".formatted(n);
      String body =
          """
          def downgrade():
              op.execute("DROP TABLE t%1$d")
              op.execute("INSERT INTO audit VALUES ('undo %1$04d', clock_timestamp())")
          """
              .formatted(n);
      write(file, read(file).replace("def downgrade():\n    pass\n", body));
    }
    return this;
  }

  /**
   * Adds or replaces the revision of that number; the body is the Python of its upgrade(), one
   * statement a line.
   */
  public AlembicProject revision(int n, String body) {
    String id = "%04d".formatted(n);
    String down = n == 1 ? "None" : "'%04d'".formatted(n - 1);
    return revision(id, down, body);
  }

  /**
   * Adds a revision that makes a table of its own name, with more lines, such as {@code
   * depends_on}, at the top of its file.
   */
  public AlembicProject branch(String id, String down, String... lines) {
    revision(id, down, "op.execute('CREATE TABLE t%s (id integer)')".formatted(id));
    String file = "migrations/versions/" + id + ".py";
    String more = "\n" + String.join("\n", lines);
    return write(file, read(file).replace("\n\n\ndef upgrade", more + "\n\n\ndef upgrade"));
  }

  /** Adds or replaces a revision that stands still until the file appears, then makes a table. */
  public AlembicProject gated(int n, Path gate) {
    return revision(
        n,
        """
        import os
        while not os.path.exists('%s'):
            time.sleep(0.05)
        op.execute('CREATE TABLE t%d (id integer)')
        """
            .formatted(gate, n));
  }

  /** Adds a revision with a Python expression for what is below it. */
  public AlembicProject revision(String id, String down, String body) {
    String text =
        """
        \"""step %1$s\"""
        import time
        from alembic import op

        revision = '%1$s'
        down_revision = %2$s


        def upgrade():
            op.execute("%3$s")
        %4$s
            op.execute("INSERT INTO audit (revision) VALUES ('%1$s')")


        def downgrade():
            pass
        """
            .formatted(id, down, AUDIT, body.indent(4).stripTrailing());
    return write("migrations/versions/" + id + ".py", text);
  }

  public AlembicProject write(String file, String text) {
    try {
      Path path = folder.resolve(file);
      Files.createDirectories(path.getParent());
      Files.writeString(path, text);
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public String read(String file) {
    try {
      return Files.readString(folder.resolve(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public AlembicProject delete(String file) {
    try (Stream<Path> below = Files.walk(folder.resolve(file))) {
      below.sorted(Comparator.reverseOrder()).forEach(p -> p.toFile().delete());
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void mkdirs(String name) {
    try {
      Files.createDirectories(folder.resolve(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
