/**
 * What the tests stand on: API servers, databases, Python environments; and, below, Jobs as
 * processes.
 */
package dev.alembicoperator.testing;
