/** What the build of the operator's image needs besides the operator. */
package dev.alembicoperator.image;
