/**
 * {@code config/dev/quickstart}: the real operator, runner, Alembic and PostgreSQL, with stand-ins
 * for the cluster. {@link dev.alembicoperator.quickstart.Quickstart} tells the story.
 */
package dev.alembicoperator.quickstart;
