package dev.alembicoperator.database;

/** Looks at databases. Implementations may be called by many threads at once. */
public interface DatabaseReader extends AutoCloseable {

  /**
   * One look over a connection of its own. Never throws for what the database or the network does.
   */
  DatabaseView read(ReadRequest request);

  /**
   * A look while a run is watched, every second or so. It may keep a connection for the next one.
   *
   * @return as {@link #read}
   */
  default DatabaseView watch(ReadRequest request) {
    return read(request);
  }

  /**
   * Gives back what {@link #watch} kept for longer than a minute unused. The loop calls it now and
   * then.
   */
  default void closeIdle() {}

  /** Whether this reader may look at that database at all; otherwise only the Job can. */
  default boolean observes(ConnectionSettings settings) {
    return settings.observable();
  }

  @Override
  void close();
}
