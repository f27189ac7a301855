package dev.alembicoperator.e2e;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.parallel.ResourceAccessMode;
import org.junit.jupiter.api.parallel.ResourceLock;

/**
 * Tests beside which no other runs: they take away, or set up in another way, what all share, the
 * operator or the PostgreSQL; or they measure. They come last, so that the others are not held up
 * between them.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Order(Integer.MAX_VALUE)
@ResourceLock(value = EndToEnd.SHARED, mode = ResourceAccessMode.READ_WRITE)
@interface Alone {}
