/**
 * The operator's own eyes: connection settings out of a Secret's text, and what a PostgreSQL server
 * says about version rows, identity, backends and their blockers.
 *
 * <p>Everything here is written for a hostile reader and a hostile server. A password leaves only
 * towards the server it belongs to; whatever a server sends is bounded in size, time and characters
 * before anybody sees it.
 */
package dev.alembicoperator.database;
